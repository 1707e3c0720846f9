package org.perceiveir.trainer.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.clip.ClipTokenizer;
import org.perceiveir.model.perceiver.Views;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.prompt.PromptTrainingConfig.EncoderSource;
import org.perceiveir.trainer.prompt.Prompts.Initialisation;

final class PromptSettingsTest {
  private static final String FOLDERS = "clean: c\nmediocre: m\nout: o\n";

  private static PromptTrainingConfig read(String text) {
    return PromptTrainingConfig.fromConfig(
        ConfigSection.parse("run.yaml", Path.of("/base"), FOLDERS + text));
  }

  @Test
  void shouldTakeThePapersRecipeOnPublicClip() {
    PromptTrainingConfig config = read("clip: vitb32");
    assertThat(config.encoder()).isEqualTo(new EncoderSource.PublicClip(Path.of("/base/vitb32")));
    assertThat(config.batch()).isEqualTo(32);
    assertThat(config.schedule().maxSteps()).isEqualTo(100_000);
    assertThat(config.schedule().at(0)).isEqualTo(4e-5);
    assertThat(config.schedule().at(99_999)).isEqualTo(4e-5);
    assertThat(config.logitScale()).isEqualTo(100);
    assertThat(config.views()).isEqualTo(Views.wholeImage());
    assertThat(config.prompts())
        .isEqualTo(
            new Prompts(List.of("terrible", "mediocre", "excellent"), Initialisation.PARTIAL, 16));
  }

  @Test
  void shouldReadEverySetting() {
    PromptTrainingConfig config =
        read(
            """
            name: mine
            seed: 7
            prompts: {words: [bad, good], initialisation: random, length: 8}
            logitScale: 10
            encoder: {imageSize: 32, width: 32, heads: 2}
            views: {rows: 2, columns: 3, whole: true, spectrum: false}
            windows: 5
            batch: 6
            schedule: {steps: 9, learningRate: 1e-2, warmup: 1, finalLearningRate: 0}
            optimizer: {weightDecay: 0, clipNorm: off, average: off}
            limits: {threads: 1, minutes: 2}
            checkpoints: {minutes: 1, keep: 3}
            """);
    assertThat(config.out()).isEqualTo(Path.of("/base/o"));
    assertThat(config.prompts().words()).containsExactly("bad", "good");
    assertThat(config.views()).isEqualTo(new Views(2, 3, true));
    assertThat(config.optimizer().clipNorm()).isInfinite();
    assertThat(config.optimizer().averageDecay()).isZero();
    assertThat(config.limits().maxTime().orElseThrow()).hasMinutes(2);
    assertThat(config.limits().keepCheckpoints()).isEqualTo(3);
    assertThat(config.provenance().config().path("seed").intValue()).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "promts: {} | did you mean prompts",
        "prompts: {initialisation: partial-random} | fixed, random, partial",
        "prompts: {count: 5} | prompts.count",
        "'prompts: {count: 3, words: [a, b]}' | there are 2 words",
        "batch: 2 | one of each tier",
        "logitScale: 0 | logitScale",
        "views: {rows: 0} | both or none must be 0",
        "encoder: {patch: 7} | multiple of clip.patch",
        "encoder: {depth: 7} | encoder.depth",
        "'{clip: c, encoder: {width: 8}}' | cannot be read",
      })
  void shouldNameTheSettingThatIsWrong(String text, String message) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOfAny(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldRefuseEncoderSizesOnPublicClip() {
    assertThatThrownBy(() -> read("clip: c\nencoder: {width: 8}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("encoder");
  }

  @Test
  void shouldPutTheWordsOwnTokenLastWhenInitialisationIsPartial() {
    PromptTokens tokens = PromptTokens.ofClip(Prompts.defaults(), 77, 49408);
    assertThat(tokens.words()).containsExactly(List.of(9741), List.of(41170), List.of(4239));
    assertThat(tokens.ends()).containsExactly(17, 17, 17);
    assertThat(tokens.rows().get(0)).hasSize(77).startsWith(ClipTokenizer.START, 0);
    assertThat(tokens.rows().get(0).get(17)).isEqualTo(ClipTokenizer.END);
  }

  @Test
  void shouldWriteFixedPromptsAsPlainText() {
    Prompts prompts =
        new Prompts(List.of("terrible", "slightly worse", "excellent"), Initialisation.FIXED, 16);
    PromptTokens clip = PromptTokens.ofClip(prompts, 77, 49408);
    assertThat(clip.rows().get(1)).hasSize(77);
    assertThat(clip.ends()).containsExactly(2, 3, 2);
    PromptTokens own = PromptTokens.own(prompts);
    // Padding, four words, start and end.
    assertThat(own.vocabulary()).isEqualTo(7);
    assertThat(own.contextLength()).isEqualTo(4);
    assertThat(own.rows().get(0).get(0)).isEqualTo(5);
    assertThat(own.rows().get(1)).last().isEqualTo(6);
  }

  @Test
  void shouldRefuseAPhraseThatLeavesNoRandomToken() {
    Prompts prompts =
        new Prompts(List.of("terrible", "slightly better"), Initialisation.PARTIAL, 2);
    assertThatThrownBy(() -> PromptTokens.own(prompts))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("slightly better")
        .hasMessageContaining("2 tokens");
  }

  @Test
  void shouldBeginThePatchEmbeddingAsAnOrthogonalBasis() {
    FloatTensor basis = PatchBasis.of(20, 4);
    assertThat(basis.shape()).containsExactly(20, 3, 4, 4);
    for (int a = 0; a < 20; a++) {
      for (int b = 0; b <= a; b++) {
        double dot = 0;
        for (int i = 0; i < 48; i++) {
          dot += (double) basis.values()[a * 48 + i] * basis.values()[b * 48 + i];
        }
        if (a == b) {
          assertThat(dot).isGreaterThan(0.05);
        } else {
          assertThat(Math.abs(dot)).isLessThan(1e-5);
        }
      }
    }
  }
}
