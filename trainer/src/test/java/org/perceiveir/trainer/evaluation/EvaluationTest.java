package org.perceiveir.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.imaging.metric.Crop;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.imaging.metric.Ssim;
import org.perceiveir.imaging.metric.Uciqe;
import org.perceiveir.imaging.metric.Uiqm;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.testkit.SharedFolder;
import org.perceiveir.trainer.data.CleanImages;
import org.perceiveir.trainer.data.DataException;
import org.perceiveir.trainer.data.PairSets;
import org.perceiveir.trainer.data.layout.PairRule;

final class EvaluationTest {
  private static final Greying GREYING = new Greying(128);

  @TempDir Path directory;
  private Path folder;
  private final List<RgbImage> clean = new ArrayList<>();

  @BeforeEach
  void makeImages() throws IOException {
    folder = Files.createDirectories(directory.resolve("clean"));
    for (int i = 0; i < 3; i++) {
      RgbImage image = image(24, 20, 60 + 20 * i);
      clean.add(image);
      write(folder.resolve(i + ".png"), image);
    }
  }

  private static RgbImage image(int width, int height, int from) {
    byte[] rgb = new byte[3 * width * height];
    for (int p = 0; p < rgb.length; p++) {
      rgb[p] = (byte) (from + p % 72);
    }
    return RgbImage.wrap(width, height, rgb);
  }

  private static void write(Path file, RgbImage image) throws IOException {
    Files.write(file, ImageEncoder.encode(image, ImageFormat.PNG));
  }

  private TestSet degraded(String notation) throws IOException {
    Degradation degradation = Degradations.parse(notation);
    return TestSet.degraded(PairSets.degraded(folder, degradation), degradation);
  }

  private static EvaluationReport run(EvaluationOptions options, TestSet... sets)
      throws IOException {
    return evaluation(options, Measurement.standard()).run(List.of(sets));
  }

  private static Evaluation evaluation(EvaluationOptions options, Measurement measurement) {
    return Evaluation.of(GREYING, measurement, options, EvaluationListener.NONE);
  }

  @Test
  void shouldAverageWhatTheMetricsSayOfEachImageDegradedWithItsIndexAsSeed() throws IOException {
    List<EvaluationReport.Item> told = new ArrayList<>();
    List<String> images = new ArrayList<>();
    EvaluationListener listener =
        new EvaluationListener() {
          @Override
          public void onImage(Restored image) {
            images.add(image.figures().file() + " " + image.done() + "/" + image.total());
          }

          @Override
          public void onItem(EvaluationReport.Item item) {
            told.add(item);
          }
        };
    EvaluationReport report =
        Evaluation.of(
                GREYING,
                Measurement.standard(),
                new EvaluationOptions(1, 2, "whole frames", ""),
                listener)
            .run(List.of(degraded("noise:25"), degraded("haze+noise:15+jpeg:40")));

    assertThat(told).isEqualTo(report.items()).hasSize(2);
    assertThat(images).containsExactly("0.png 1/2", "1.png 2/2", "0.png 1/2", "1.png 2/2");
    EvaluationReport.Item noise = report.items().get(0);
    double before = 0;
    double after = 0;
    double ssim = 0;
    for (int i = 0; i < 2; i++) {
      RgbImage noisy = new GaussianNoise(25).apply(clean.get(i), i);
      double psnr = Psnr.between(clean.get(i), GREYING.grey(noisy));
      assertThat(noise.images().get(i).figure(Metric.PSNR).restored()).isEqualTo(psnr);
      before += Psnr.between(clean.get(i), noisy) / 2;
      after += psnr / 2;
      ssim += Ssim.between(clean.get(i), GREYING.grey(noisy)) / 2;
    }
    assertThat(noise.images()).hasSize(2);
    assertThat(noise.figure(Metric.PSNR).degraded()).isCloseTo(before, within(1e-9));
    assertThat(noise.figure(Metric.PSNR).restored()).isCloseTo(after, within(1e-9));
    assertThat(noise.figure(Metric.PSNR).gain()).isCloseTo(after - before, within(1e-9));
    assertThat(noise.figure(Metric.SSIM).restored()).isCloseTo(ssim, within(1e-9));
    assertThat(report.items().get(1).setting()).isEqualTo("haze:0.85:1+noise:15+jpeg:40");
  }

