package org.perceiveir.trainer.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.trainer.data.DataException;

final class PromptExamplesTest {
  @TempDir Path folder;

  @BeforeEach
  void makeImages() throws IOException {
    TinyPrompts.write(folder, 3);
  }

  private PromptExamples load() throws IOException {
    return PromptExamples.load(folder.resolve("clean"), folder);
  }

  @Test
  void shouldNameWhatHasNoPartners() throws IOException {
    Files.delete(folder.resolve("degraded/noise/0.png"));
    Files.delete(folder.resolve("clean/1.png"));
    PromptExamples examples = load();
    assertThat(examples.size()).isEqualTo(1);
    assertThat(examples.tasks().get(0).name()).isEqualTo("noise");
    assertThat(examples.skipped())
        .extracting(s -> s.file() + ": " + s.reason())
        .containsExactly(
            "noise/0.png: no degraded image of its name",
            "noise/1.png: no clean image of its name");
  }

  @Test
  void shouldSayHowToMakeExamplesWhereThereAreNone() throws IOException {
    Path other = Files.createDirectories(folder.resolve("other"));
    Files.createDirectories(other.resolve("degraded"));
    Files.createDirectories(other.resolve("mediocre"));
    assertThatThrownBy(() -> PromptExamples.load(folder.resolve("clean"), other))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train mediocre");
    assertThatThrownBy(() -> PromptExamples.load(folder.resolve("nowhere"), folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("nowhere is not a folder");
  }

  // A batch whose tiers showed other places would teach places.
  @Test
  void shouldShowTheSamePlacesOfTheSameSceneInAllTiers() throws IOException {
    PromptTrainingConfig config = TinyPrompts.config(folder, "windows: 2\n".repeat(0));
    // The restored image is the clean one here, so its windows must be the same.
    for (int i = 0; i < 3; i++) {
      Files.copy(
          folder.resolve("clean/" + i + ".png"),
          folder.resolve("mediocre/noise/" + i + ".png"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    PromptBatch batch = TinyPrompts.sampler(config).sample(4);
    int floats = 2 * 16 * 16 * 3;
    for (int scene = 0; scene < 4; scene++) {
      float[] degraded =
          Arrays.copyOfRange(batch.pixels(), 3 * scene * floats, 3 * scene * floats + floats);
      float[] restored =
          Arrays.copyOfRange(batch.pixels(), (3 * scene + 1) * floats, (3 * scene + 2) * floats);
      float[] clean =
          Arrays.copyOfRange(batch.pixels(), (3 * scene + 2) * floats, (3 * scene + 3) * floats);
      assertThat(restored).containsExactly(clean);
      assertThat(degraded).isNotEqualTo(clean);
    }
    assertThat(Arrays.copyOf(batch.labels(), 9)).containsExactly(1, 0, 0, 0, 1, 0, 0, 0, 1);
    assertThat(TinyPrompts.sampler(config).sample(4).pixels()).containsExactly(batch.pixels());
    assertThat(TinyPrompts.sampler(config).sample(5).pixels()).isNotEqualTo(batch.pixels());
  }

  @Test
  void shouldMirrorScenesThatAreSmallerThanAWindow() throws IOException {
    for (String kind : List.of("clean", "degraded/noise", "mediocre/noise")) {
      for (int i = 0; i < 3; i++) {
        TinyPrompts.put(
            folder.resolve(kind + "/" + i + ".png"), SyntheticScene.landscape(i, 9, 5).frame(0));
      }
    }
    PromptBatch batch = TinyPrompts.sampler(TinyPrompts.config(folder, "")).sample(0);
    List<Float> values = new ArrayList<>();
    for (float value : batch.pixels()) {
      values.add(value);
    }
    assertThat(values).allMatch(v -> v >= 0 && v <= 1).anyMatch(v -> v > 0);
  }

  @Test
  void shouldPassOverAndNameScenesThatCannotBeRead() throws IOException {
    Files.write(folder.resolve("degraded/noise/1.png"), new byte[] {1, 2, 3});
    TinyPrompts.put(
        folder.resolve("mediocre/noise/2.png"), SyntheticScene.landscape(2, 20, 20).frame(0));
    PromptSampler sampler = TinyPrompts.sampler(TinyPrompts.config(folder, ""));
    for (int step = 0; step < 20; step++) {
      assertThat(sampler.sample(step).count()).isEqualTo(12);
    }
    assertThat(sampler.unreadable()).hasSize(2);
    assertThat(sampler.unreadable().get(0)).contains("degraded", "1.png");
    assertThat(sampler.unreadable().get(1)).contains("2.png is 20x20, its clean image 40x30");
  }

  @Test
  void shouldStopWhenNoSceneCanBeRead() throws IOException {
    for (int i = 0; i < 3; i++) {
      Files.write(folder.resolve("clean/" + i + ".png"), new byte[] {1});
    }
    PromptSampler sampler = TinyPrompts.sampler(TinyPrompts.config(folder, ""));
    assertThatThrownBy(() -> sampler.sample(0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cannot be read");
  }
}
