package org.perceiveir.trainer.mediocre;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.trainer.data.CropSchedule;
import org.perceiveir.trainer.data.DataException;
import org.perceiveir.trainer.data.Sampling;
import org.perceiveir.trainer.data.TaskMix;
import org.perceiveir.trainer.data.TrainingDataConfig;
import org.perceiveir.trainer.data.TrainingDataConfig.Fold;
import org.perceiveir.trainer.data.TrainingSet;
import org.perceiveir.trainer.data.layout.DataSet;

final class MediocreImagesTest {
  private static final int COUNT = 4;

  @TempDir private Path folder;
  private Path out;

  @BeforeEach
  void makeImages() throws IOException {
    out = folder.resolve("out");
    Path clean = Files.createDirectories(folder.resolve("clean"));
    for (int i = 0; i < COUNT; i++) {
      write(clean.resolve("image" + i + ".png"), SyntheticScene.landscape(i, 40, 32).frame(0));
    }
  }

  private static void write(Path file, RgbImage image) throws IOException {
    Files.write(file, ImageEncoder.encode(image, ImageFormat.PNG));
  }

  private TrainingDataConfig data(String tasks) {
    return TrainingDataConfig.photographs(
        folder.resolve("clean"), new Sampling(TaskMix.parse(tasks), CropSchedule.parse("16"), 1));
  }

  private MediocreImages images(int most, double gain) {
    return new MediocreImages(out, new MediocreImages.Settings(most, gain), line -> {});
  }

  private static MediocreReport.Task task(MediocreImages made, String name) {
    return Objects.requireNonNull(made.report().tasks().get(name), name);
  }

  /** As a restorer would: the truth itself. */
  private MediocreSource perfect() throws IOException {
    return new RestoredFolder(folder.resolve("clean"));
  }

  @Test
  void shouldWriteTheThreeTiersUnderOneName() throws IOException {
    MediocreImages made = images(0, 0.5);
    made.add(data("noise,haze").wholeImages(1), perfect());

    for (String task : List.of("noise", "haze")) {
      assertThat(out.resolve("degraded").resolve(task).resolve("image2.png")).exists();
      assertThat(out.resolve("mediocre").resolve(task).resolve("image2.png")).exists();
    }
    assertThat(Files.readAllBytes(out.resolve("clean/image2.png")))
        .isEqualTo(Files.readAllBytes(folder.resolve("clean/image2.png")));
    MediocreReport.Task noise = task(made, "noise");
    assertThat(noise.images()).isEqualTo(COUNT);
    assertThat(noise.mediocre()).isEqualTo(COUNT);
    assertThat(noise.psnrRestored()).isEqualTo(100);
  }

  @Test
  void shouldCountAndLeaveOutWhatWasHardlyImproved() throws IOException {
    MediocreImages made = images(0, 0.5);
    made.add(data("noise").wholeImages(1), (task, file, degraded) -> Optional.of(degraded));

    MediocreReport.Task noise = task(made, "noise");
    assertThat(noise.hardlyBetter()).isEqualTo(COUNT);
    assertThat(noise.mediocre()).isZero();
    assertThat(out.resolve("mediocre")).doesNotExist();
    assertThat(out.resolve("degraded/noise/image0.png")).exists();
  }

  @Test
  void shouldCountImagesThatHaveNoRestoredOne() throws IOException {
    MediocreImages made = images(0, 0);
    made.add(data("noise").wholeImages(1), (task, file, degraded) -> Optional.empty());

    assertThat(task(made, "noise").notRestored()).isEqualTo(COUNT);
  }

  @Test
  void shouldStopAtTheMostImagesOfATask() throws IOException {
    MediocreImages made = images(3, 0);
    made.add(data("noise,rain").wholeImages(1), perfect());

    assertThat(task(made, "noise").images()).isEqualTo(3);
    assertThat(task(made, "rain").images()).isEqualTo(3);
  }

