package org.perceiveir.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A figure beside the wrong row would be a false claim. */
class PaperFigureTest {

  @ParameterizedTest
  @CsvSource({
    "CBSD68, noise:15, 34.13",
    "cbsd68, noise:25, 31.53",
    "CBSD68, noise:50, 28.31",
    "CBSD68, noise:60, 27.11",
    "CBSD68, noise:100, 20.67",
    "sots, pairs, 30.87",
    "Rain100L, pairs, 38.29",
    "gopro, pairs, 29.46",
    "LOL, pairs, 22.88",
    "Urban100, noise:60, 27.59",
    "Kodak24, noise:25, 32.50",
    "UIEB, pairs, 21.75"
  })
  void shouldKnowWhatThePaperReports(String set, String setting, double psnr) {
    PaperFigure first = PaperFigure.of(set, setting).get(0);

    assertThat(first.method()).isEqualTo("Perceive-IR");
    assertThat(first.psnrDb()).isEqualTo(psnr);
    assertThat(first.source()).startsWith("Table");
  }

  @ParameterizedTest
  @CsvSource({
    "CBSD68, noise:30",
    "CBSD68, haze:0.85:1",
    "CBSD68, pairs",
    "Rain100L, rain:3.5:24:0.8:0.3",
    "Rain100L_2pairs, pairs",
    "kodak24, noise:60",
    "LOL, no truth"
  })
  void shouldHaveNothingForOtherSetsAndSettings(String set, String setting) {
    assertThat(PaperFigure.of(set, setting)).isEmpty();
  }

  @Test
  void shouldNameTheTrainingSettingAndOtherNetworks() {
    assertThat(PaperFigure.of("CBSD68", "noise:25"))
        .extracting(f -> f.method() + " " + f.psnrDb() + " " + f.ssim())
        .containsExactly(
            "Perceive-IR 31.53 0.89",
            "Perceive-IR 31.44 0.887",
            "Perceive-IR 31.74 null",
            "PromptIR 31.31 0.888",
            "Restormer 30.67 0.865");
  }

  @Test
  void shouldSayWhereOursIsMeasuredOtherwise() {
    PaperFigure figure = PaperFigure.of("CBSD68", "noise:25").get(0);

    assertThat(figure.differences(item(68, 1))).isEmpty();
    assertThat(figure.differences(item(1, 16)))
        .containsExactly(
            "ours over 1 image, the paper's set has 68", "ours cropped to multiples of 16");
  }

  private static EvaluationReport.Item item(int images, int multiple) {
    EvaluationReport.Image image = new EvaluationReport.Image("a.png", 16, 16, Map.of(), 1, null);
    return new EvaluationReport.Item(
        "CBSD68",
        "noise:25",
        true,
        Collections.nCopies(images, image),
        List.of(),
        Map.of(),
        1,
        null,
        multiple,
        "protocol");
  }
}
