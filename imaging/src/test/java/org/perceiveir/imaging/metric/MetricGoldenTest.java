package org.perceiveir.imaging.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.SharedFolder;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;

/** Parity with scikit-image 0.19.3 on three pairs of photographs. */
final class MetricGoldenTest {
  private static final double TOLERANCE = 1e-6;

  @ParameterizedTest
  @ValueSource(strings = {"astronaut_noise25", "coffee_blur_dark", "chelsea_underwater_cast"})
  void shouldEqualScikitImage(String name) throws IOException {
    Path folder = SharedFolder.require("goldens/metrics");
    RgbImage reference = image(folder.resolve(name + "_ref.png"));
    RgbImage degraded = image(folder.resolve(name + "_deg.png"));
    String expected = Files.readString(folder.resolve("expected.json"));
    assertThat(Psnr.between(reference, degraded))
        .isCloseTo(number(expected, name, "psnr_skimage_u8"), within(TOLERANCE));
    assertThat(Ssim.between(reference, degraded))
        .isCloseTo(number(expected, name, "ssim_skimage_default_u8"), within(TOLERANCE));
    assertThat(Ssim.gaussianBetween(reference, degraded))
        .isCloseTo(number(expected, name, "ssim_skimage_gauss"), within(TOLERANCE));
  }

  private static RgbImage image(Path file) throws IOException {
    return new ImageDecoder(DecodeLimits.defaults()).decode(Files.readAllBytes(file));
  }

  /** The number under a key of a pair's object; the file is flat enough for that. */
  private static double number(String json, String name, String key) {
    Matcher matcher =
        Pattern.compile("\"" + name + "\":.*?\"" + key + "\": ([0-9.e-]+)", Pattern.DOTALL)
            .matcher(json);
    assertThat(matcher.find()).isTrue();
    return Double.parseDouble(matcher.group(1));
  }
}