  @Test
  void shouldShareTheImagesBetweenTheHalvesOfACrossValidation() throws IOException {
    Set<String> seen = new HashSet<>();
    List<Integer> sizes = new ArrayList<>();
    for (int half = 0; half < 2; half++) {
      var others = data("noise").withFold(new Fold(half, 2, false)).wholeImages(1);
      sizes.add(others.size());
      for (int i = 0; i < others.size(); i++) {
        assertThat(seen.add(others.name(i))).as(others.name(i)).isTrue();
      }
    }
    assertThat(sizes).containsExactly(2, 2);
    assertThat(seen).hasSize(COUNT);
  }

  @Test
  void shouldKeepFramesOfOneNameApartWhenTheyLieInFoldersOfTheirOwn() throws IOException {
    for (String sequence : List.of("one", "two")) {
      int scene = sequence.length() + sequence.charAt(0);
      for (String kind : List.of("blur", "sharp")) {
        Path at = Files.createDirectories(folder.resolve("gopro/train/" + sequence + "/" + kind));
        write(at.resolve("000001.png"), SyntheticScene.landscape(scene, 40, 32).frame(0));
      }
    }
    TrainingDataConfig sequences =
        TrainingDataConfig.of(
            List.of(
                TrainingSet.of(
                    TrainingSet.Images.of(
                        DataSet.of("gopro"), folder.resolve("gopro"), DataSet.Split.TRAIN))));

    images(0, 0).add(sequences.wholeImages(1), (task, file, degraded) -> Optional.of(degraded));

    for (String sequence : List.of("one", "two")) {
      assertThat(Files.readAllBytes(out.resolve("clean/" + sequence + "-000001.png")))
          .isEqualTo(
              Files.readAllBytes(folder.resolve("gopro/train/" + sequence + "/sharp/000001.png")));
    }
  }

  @Test
  void shouldRefuseRestoredImagesOfAnotherSize() throws IOException {
    Path restored = Files.createDirectories(folder.resolve("restored/noise"));
    for (int i = 0; i < COUNT; i++) {
      write(restored.resolve("image" + i + ".png"), SyntheticScene.landscape(i, 20, 20).frame(0));
    }
    MediocreImages made = images(0, 0);

    assertThatThrownBy(
            () ->
                made.add(
                    data("noise").wholeImages(1), new RestoredFolder(folder.resolve("restored"))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("20x20");
  }

  @Test
  void shouldFindRestoredImagesWhateverTheirExtension() throws IOException {
    RgbImage image = SyntheticScene.landscape(1, 20, 20).frame(0);
    Path restored = Files.createDirectories(folder.resolve("restored/noise"));
    Files.write(restored.resolve("a.JPEG"), ImageEncoder.encode(image, ImageFormat.JPEG));
    write(restored.resolve("b.png"), image);
    RestoredFolder source = new RestoredFolder(folder.resolve("restored"));

    assertThat(source.restore("noise", "a.png", image)).isPresent();
    assertThat(source.restore("noise", "b.jpg", image))
        .hasValueSatisfying(found -> assertThat(found.rgb()).isEqualTo(image.rgb()));
    assertThat(source.restore("noise", "c.png", image)).isEmpty();
  }

  @Test
  void shouldNameTheRestoredImageThatCannotBeRead() throws IOException {
    Path restored = Files.createDirectories(folder.resolve("restored/noise"));
    Files.write(restored.resolve("a.png"), new byte[] {1, 2, 3});
    RestoredFolder source = new RestoredFolder(folder.resolve("restored"));
    RgbImage image = SyntheticScene.landscape(1, 20, 20).frame(0);

    assertThatThrownBy(() -> source.restore("noise", "a.png", image))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a.png: ");
  }

  @Test
  void shouldRefuseSettingsOutOfRange() {
    assertThatThrownBy(() -> new MediocreImages.Settings(-1, 0))
        .hasMessageContaining("max images is -1");
    assertThatThrownBy(() -> new MediocreImages.Settings(0, -1))
        .hasMessageContaining("least gain is -1.0");
    assertThatThrownBy(() -> new RestoredFolder(folder.resolve("gone")))
        .isInstanceOf(DataException.class);
  }
}