  /** A figure without its protocol cannot be compared with anyone else's. */
  @Test
  void shouldSayTheProtocolBesideEveryFigure() throws IOException {
    EvaluationReport report =
        run(
            new EvaluationOptions(16, 0, "whole frames", ""),
            degraded("noise:60"),
            degraded("rain"));
    assertThat(report.items().get(0).protocol())
        .contains("sigma 60", "clipped and truncated to uint8", "seed = index", "RGB")
        .contains("cropped to multiples of 16", "whole frames", "rounded to uint8")
        .contains("7x7 uniform", "mean over images")
        .doesNotContain("model of this project");
    assertThat(report.items().get(1).protocol()).contains("not by the paper's data");
    JsonNode json = report.toJson();
    assertThat(json.path("bundle").textValue()).isEqualTo("grey");
    for (JsonNode item : json.path("items")) {
      assertThat(item.path("protocol").textValue()).contains("RGB");
      assertThat(item.path("images").intValue()).isEqualTo(3);
      assertThat(item.path("psnrDb").path("restored").isNumber()).isTrue();
      assertThat(item.path("perImage")).hasSize(3);
      assertThat(item.path("perImage").get(2).path("file").textValue()).isEqualTo("2.png");
      assertThat(item.path("perImage").get(2).path("width").intValue()).isEqualTo(16);
      assertThat(item.path("perImage").get(2).path("ssim").path("degraded").isNumber()).isTrue();
      assertThat(item.has("paper")).isFalse();
    }
  }

  @Test
  void shouldCropImageAndTruthAlikeBeforeRestoring() throws IOException {
    EvaluationReport report =
        run(new EvaluationOptions(16, 1, "whole frames", ""), degraded("noise:25"));

    RgbImage noisy = Crop.toMultiple(new GaussianNoise(25).apply(clean.get(0), 0), 16);
    EvaluationReport.Image image = report.items().get(0).images().get(0);
    assertThat(image.width()).isEqualTo(16);
    assertThat(image.height()).isEqualTo(16);
    assertThat(image.figure(Metric.PSNR).restored())
        .isEqualTo(Psnr.between(Crop.toMultiple(clean.get(0), 16), GREYING.grey(noisy)));
  }

  /** What is left out of a mean without a word makes it look better or worse than it is. */
  @Test
  void shouldSkipAndNameWhatCannotBeMeasured() throws IOException {
    Path input = Files.createDirectories(directory.resolve("set/input"));
    Path target = Files.createDirectories(directory.resolve("set/target"));
    for (String name : List.of("a.png", "b.png", "c.png")) {
      write(input.resolve(name), clean.get(0));
      write(target.resolve(name), clean.get(1));
    }
    TestSet set = TestSet.pairs(PairSets.folders(input, target, PairRule.EQUAL));
    // Damaged after it was listed, as a disk does it.
    Files.write(input.resolve("b.png"), new byte[] {1, 2, 3});
    write(target.resolve("c.png"), image(24, 21, 3));

    EvaluationReport report = run(EvaluationOptions.defaults(), set);

    EvaluationReport.Item item = report.items().get(0);
    assertThat(item.set()).isEqualTo("set");
    assertThat(item.setting()).isEqualTo(TestSet.PAIRS);
    assertThat(item.images()).extracting(EvaluationReport.Image::file).containsExactly("a.png");
    assertThat(item.skipped())
        .extracting(CleanImages.Skipped::file)
        .containsExactly("b.png", "c.png");
    assertThat(item.skipped().get(1).reason()).contains("24x20", "24x21");
    assertThat(report.skipped()).isEqualTo(2);
    assertThat(report.toJson().path("items").get(0).path("skipped")).hasSize(2);
  }

  @Test
  void shouldRefuseASetOfWhichNothingCanBeMeasured() throws IOException {
    TestSet set = degraded("noise:25");

    assertThatThrownBy(() -> run(new EvaluationOptions(32, 0, "whole", ""), set))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none of the 3 images")
        .hasMessageContaining("0.png")
        .hasMessageContaining("multiples of 32");
  }

