package org.perceiveir.imaging.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.testkit.SharedFolder;

/**
 * Parity with scikit-image 0.19.3, BasicSR, the public UCIQE programs and FUnIE-GAN's UIQM on three
 * pairs of photographs.
 */
final class MetricGoldenTest {
  private static final double TOLERANCE = 1e-6;

  @ParameterizedTest
  @ValueSource(strings = {"astronaut_noise25", "coffee_blur_dark", "chelsea_underwater_cast"})
  void shouldEqualScikitImage(String name) throws IOException {
    Golden golden = Golden.of(name);
    RgbImage reference = golden.image("ref");
    RgbImage degraded = golden.image("deg");
    assertThat(Psnr.between(reference, degraded))
        .isCloseTo(golden.number("psnr_skimage_u8"), within(TOLERANCE));
    assertThat(Ssim.between(reference, degraded))
        .isCloseTo(golden.number("ssim_skimage_default_u8"), within(TOLERANCE));
    assertThat(Ssim.gaussianBetween(reference, degraded))
        .isCloseTo(golden.number("ssim_skimage_gauss"), within(TOLERANCE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"astronaut_noise25", "coffee_blur_dark", "chelsea_underwater_cast"})
  void shouldEqualBasicSr(String name) throws IOException {
    Golden golden = Golden.of(name);
    RgbImage reference = golden.image("ref");
    RgbImage degraded = golden.image("deg");
    assertThat(Psnr.lumaBetween(reference, degraded))
        .isCloseTo(golden.number("psnr_basicsr_Y"), within(TOLERANCE));
    assertThat(Ssim.lumaBetween(reference, degraded))
        .isCloseTo(golden.number("ssim_basicsr_Y"), within(TOLERANCE));
    assertThat(Psnr.between(Crop.border(reference, 4), Crop.border(degraded, 4)))
        .isCloseTo(golden.number("psnr_basicsr_crop4"), within(TOLERANCE));
  }

  @ParameterizedTest
  @CsvSource({
    "astronaut_noise25, ref",
    "astronaut_noise25, deg",
    "coffee_blur_dark, ref",
    "coffee_blur_dark, deg",
    "chelsea_underwater_cast, ref",
    "chelsea_underwater_cast, deg"
  })
  void shouldEqualThePublicUnderwaterMetrics(String name, String role) throws IOException {
    Golden golden = Golden.of(name);
    RgbImage image = golden.image(role);
    for (Uciqe.Variant variant : Uciqe.Variant.values()) {
      assertThat(Uciqe.of(image, variant))
          .as(variant.id())
          .isCloseTo(golden.number(variant.id() + "/" + role), within(TOLERANCE));
    }
    assertThat(Uciqe.of(image)).isEqualTo(Uciqe.of(image, Uciqe.Variant.JOU));
    Uiqm uiqm = Uiqm.of(image);
    assertThat(uiqm.uicm()).isCloseTo(golden.number("uicm/" + role), within(TOLERANCE));
    assertThat(uiqm.uism()).isCloseTo(golden.number("uism/" + role), within(TOLERANCE));
    assertThat(uiqm.uiconm()).isCloseTo(golden.number("uiconm/" + role), within(TOLERANCE));
    assertThat(uiqm.value())
        .isCloseTo(golden.number("uiqm_funiegan_native/" + role), within(TOLERANCE));
    assertThat(Uiqm.ofResized(image).value())
        .isCloseTo(golden.number("uiqm_funiegan_256x256_bicubic/" + role), within(TOLERANCE));
  }

  /** A pair of images and the numbers about it. */
  private record Golden(String name, Path folder, String numbers) {
    static Golden of(String name) throws IOException {
      Path folder = SharedFolder.require("goldens/metrics");
      return new Golden(name, folder, Files.readString(folder.resolve("expected.json")));
    }

    RgbImage image(String role) throws IOException {
      byte[] file = Files.readAllBytes(folder.resolve(name + "_" + role + ".png"));
      return new ImageDecoder(DecodeLimits.defaults()).decode(file);
    }

    /** The number under a key of the pair's object; the file is flat enough for that. */
    double number(String key) {
      Matcher matcher =
          Pattern.compile(
                  "\"" + name + "\":.*?\"" + Pattern.quote(key) + "\": ([0-9.e-]+)", Pattern.DOTALL)
              .matcher(numbers);
      assertThat(matcher.find()).as(key).isTrue();
      return Double.parseDouble(matcher.group(1));
    }
  }
}
