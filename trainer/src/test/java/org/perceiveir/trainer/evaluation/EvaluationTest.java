package org.perceiveir.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.imaging.metric.Ssim;
import org.perceiveir.model.session.Restorer;

final class EvaluationTest {
  @TempDir Path folder;
  private final List<RgbImage> clean = new ArrayList<>();

  @BeforeEach
  void makeImages() throws IOException {
    for (int i = 0; i < 3; i++) {
      byte[] rgb = new byte[3 * 24 * 20];
      for (int p = 0; p < rgb.length; p++) {
        rgb[p] = (byte) (60 + 20 * i + p % 72);
      }
      RgbImage image = RgbImage.wrap(24, 20, rgb);
      clean.add(image);
      Files.write(folder.resolve(i + ".png"), ImageEncoder.encode(image, ImageFormat.PNG));
    }
  }

  /** Pulls every sample half way to mid-grey, so that before and after differ. */
  private static final class Greying implements Restorer {
    @Override
    public List<RgbImage> restore(List<RgbImage> frames) {
      return frames.stream().map(Greying::grey).toList();
    }

    static RgbImage grey(RgbImage frame) {
      byte[] rgb = frame.rgb().clone();
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = (byte) (((rgb[i] & 0xFF) + 128) / 2);
      }
      return RgbImage.wrap(frame.width(), frame.height(), rgb);
    }

    @Override
    public String bundleName() {
      return "grey";
    }

    @Override
    public String bundleVersion() {
      return "0+00000000";
    }

    @Override
    public String device() {
      return "cpu";
    }

    @Override
    public void close() {}
  }

  @Test
  void shouldAverageWhatTheMetricsSayOfEachImageDegradedWithItsIndexAsSeed() throws IOException {
    EvaluationConfig config =
        new EvaluationConfig(folder, List.of(25.0), List.of(DegradationType.HAZE), 2);
    List<EvaluationReport.Item> told = new ArrayList<>();
    EvaluationReport report = Evaluation.run(new Greying(), config, told::add);
    assertThat(told).isEqualTo(report.items()).hasSize(2);

    EvaluationReport.Item noise = report.items().get(0);
    double before = 0;
    double after = 0;
    double ssim = 0;
    for (int i = 0; i < 2; i++) {
      RgbImage noisy = new GaussianNoise(25).apply(clean.get(i), i);
      before += Psnr.between(clean.get(i), noisy) / 2;
      after += Psnr.between(clean.get(i), Greying.grey(noisy)) / 2;
      ssim += Ssim.between(clean.get(i), Greying.grey(noisy)) / 2;
    }
    assertThat(noise.images()).isEqualTo(2);
    assertThat(noise.psnrDb().degraded()).isCloseTo(before, within(1e-9));
    assertThat(noise.psnrDb().restored()).isCloseTo(after, within(1e-9));
    assertThat(noise.psnrDb().gain()).isCloseTo(after - before, within(1e-9));
    assertThat(noise.ssim().restored()).isCloseTo(ssim, within(1e-9));
    assertThat(report.items().get(1).strength())
        .isEqualTo(Degradations.standard(DegradationType.HAZE).toString());
  }

  /** A figure without its protocol cannot be compared with anyone else's. */
  @Test
  void shouldWriteTheProtocolBesideEveryFigure() throws IOException {
    EvaluationConfig config = new EvaluationConfig(folder, List.of(15.0, 50.0), List.of(), 0);
    JsonNode json = Evaluation.run(new Greying(), config, item -> {}).toJson();
    assertThat(json.path("bundle").textValue()).isEqualTo("grey");
    assertThat(json.path("items")).hasSize(2);
    for (JsonNode item : json.path("items")) {
      assertThat(item.path("protocol").textValue()).isEqualTo(Evaluation.PROTOCOL);
      assertThat(item.path("images").intValue()).isEqualTo(3);
      assertThat(item.path("psnrDb").path("restored").isNumber()).isTrue();
    }
  }

  @Test
  void shouldRefuseWhatCannotBeEvaluated() {
    assertThatThrownBy(() -> new EvaluationConfig(folder, List.of(), List.of(), 0))
        .hasMessageContaining("nothing to evaluate");
    assertThatThrownBy(() -> new EvaluationConfig(folder, List.of(-1.0), List.of(), 0))
        .hasMessageContaining("-1.0");
    assertThatThrownBy(
            () -> new EvaluationConfig(folder, List.of(), List.of(DegradationType.NOISE), 0))
        .hasMessageContaining("sigmas");
  }
}