  /** One image that is exact would otherwise make the mean of a whole set infinite. */
  @Test
  void shouldCountInfiniteFiguresInsteadOfAveragingThem() throws IOException {
    Path input = Files.createDirectories(directory.resolve("set/input"));
    Path target = Files.createDirectories(directory.resolve("set/target"));
    write(input.resolve("exact.png"), clean.get(0));
    write(target.resolve("exact.png"), GREYING.grey(clean.get(0)));
    write(input.resolve("other.png"), clean.get(1));
    write(target.resolve("other.png"), clean.get(2));

    EvaluationReport report =
        run(
            EvaluationOptions.defaults(),
            TestSet.pairs(PairSets.folders(input, target, PairRule.EQUAL)));

    EvaluationReport.Figure psnr = report.items().get(0).figure(Metric.PSNR);
    assertThat(psnr.infiniteRestored()).isEqualTo(1);
    assertThat(psnr.infiniteDegraded()).isZero();
    assertThat(psnr.restored()).isEqualTo(Psnr.between(clean.get(2), GREYING.grey(clean.get(1))));
    JsonNode json = report.toJson().path("items").get(0);
    assertThat(json.path("psnrDb").path("infinite").path("restored").intValue()).isEqualTo(1);
    assertThat(json.path("perImage").get(0).path("psnrDb").path("restored").textValue())
        .isEqualTo("inf");
  }

  @Test
  void shouldMeasureImagesWithoutATruthByThemselves() throws IOException {
    Set<Metric> alone =
        EnumSet.of(
            Metric.UCIQE_JOU, Metric.UCIQE_LAB8, Metric.UCIQE_FLOAT, Metric.UIQM, Metric.UIQM_256);
    Measurement measurement = new Measurement(Measurement.WITH_TRUTH, alone, null);

    EvaluationReport report =
        evaluation(EvaluationOptions.defaults(), measurement)
            .run(List.of(TestSet.real("challenge", FolderImages.in(folder))));

    EvaluationReport.Item item = report.items().get(0);
    assertThat(item.figures()).containsOnlyKeys(alone);
    assertThat(item.protocol()).contains("no truth", "UIQM").doesNotContain("PSNR");
    EvaluationReport.Image image = item.images().get(1);
    RgbImage restored = GREYING.grey(clean.get(1));
    assertThat(image.figure(Metric.UCIQE_JOU).degraded()).isEqualTo(Uciqe.of(clean.get(1)));
    assertThat(image.figure(Metric.UCIQE_LAB8).restored())
        .isEqualTo(Uciqe.of(restored, Uciqe.Variant.LAB_8BIT));
    assertThat(image.figure(Metric.UCIQE_FLOAT).restored())
        .isEqualTo(Uciqe.of(restored, Uciqe.Variant.LAB_FLOAT));
    assertThat(image.figure(Metric.UIQM).restored()).isEqualTo(Uiqm.of(restored).value());
    assertThat(image.figure(Metric.UIQM_256).restored())
        .isEqualTo(Uiqm.ofResized(restored).value());
  }

  @Test
  void shouldGiveLumaAndGaussianFiguresUnderNamesOfTheirOwn() throws IOException {
    Set<Metric> chosen =
        EnumSet.of(Metric.SSIM_GAUSSIAN, Metric.PSNR_Y, Metric.SSIM_Y, Metric.UIQM);
    Measurement measurement = new Measurement(chosen, Measurement.WITHOUT_TRUTH, null);

    JsonNode item =
        evaluation(new EvaluationOptions(1, 1, "whole", ""), measurement)
            .run(List.of(degraded("noise:25")))
            .toJson()
            .path("items")
            .get(0);

    RgbImage noisy = new GaussianNoise(25).apply(clean.get(0), 0);
    assertThat(item.path("psnrYDb").path("degraded").doubleValue())
        .isCloseTo(Psnr.lumaBetween(clean.get(0), noisy), within(1e-3));
    assertThat(item.path("ssimY").path("degraded").doubleValue())
        .isCloseTo(Ssim.lumaBetween(clean.get(0), noisy), within(1e-5));
    assertThat(item.path("ssimGaussian").path("degraded").doubleValue())
        .isCloseTo(Ssim.gaussianBetween(clean.get(0), noisy), within(1e-5));
    assertThat(item.has("ssim")).isFalse();
    assertThat(item.has("psnrDb")).isFalse();
    assertThat(item.has("uiqm")).isTrue();
  }

