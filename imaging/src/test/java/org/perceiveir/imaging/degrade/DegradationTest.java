package org.perceiveir.imaging.degrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;
import org.perceiveir.imaging.metric.Psnr;

final class DegradationTest {
  private static final long SEED = 42;

  @ParameterizedTest
  @EnumSource(DegradationType.class)
  void shouldGiveTheSameBytesForTheSameSeedAndFrameOnly(DegradationType type) {
    RgbImage image = TestImages.noise(65, 43, 1);
    byte[] before = image.rgb().clone();
    Degradation degradation = Degradations.standard(type);
    byte[] first = degradation.apply(image, SEED, 7).rgb();
    assertThat(degradation.apply(image, SEED, 7).rgb()).isEqualTo(first);
    assertThat(degradation.apply(image, SEED + 1, 7).rgb()).isNotEqualTo(first);
    assertThat(degradation.apply(image, SEED).rgb())
        .isEqualTo(degradation.apply(image, SEED, 0).rgb());
    assertThat(image.rgb()).as("the clean image").isEqualTo(before);
  }

  /** Fog and camera motion must not flicker in a sequence; noise and drops must not stand still. */
  @ParameterizedTest
  @EnumSource(DegradationType.class)
  void shouldKeepTheSceneFromFrameToFrame(DegradationType type) {
    boolean still =
        switch (type) {
          case NOISE, RAIN, LOW_LIGHT -> false;
          case HAZE, BLUR -> true;
        };
    RgbImage image = TestImages.gradient(64, 64);
    Degradation degradation = Degradations.standard(type);
    byte[] first = degradation.apply(image, SEED, 0).rgb();
    byte[] second = degradation.apply(image, SEED, 1).rgb();
    assertThat(Arrays.equals(first, second)).isEqualTo(still);
  }

