package org.perceiveir.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;

/** The section {@code losses} of a configuration. */
final class LossConfigTest {
  private static final Path HERE = Path.of("/runs");

  private static LossConfig read(String yaml) {
    ConfigSection root = ConfigSection.parse("run.yaml", HERE, yaml);
    LossConfig config = LossConfig.fromConfig(root.section("losses"));
    root.done();
    return config;
  }

  @Test
  void shouldBeReconstructionAloneWhenThereIsNoSection() {
    LossConfig config = read("");
    assertThat(config).isEqualTo(LossConfig.reconstructionOnly());
    assertThat(config.needsSecondCrop()).isFalse();
    assertThat(config.negativeFolders()).isEmpty();
    assertThat(config.toJson().toString()).isEqualTo("{\"reconstruction\":1.0}");
  }

  @Test
  void shouldHaveThePapersNumbersWhenSectionsAreNamedAlone() {
    LossConfig config =
        read("losses: {perceiver: p, contrastive: {}, clip: {}, perceptual: {vgg: weights/vgg}}");
    assertThat(config.contrastive())
        .isEqualTo(new LossConfig.Contrastive(0.1, 0.07, ContrastiveLoss.Form.MOCO));
    assertThat(config.clip().weight()).isEqualTo(0.05);
    assertThat(config.perceptual())
        .isEqualTo(
            new LossConfig.Perceptual(
                0.1,
                2,
                0.25,
                LossConfig.Features.AUTO,
                List.of(3, 7, 11, 15),
                Optional.of(HERE.resolve("weights/vgg")),
                List.of()));
    assertThat(config.perceiver()).contains(HERE.resolve("p"));
    assertThat(config.needsSecondCrop()).isTrue();
  }

  @Test
  void shouldTakeAnotherFormOfReconstructionWhereASectionNamesIt() {
    assertThat(read("losses: {reconstruction: {}}")).isEqualTo(LossConfig.reconstructionOnly());
    LossConfig config = read("losses: {reconstruction: {weight: 2, form: psnr}}");
    assertThat(config.reconstruction())
        .isEqualTo(new LossConfig.Reconstruction(2, ReconstructionLoss.Form.PSNR, 80));
    assertThat(config.toJson().path("reconstructionForm").textValue()).isEqualTo("psnr");
    assertThat(config.toJson().has("reconstructionCeiling")).isFalse();
    config = read("losses: {reconstruction: {form: psnr, ceiling: 35}}");
    assertThat(config.reconstruction())
        .isEqualTo(new LossConfig.Reconstruction(1, ReconstructionLoss.Form.PSNR, 35));
    assertThat(config.toJson().path("reconstructionCeiling").doubleValue()).isEqualTo(35);
  }

  @Test
  void shouldReadEveryKey() {
    LossConfig config =
        read(
            """
            losses:
              reconstruction: 2
              perceiver: /p
              contrastive: {weight: 0.3, temperature: 0.5, form: eq12}
              clip: {weight: 0}
              perceptual:
                weight: 0.2
                lambda: 3
                gamma: 0.1
                features: perceiver
                layers: [2, 6, 10, 14]
                negatives:
                  - {name: first, folder: out/first}
                  - {bundle: out/second}
            """);
    assertThat(config.reconstruction()).isEqualTo(LossConfig.Reconstruction.of(2));
    assertThat(config.contrastive())
        .isEqualTo(new LossConfig.Contrastive(0.3, 0.5, ContrastiveLoss.Form.EQ12));
    assertThat(config.clip().weight()).isZero();
    LossConfig.Negative.Folder first =
        new LossConfig.Negative.Folder("first", HERE.resolve("out/first"));
    assertThat(config.perceptual())
        .isEqualTo(
            new LossConfig.Perceptual(
                0.2,
                3,
                0.1,
                LossConfig.Features.PERCEIVER,
                List.of(2, 6, 10, 14),
                Optional.empty(),
                List.of(
                    first, new LossConfig.Negative.Bundle("second", HERE.resolve("out/second")))));
    assertThat(config.negativeFolders()).containsExactly(first);
    assertThat(config.toJson().path("perceptual").path("negatives").toString())
        .isEqualTo("{\"first\":\"folder\",\"second\":\"bundle\"}");
    assertThat(config.toJson().has("clip")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{contrastiv: {}} | did you mean contrastive",
        "{contrastive: {tau: 1}} | losses.contrastive.tau is not a known key",
        "{contrastive: {form: mocco}} | did you mean moco",
        "{contrastive: {weight: -1}} | losses.contrastive.weight is -1",
        "{clip: {}} | losses.perceiver is missing",
        "{perceptual: {features: vgg16}} | losses.perceptual.vgg is missing",
        "{perceptual: {features: perceiver}} | losses.perceiver is missing",
        "{perceptual: {layers: [3, 7]}} | 4 ascending layers",
        "{perceptual: {layers: [3, 7, 11, 10]}} | 4 ascending layers",
        "{perceptual: {layers: [3, 7, 11, 15.5]}} | 4 ascending layers",
        "{perceptual: {negatives: [{name: a}]}} | negatives[0].folder or bundle",
        "{perceptual: {negatives: [{folder: a, bundle: b}]}} | negatives[0].folder or bundle",
        "{perceptual: {negatives: [{folder: a}, {bundle: b/a}]}} | needs a name of its own",
        "{reconstruction: 0} | nothing would be learnt",
        "{reconstruction: {weight: 0}} | nothing would be learnt",
        "{reconstruction: {form: mse}} | losses.reconstruction.form",
        "{reconstruction: {ceiling: 35}} | losses.reconstruction.ceiling belongs to form: psnr",
      })
  void shouldNameTheKeyWhenASettingIsWrong(String losses, String message) {
    assertThatThrownBy(() -> read("losses: " + losses))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }
}
