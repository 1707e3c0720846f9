package org.perceiveir.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perceiveir.trainer.data.ImageFixtures.write;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.trainer.config.ConfigSection;

final class DataCheckTest {
  @TempDir private Path root;

  private DataCheck check(String... sets) throws IOException {
    ConfigSection config =
        ConfigSection.parse("c.yaml", root, "sets:\n  - " + String.join("\n  - ", sets));
    List<ConfigSection> sections = config.sections("sets");
    return DataCheck.of(
        sections.stream()
            .map(
                s ->
                    new DataCheck.Wanted(
                        s == sections.get(0) ? "train" : "validation",
                        TrainingSet.fromConfig(s),
                        16,
                        0.3))
            .toList());
  }

  @Test
  void shouldCountWhatIsFoundAndNameWhatIsWrong() throws IOException {
    for (int i = 1; i <= 6; i++) {
      write(root.resolve("p/input/" + i + ".png"), i, 24, 20);
      write(root.resolve("p/target/" + i + ".png"), 10 + i, 24, 20);
    }
    write(root.resolve("p/target/1.png"), 11, 20, 24);
    write(root.resolve("p/input/2.png"), 2, 24, 12);
    write(root.resolve("p/target/2.png"), 2, 24, 12);
    Files.write(root.resolve("p/input/3.png"), new byte[] {1, 2, 3});
    write(root.resolve("p/input/alone.png"), 2, 24, 20);
    write(root.resolve("n"), "1.png", "2.png", "3.png", "4.png", "5.png");
    DataCheck check = check("{kind: pairs, root: p, task: rain, negatives: n}");
    DataCheck.SetReport set = check.sets().get(0);
    assertThat(set.found()).isEqualTo(6);
    assertThat(set.usable()).isEqualTo(2);
    assertThat(set.isUsable()).as("2 of 6 are no use, above 30 %").isFalse();
    assertThat(set.smallest()).isEqualTo("24x12");
    assertThat(set.largest()).as("the first of those of most pixels").isEqualTo("20x24");
    assertThat(set.oddSides()).isEqualTo(6);
    String report = String.join("\n", check.lines());
    assertThat(report)
        .contains("UNUSABLE train  p: rain")
        .contains("2 of 6 pairs usable, 24x12 to 20x24")
        .contains("unpaired: alone.png")
        .contains("sizes differ: 1.png: it is 24x20, its truth 20x24")
        .contains("too small: 2.png: 24x12")
        .contains("unreadable: 3.png: neither JPEG nor PNG")
        .contains("negative: 6.png");
    JsonNode json = check.toJson();
    assertThat(json.path("usable").booleanValue()).isFalse();
    assertThat(json.at("/sets/0/counts/sizes differ").intValue()).isEqualTo(1);
    assertThat(json.at("/sets/0/findings")).hasSize(5);
  }

  @Test
  void shouldFindValidationImagesThatAreTrainedOn() throws IOException {
    write(root, "train/a.png", "train/b.png", "val/x.png", "val/y.png");
    Files.copy(root.resolve("train/b.png"), root.resolve("val/z.png"));
    DataCheck check = check("{root: train}", "{root: val, task: noise}");
    assertThat(check.isUsable()).isTrue();
    assertThat(check.duplicates())
        .extracting(f -> f.subject())
        .containsExactly(root.resolve("val/z.png").toString());
    assertThat(String.join("\n", check.lines())).contains("duplicate: ").contains("b.png");
  }

  @Test
  void shouldShowFiveOfManyAndAllInTheJson() throws IOException {
    for (int i = 0; i < 9; i++) {
      write(root.resolve("t/" + i + ".png"), i, 8, 8);
    }
    write(root.resolve("t/large.png"), 9, 16, 16);
    DataCheck check = check("{root: t}");
    assertThat(check.isUsable()).isTrue();
    assertThat(check.lines()).hasSize(2 + 6).last().asString().contains("and 4 more");
    assertThat(check.toJson().at("/sets/0/findings")).hasSize(9);
  }

  @Test
  void shouldMeasureTheLoaderAlone() throws Exception {
    write(root, "a/1.png");
    TrainingDataConfig config =
        TrainingDataConfig.of(List.of(TrainingSet.clean(root.resolve("a"), TaskMix.DEFAULT)))
            .withCrops(CropSchedule.parse("16"), 3);
    LoaderSpeed speed = LoaderSpeed.measure(config.open().batches(100, 1), 90, 100, 2, 60);
    assertThat(speed.batches()).isEqualTo(10);
    assertThat(speed.count()).isEqualTo(3);
    assertThat(speed.size()).isEqualTo(16);
    assertThat(speed.cropsPerSecond()).isPositive();
    assertThat(speed.batchMillis()).isPositive();
  }
}