  /**
   * Pins the bytes: figures in model cards name seed and strength only, so that a change of a model
   * must not pass unnoticed.
   */
  @ParameterizedTest
  @EnumSource(DegradationType.class)
  void shouldGiveTheBytesOfTheReportedFigures(DegradationType type) {
    long expected =
        switch (type) {
          case NOISE -> 1220255224L;
          case HAZE -> 2556278385L;
          case RAIN -> 3112864158L;
          case BLUR -> 2074205111L;
          case LOW_LIGHT -> 2184786508L;
        };
    CRC32 crc = new CRC32();
    crc.update(Degradations.standard(type).apply(TestImages.gradient(97, 61), SEED, 3).rgb());
    assertThat(crc.getValue()).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(DegradationType.class)
  void shouldWorkOnAnySizeAtAnyStrengthOfTheTrainingRange(DegradationType type) {
    SplittableRandom random = new SplittableRandom(3);
    int[][] sizes = {{1, 1}, {1, 17}, {23, 1}, {2, 3}, {300, 5}, {5, 300}, {64, 64}};
    for (int i = 0; i < 40; i++) {
      TaskDegradation degradation = Degradations.random(type, random);
      assertThat(degradation.type()).isEqualTo(type);
      for (int[] size : sizes) {
        RgbImage degraded = degradation.apply(TestImages.noise(size[0], size[1], i), i, i);
        assertThat(degraded.width()).isEqualTo(size[0]);
        assertThat(degraded.height()).isEqualTo(size[1]);
      }
    }
  }

  @Test
  void shouldAddNoiseOfTheGivenMoments() {
    byte[] noisy = new GaussianNoise(25).apply(grey(400, 400, 128), SEED).rgb();
    double sum = 0;
    double squares = 0;
    int beyondTwoSigma = 0;
    for (byte sample : noisy) {
      double d = (sample & 0xFF) - 127.5;
      sum += d;
      squares += d * d;
      beyondTwoSigma += Math.abs(d) > 50 ? 1 : 0;
    }
    // Truncation moves the mean by half a level: 128 becomes 127.5.
    assertThat(sum / noisy.length).isCloseTo(0, within(0.15));
    assertThat(Math.sqrt(squares / noisy.length)).isCloseTo(25, within(0.15));
    assertThat((double) beyondTwoSigma / noisy.length).isCloseTo(0.0455, within(0.002));
  }

  @Test
  void shouldClipAndTruncateNoiseToBytes() {
    RgbImage black = grey(100, 100, 0);
    int zeros = 0;
    for (byte sample : new GaussianNoise(25).apply(black, SEED).rgb()) {
      zeros += sample == 0 ? 1 : 0;
    }
    // Half the samples are negative, and those below one truncate to zero as well.
    assertThat(zeros / 30000.0).isCloseTo(0.516, within(0.015));
    assertThat(new GaussianNoise(0).apply(black, SEED).rgb()).isEqualTo(black.rgb());
  }

  @Test
  void shouldNotCorrelateNoiseBetweenNeighboursAndChannels() {
    byte[] noisy = new GaussianNoise(20).apply(grey(300, 300, 128), SEED).rgb();
    for (int lag : new int[] {1, 2, 3, 4, 900}) {
      double product = 0;
      for (int i = lag; i < noisy.length; i++) {
        product += ((noisy[i] & 0xFF) - 127.5) * ((noisy[i - lag] & 0xFF) - 127.5);
      }
      assertThat(product / (noisy.length - lag) / 400).as("lag %s", lag).isCloseTo(0, within(0.01));
    }
  }

  @Test
  void shouldPullHazeTowardsTheAirlight() {
    RgbImage image = TestImages.flat(300, 200, 20, 120, 255);
    byte[] hazy = new Haze(0.8, 2).apply(image, SEED).rgb();
    int airlight = 204;
    for (int i = 0; i < hazy.length; i += 3) {
      assertThat(hazy[i] & 0xFF).isBetween(20, airlight);
      assertThat(hazy[i + 1] & 0xFF).isBetween(120, airlight);
      assertThat(hazy[i + 2] & 0xFF).isBetween(airlight, 255);
      // One transmission for the three channels.
      double t = (airlight - (hazy[i] & 0xFF)) / (airlight - 20.0);
      assertThat(hazy[i + 1] & 0xFF).isCloseTo((int) (120 * t + airlight * (1 - t)), within(1));
      assertThat(t).isBetween(Math.exp(-2) - 0.01, 1.0);
    }
    assertThat(new Haze(0.8, 0).apply(image, SEED).rgb()).isEqualTo(image.rgb());
  }

  /** Neighbours differ by the depth's slope only, in crops as in whole images. */
  @Test
  void shouldVaryHazeSmoothly() {
    byte[] hazy = new Haze(1, 1.8).apply(grey(400, 400, 0), SEED).rgb();
    int largest = 0;
    int low = 255;
    int high = 0;
    for (int i = 3; i < hazy.length; i += 3) {
      if (i % 1200 != 0) {
        largest = Math.max(largest, Math.abs((hazy[i] & 0xFF) - (hazy[i - 3] & 0xFF)));
      }
      low = Math.min(low, hazy[i] & 0xFF);
      high = Math.max(high, hazy[i] & 0xFF);
    }
    assertThat(largest).isLessThanOrEqualTo(4);
    assertThat(high - low).isGreaterThan(40);
  }

  @Test
  void shouldOnlyBrightenWithRainAndAlikeInAllChannels() {
    byte[] rain = new RainStreaks(3, 20, 0.8, 0.3).apply(grey(200, 200, 50), SEED).rgb();
    int touched = 0;
    for (int i = 0; i < rain.length; i += 3) {
      assertThat(rain[i] & 0xFF).isGreaterThanOrEqualTo(50);
      assertThat(rain[i + 1]).isEqualTo(rain[i]);
      assertThat(rain[i + 2]).isEqualTo(rain[i]);
      touched += (rain[i] & 0xFF) > 55 ? 1 : 0;
    }
    assertThat(touched / 40000.0).isBetween(0.03, 0.4);
    RgbImage image = TestImages.noise(20, 20, 1);
    assertThat(new RainStreaks(0, 20, 1, 0.5).apply(image, SEED).rgb()).isEqualTo(image.rgb());
  }

  /**
   * A crop must see as much rain as the photograph that it stands for, drops cut at its edge too.
   */
  @Test
  void shouldRainAsMuchOnCropsAsOnWholeImages() {
    RainStreaks rain = new RainStreaks(2, 30, 0.8, 0.4);
    double whole = meanOf(rain.apply(grey(640, 640, 0), SEED).rgb());
    double crops = 0;
    for (int i = 0; i < 200; i++) {
      crops += meanOf(rain.apply(grey(64, 64, 0), i).rgb()) / 200;
    }
    assertThat(crops / whole).isBetween(0.9, 1.1);
  }

  @Test
  void shouldKeepFlatImagesUnderMotionBlur() {
    RgbImage flat = TestImages.flat(40, 30, 10, 200, 255);
    for (int seed = 0; seed < 20; seed++) {
      assertThat(new MotionBlur(13.3).apply(flat, seed).rgb()).isEqualTo(flat.rgb());
    }
  }

  @Test
  void shouldSpreadAPointOverTheLengthOfTheMotion() {
    byte[] rgb = new byte[3 * 41 * 41];
    int centre = 20 * 41 + 20;
    Arrays.fill(rgb, 3 * centre, 3 * centre + 3, (byte) 255);
    RgbImage point = RgbImage.wrap(41, 41, rgb);
    for (int seed = 0; seed < 20; seed++) {
      byte[] blurred = new MotionBlur(12).apply(point, seed).rgb();
      double sum = 0;
      double spread = 0;
      double meanX = 0;
      double meanY = 0;
      for (int p = 0; p < 41 * 41; p++) {
        double v = (blurred[3 * p] & 0xFF) / 255.0;
        double x = p % 41 - 20.0;
        double y = Math.floorDiv(p, 41) - 20.0;
        sum += v;
        meanX += v * x;
        meanY += v * y;
        spread += v * (x * x + y * y);
      }
      assertThat(sum).isCloseTo(1, within(0.04));
      assertThat(meanX).isCloseTo(0, within(0.1));
      assertThat(meanY).isCloseTo(0, within(0.1));
      // A segment's second moment is length^2 / 12, plus up to 1/2 for the bilinear spreading.
      assertThat(spread / sum).isBetween(11.3, 12.8);
    }
    assertThat(new MotionBlur(0).apply(point, SEED).rgb()).isEqualTo(point.rgb());
  }

  @Test
  void shouldDarkenByGammaAndGain() {
    LowLight noiseless = new LowLight(2, 0.5, 0, 0);
    for (int v : new int[] {0, 60, 128, 255}) {
      int expected = (int) Math.round(255 * 0.5 * (v / 255.0) * (v / 255.0));
      assertThat(noiseless.apply(grey(2, 2, v), SEED).rgb()[0]).isEqualTo((byte) expected);
    }
    assertThat(new LowLight(1, 1, 0, 0).apply(TestImages.noise(9, 9, 1), SEED).rgb())
        .isEqualTo(TestImages.noise(9, 9, 1).rgb());
  }

  @Test
  void shouldAddSensorNoiseOfTheGivenVarianceInLowLight() {
    LowLight model = new LowLight(1, 0.5, 0.01, 0.02);
    byte[] dark = model.apply(grey(300, 300, 255), SEED).rgb();
    double squares = 0;
    for (byte sample : dark) {
      double d = ((sample & 0xFF) - 127.5) / 255;
      squares += d * d;
    }
    assertThat(squares / dark.length).isCloseTo(0.01 * 0.5 + 0.02 * 0.02, within(0.0001));
  }

  /** A training that mixes degradations lessens each; one that stayed as it was would drown it. */
  @ParameterizedTest
  @EnumSource(DegradationType.class)
  void shouldDamageLessWhereItIsWeakened(DegradationType type) {
    RgbImage image = TestImages.gradient(120, 90);
    Degradation full = Degradations.standard(type);
    Degradation half = full.weakened(0.5);
    assertThat(half).hasSameClassAs(full);
    assertThat(Psnr.between(image, half.apply(image, SEED)))
        .isGreaterThan(Psnr.between(image, full.apply(image, SEED)) + 1);
    assertThat(full.weakened(1)).isEqualTo(full);
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 40; i++) {
      Degradations.random(type, random).weakened(0.01);
    }
  }