  @Test
  void shouldSayHowFarASecondRestorerIsFromTheFirst() throws IOException {
    EvaluationOptions options = new EvaluationOptions(1, 0, "whole frames", "tiles of 128");
    Greying other = new Greying(140);

    EvaluationReport report =
        evaluation(options, Measurement.standard())
            .comparedWith(other)
            .run(List.of(degraded("noise:25"), TestSet.real("r", FolderImages.in(folder))));

    RgbImage noisy = new GaussianNoise(25).apply(clean.get(2), 2);
    EvaluationReport.Comparison image = report.items().get(0).images().get(2).comparison();
    assertThat(image)
        .isEqualTo(
            new EvaluationReport.Comparison(
                Psnr.between(clean.get(2), other.grey(noisy))
                    - Psnr.between(clean.get(2), GREYING.grey(noisy)),
                Psnr.between(GREYING.grey(noisy), other.grey(noisy)),
                6));
    assertThat(report.items().get(0).protocol()).contains("compared with tiles of 128");
    JsonNode json = report.toJson().path("items");
    assertThat(json.get(0).path("compared").path("largestDifference").intValue()).isEqualTo(6);
    assertThat(json.get(0).path("compared").path("psnrChangeDb").isNumber()).isTrue();
    assertThat(json.get(1).path("compared").has("psnrChangeDb")).isFalse();
    assertThat(json.get(1).path("compared").path("psnrBetweenDb").isNumber()).isTrue();
  }

  @Test
  void shouldFindNothingBetweenARestorerAndItself() throws IOException {
    EvaluationReport report =
        evaluation(EvaluationOptions.defaults(), Measurement.standard())
            .comparedWith(GREYING)
            .run(List.of(degraded("noise:25")));

    assertThat(report.items().get(0).comparison())
        .isEqualTo(new EvaluationReport.Comparison(0, Double.POSITIVE_INFINITY, 0));
  }

  /** The figures of the spec for what these pairs are before restoring. */
  @ParameterizedTest
  @CsvSource({"Rain100L_2pairs, equal, 26.83", "SOTS_outdoor_2pairs, prefix, 18.25"})
  void shouldMeasureKnownPairsAsOthersDo(String name, String rule, double input)
      throws IOException {
    Path root = SharedFolder.require("data/pairs/" + name);

    EvaluationReport report =
        run(
            EvaluationOptions.defaults(),
            TestSet.pairs(
                PairSets.folders(
                    root.resolve("input"), root.resolve("target"), PairRule.parse(rule))));

    assertThat(report.items().get(0).images()).hasSize(2);
    assertThat(report.items().get(0).figure(Metric.PSNR).degraded())
        .isCloseTo(input, within(0.005));
  }

  @Test
  void shouldFailLoudlyWhenARestorerChangesTheSize() throws IOException {
    TestSet set = degraded("noise:25");
    Restorer shrinking =
        new Restorer() {
          @Override
          public List<RgbImage> restore(List<RgbImage> frames) {
            return List.of(Crop.border(frames.get(0), 1));
          }

          @Override
          public String bundleName() {
            return "s";
          }

          @Override
          public String bundleVersion() {
            return "0";
          }

          @Override
          public String device() {
            return "cpu";
          }

          @Override
          public void close() {}
        };

    assertThatThrownBy(
            () ->
                Evaluation.of(
                        shrinking,
                        Measurement.standard(),
                        EvaluationOptions.defaults(),
                        EvaluationListener.NONE)
                    .run(List.of(set)))
        .hasMessageContaining("changed the size");
  }

  @Test
  void shouldRefuseWhatCannotBeEvaluated() {
    assertThatThrownBy(() -> new EvaluationOptions(0, 0, "", "")).hasMessageContaining("of 0");
    assertThatThrownBy(() -> new EvaluationOptions(1, -1, "", "")).hasMessageContaining("-1");
    assertThatThrownBy(
            () -> new Measurement(EnumSet.of(Metric.LPIPS), Measurement.WITHOUT_TRUTH, null))
        .hasMessageContaining("model import");
    assertThatThrownBy(() -> new Measurement(Measurement.WITH_TRUTH, EnumSet.of(Metric.PSNR), null))
        .hasMessageContaining("psnr needs images with a truth");
    assertThatThrownBy(() -> new Measurement(Set.of(), Measurement.WITHOUT_TRUTH, null))
        .hasMessageContaining("no metric");
    assertThatThrownBy(() -> Metric.fromId("mse")).hasMessageContaining("psnr, ssim");
    assertThatThrownBy(() -> FolderImages.in(directory.resolve("none")))
        .hasMessageContaining("is not a folder");
    assertThatThrownBy(() -> FolderImages.in(directory)).hasMessageContaining("holds no");
  }
}
