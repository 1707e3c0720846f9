package org.perceiveir.trainer.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.imaging.degrade.LowLight;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverSession;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.trainer.prompt.TierReport.Row;

final class TierEvaluationTest {
  @TempDir Path folder;

  /** Smooths, and counts how often it was asked. */
  private static final class Smoother implements Restorer {
    private int calls;

    @Override
    public List<RgbImage> restore(List<RgbImage> frames) {
      calls++;
      return frames.stream().map(TinyPrompts::smoothed).toList();
    }

    @Override
    public String bundleName() {
      return "smoother";
    }

    @Override
    public String bundleVersion() {
      return "1";
    }

    @Override
    public String device() {
      return "cpu";
    }

    @Override
    public void close() {}
  }

  @Test
  void shouldJudgeEachImageOfEachTierOnce() throws IOException, InterruptedException {
    PerceiverBundle bundle = TinyPrompts.trained(folder);
    Smoother usual = new Smoother();
    Smoother special = new Smoother();
    try (PerceiverSession session = PerceiverSession.open(bundle, 1)) {
      TierReport report =
          TierEvaluation.run(
              session,
              new TierEvaluation.Restorers(usual, Map.of(DegradationType.LOW_LIGHT, special)),
              folder.resolve("clean"),
              List.of(new GaussianNoise(40), new LowLight(1.8, 0.55, 0.001, 0.004)),
              2);
      assertThat(report.rows())
          .extracting(r -> r.degradation() + " " + r.tier() + " " + r.count())
          .containsExactly(
              "none excellent 2",
              "noise:40 terrible 2",
              "noise:40 mediocre 2",
              "low-light:1.8:0.55:0.001:0.004 terrible 2",
              "low-light:1.8:0.55:0.001:0.004 mediocre 2");
      assertThat(usual.calls).isEqualTo(2);
      assertThat(special.calls).isEqualTo(2);
      TierReport ofFolder =
          TierEvaluation.run(session, PromptExamples.load(folder.resolve("clean"), folder));
      assertThat(ofFolder.rows()).extracting(Row::count).containsExactly(3, 3, 3);
    }
  }

  @Test
  void shouldAddUpTheMatrixAndGiveTheWorstShare() {
    TierReport report =
        new TierReport(
            "p 0",
            List.of("terrible", "mediocre", "excellent"),
            "kodak",
            List.of(
                new Row("none", "excellent", List.of(0, 1, 9)),
                new Row("noise:15", "terrible", List.of(10, 0, 0)),
                new Row("noise:15", "mediocre", List.of(1, 8, 1)),
                new Row("haze", "terrible", List.of(8, 2, 0)),
                new Row("haze", "mediocre", List.of(0, 10, 0))));
    assertThat(report.overall())
        .containsExactly(
            new Row("all", "terrible", List.of(18, 2, 0)),
            new Row("all", "mediocre", List.of(1, 18, 1)),
            new Row("all", "excellent", List.of(0, 1, 9)));
    JsonNode json = report.toJson();
    assertThat(json.path("rows")).hasSize(5);
    assertThat(json.path("overall").path(1).path("found").path("mediocre").intValue())
        .isEqualTo(18);
    assertThat(json.path("overall").path(1).path("right").doubleValue()).isEqualTo(0.9);
    assertThat(report.lines()).hasSize(10);
    assertThat(report.lines().get(4)).contains("noise:15", "mediocre", "80.0 %");
  }
}