  @Test
  void shouldOrderDamageByStrength() {
    RgbImage image = TestImages.gradient(120, 90);
    Degradation[][] weakThenStrong = {
      {new GaussianNoise(15), new GaussianNoise(50)},
      {new Haze(0.9, 0.5), new Haze(0.9, 1.8)},
      {new RainStreaks(1, 20, 0.8, 0.3), new RainStreaks(5, 20, 0.8, 0.3)},
      {new LowLight(1.2, 0.9, 0, 0), new LowLight(2.4, 0.4, 0, 0)},
    };
    for (Degradation[] pair : weakThenStrong) {
      assertThat(Psnr.between(image, pair[0].apply(image, SEED)))
          .as(pair[0].toString())
          .isGreaterThan(Psnr.between(image, pair[1].apply(image, SEED)) + 3);
    }
  }

  @Test
  void shouldDescribeItsStrength() {
    assertThat(Degradations.standard(DegradationType.NOISE))
        .hasToString("Gaussian noise, sigma 25");
    assertThat(new Haze(0.85, 1))
        .hasToString("haze, airlight 0.85, beta 1, smooth random depth in 0..1");
    for (DegradationType type : DegradationType.values()) {
      assertThat(Degradations.standard(type).toString()).contains(type.id().replace('-', ' '));
    }
  }

  @Test
  void shouldNameTheParameterOutOfRange() {
    assertThatThrownBy(() -> new GaussianNoise(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("sigma is -1.0: it must lie in 0..255");
    assertThatThrownBy(() -> new MotionBlur(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("length is NaN");
    assertThatThrownBy(() -> DegradationType.fromId("fog"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(String.join(", ", DegradationType.ids()));
    assertThat(DegradationType.fromId("low-light")).isEqualTo(DegradationType.LOW_LIGHT);
  }

  private static RgbImage grey(int width, int height, int value) {
    return TestImages.flat(width, height, value, value, value);
  }

  private static double meanOf(byte[] samples) {
    double sum = 0;
    for (byte sample : samples) {
      sum += sample & 0xFF;
    }
    return sum / samples.length;
  }
}
