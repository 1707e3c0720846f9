package org.perceiveir.model.perceiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

final class PerceiverTest {
  @TempDir Path temporary;

  private static FloatTensor image(int batch, int height, int width) {
    float[] values = new float[batch * height * width * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 256 / 255f;
    }
    return new FloatTensor(new long[] {batch, height, width, 3}, values);
  }

  private static RgbImage picture(int width, int height, int seed) {
    byte[] rgb = new byte[width * height * 3];
    new Random(seed).nextBytes(rgb);
    return RgbImage.wrap(width, height, rgb);
  }

  /** Eq. 9 through this class: the numbers of an independent implementation. */
  @ParameterizedTest
  @ValueSource(ints = {1, 10})
  void shouldMatchLossAndGradientOfTheImageWhenPromptsJudgeIt(int scale) throws IOException {
    SafeTensors golden = Goldens.tensors("clip/tiny_prompt_losses.safetensors");
    SafeTensors clip = Goldens.tensors("clip/tiny_openai_names.safetensors");
    Map<String, FloatTensor> weights = new LinkedHashMap<>();
    clip.names().stream()
        .filter(name -> name.startsWith("visual."))
        .forEach(name -> weights.put(name, clip.floats(name)));
    weights.put(PerceiverBundle.TEXT_FEATURES, golden.floats("text_feat"));
    PerceiverForm form =
        new PerceiverForm(
            new ClipConfig(32, 8, 64, 2, 4, 32, 64, 2, 4, 77, 600),
            List.of("excellent", "a", "b"),
            scale,
            Views.wholeImage(),
            PerceiverForm.Origin.PUBLIC);
    PerceiverBundle bundle =
        PerceiverBundle.write(
            temporary.resolve("p"),
            "golden",
            "0",
            form,
            weights,
            JsonNodeFactory.instance.objectNode());
    try (GraphRun g = new GraphRun()) {
      Perceiver perceiver = Perceiver.of(g.tf, g.params, bundle);
      Operand<TFloat32> x = g.feedNchw(golden.floats("clip/x"));
      Operand<TFloat32> excellent =
          g.tf.slice(perceiver.probabilities(x), g.tf.array(0, 0), g.tf.array(1, 1));
      Operand<TFloat32> loss =
          g.tf.math.sub(g.tf.constant(1f), g.tf.reshape(excellent, g.tf.array(new int[0])));
      List<FloatTensor> found =
          g.run(
              bundle.weights(),
              List.of(loss, g.gradients(loss, List.of(x)).get(0), perceiver.features(x)));
      String key = "clip/scale" + scale;
      assertThat(GraphRun.maxDifference(found.get(0), golden.floats(key + "/loss")))
          .isLessThan(1e-5);
      assertThat(
              GraphRun.maxDifference(GraphRun.toNchw(found.get(1)), golden.floats(key + "/grad_x")))
          .isLessThan(1e-5);
      assertThat(GraphRun.maxDifference(found.get(2), golden.floats("clip/feat"))).isLessThan(1e-4);
    }
  }

  /** Which pixels a window has is what training and serving must agree on. */
  @ParameterizedTest
  @CsvSource({
    "8, 8, 0, 0",
    "20, 8, 0 6 12, 0",
    "17, 25, 0 4 9, 0 5 11 17",
    "40, 9, 0 10 21 32, 0 1"
  })
  void shouldSpreadWindowsFromEdgeToEdge(int height, int width, String rows, String columns) {
    int[] tops = Arrays.stream(rows.split(" ")).mapToInt(Integer::parseInt).toArray();
    int[] lefts = Arrays.stream(columns.split(" ")).mapToInt(Integer::parseInt).toArray();
    FloatTensor images = image(2, height, width);
    try (GraphRun g = new GraphRun()) {
      FloatTensor found =
          g.run(Map.of(), List.of(Views.windows(4, 4).of(g.tf, g.feed(images), 8))).get(0);
      assertThat(found.shape()).containsExactly(2L * tops.length * lefts.length, 8, 8, 3);
      int at = 0;
      for (int b = 0; b < 2; b++) {
        for (int top : tops) {
          for (int left : lefts) {
            for (int i = 0; i < 8 * 8 * 3; i++) {
              int y = top + i / 24;
              int source = ((b * height + y) * width + left) * 3 + i % 24;
              assertThat(found.values()[at++]).isEqualTo(images.values()[source]);
            }
          }
        }
      }
    }
  }

  @Test
  void shouldTakeTheMiddleWhenThereIsOneWindowAndMirrorWhatIsMissing() {
    FloatTensor wide = image(1, 3, 12);
    try (GraphRun g = new GraphRun()) {
      float[] found =
          g.run(Map.of(), List.of(Views.windows(1, 1).of(g.tf, g.feed(wide), 8))).get(0).values();
      int[] rows = {0, 1, 2, 2, 1, 0, 0, 1};
      for (int i = 0; i < found.length; i++) {
        int source = (rows[i / 24] * 12 + 2) * 3 + i % 24;
        assertThat(found[i]).isEqualTo(wide.values()[source]);
      }
    }
  }

  // L_clip needs it: a gradient that stops anywhere would train nothing and say nothing.
  @ParameterizedTest
  @CsvSource({"2, 3, false, 13, 21", "2, 3, true, 13, 21", "3, 3, false, 5, 22"})
  void shouldSendAGradientToEveryPixelThatIsSeen(
      int rows, int columns, boolean whole, int height, int width) throws IOException {
    PerceiverBundle bundle =
        TinyPerceiver.write(temporary.resolve("p"), new Views(rows, columns, whole));
    FloatTensor images = image(2, height, width);
    try (GraphRun g = new GraphRun()) {
      Perceiver perceiver = Perceiver.of(g.tf, g.params, bundle);
      Operand<TFloat32> x = g.feed(images);
      Operand<TFloat32> loss =
          g.tf.reduceSum(
              g.tf.slice(perceiver.probabilities(x), g.tf.array(0, 2), g.tf.array(-1, 1)),
              g.tf.array(0, 1));
      List<FloatTensor> found =
          g.run(bundle.weights(), List.of(loss, g.gradients(loss, List.of(x)).get(0)));
      float[] gradient = found.get(1).values();
      assertThat(gradient).hasSize(images.values().length);
      long moved = IntStream.range(0, gradient.length).filter(i -> gradient[i] != 0).count();
      assertThat(moved).isGreaterThan((long) (0.99 * gradient.length));
      // Along the gradient the loss moves as the gradient says.
      double square = 0;
      for (float value : gradient) {
        square += (double) value * value;
      }
      double step = 1e-2 / Math.sqrt(square);
      float[] moving = images.values().clone();
      for (int i = 0; i < moving.length; i++) {
        moving[i] += (float) (step * gradient[i]);
      }
      double expected = step * square;
      double actual =
          sumOfExcellent(bundle, new FloatTensor(images.shape(), moving))
              - found.get(0).values()[0];
      assertThat(actual).isCloseTo(expected, org.assertj.core.data.Percentage.withPercentage(5));
    }
  }

  private static double sumOfExcellent(PerceiverBundle bundle, FloatTensor images) {
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> p = Perceiver.of(g.tf, g.params, bundle).probabilities(g.feed(images));
      float[] found = g.run(bundle.weights(), List.of(p)).get(0).values();
      return (double) found[2] + found[5];
    }
  }

  @Test
  void shouldGiveFourFeatureMapsOfEveryView() throws IOException {
    PerceiverBundle bundle = TinyPerceiver.write(temporary.resolve("p"), Views.windows(2, 2));
    try (GraphRun g = new GraphRun()) {
      Perceiver perceiver = Perceiver.of(g.tf, g.params, bundle);
      List<FloatTensor> maps =
          g.run(bundle.weights(), perceiver.featureMaps(g.feed(image(3, 16, 16))));
      assertThat(maps).hasSize(4);
      maps.forEach(m -> assertThat(m.shape()).containsExactly(12, 2, 2, 8));
      assertThat(maps.get(0).values()).isNotEqualTo(maps.get(3).values());
    }
  }

  @Test
  void shouldAssessImagesOfAnySizesAsTheGraphDoes() throws IOException {
    PerceiverBundle bundle = TinyPerceiver.write(temporary.resolve("p"), new Views(2, 3, true));
    List<RgbImage> images = List.of(picture(1, 1, 1), picture(30, 9, 2), picture(8, 40, 3));
    try (PerceiverSession session = PerceiverSession.open(bundle, 1)) {
      List<Assessment> found = session.assess(images);
      assertThat(found).hasSize(3);
      for (int i = 0; i < 3; i++) {
        RgbImage image = images.get(i);
        float[] unit = new float[image.rgb().length];
        for (int k = 0; k < unit.length; k++) {
          unit[k] = (image.rgb()[k] & 0xff) / 255f;
        }
        FloatTensor fed = new FloatTensor(new long[] {1, image.height(), image.width(), 3}, unit);
        try (GraphRun g = new GraphRun()) {
          Operand<TFloat32> constant = Perceiver.constantProbabilities(g.tf, g.feed(fed), bundle);
          float[] expected = g.run(Map.of(), List.of(constant)).get(0).values();
          for (int t = 0; t < 3; t++) {
            assertThat(found.get(i).probabilities().get(t))
                .isCloseTo(expected[t], org.assertj.core.data.Offset.offset(1e-5f));
          }
        }
        assertThat(found.get(i).of(found.get(i).tier()))
            .isEqualTo(found.get(i).probabilities().stream().max(Float::compare).orElseThrow());
      }
      assertThatThrownBy(() -> found.get(0).of("good"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("good");
    }
  }

  @Test
  void shouldRefuseToAssessWhenClosedAndToOpenWeightsThatDoNotFit() throws IOException {
    PerceiverBundle bundle = TinyPerceiver.write(temporary.resolve("p"), Views.wholeImage());
    PerceiverSession session = PerceiverSession.open(bundle, 1);
    session.close();
    session.close();
    assertThatThrownBy(() -> session.assess(picture(8, 8, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    Map<String, FloatTensor> weights = new LinkedHashMap<>(bundle.weights());
    weights.remove("visual.proj");
    PerceiverBundle lacking =
        PerceiverBundle.write(
            temporary.resolve("q"),
            "tiny",
            "0",
            bundle.form(),
            weights,
            JsonNodeFactory.instance.objectNode());
    assertThatThrownBy(() -> PerceiverSession.open(lacking, 1))
        .isInstanceOf(WeightMismatchException.class)
        .hasMessageContaining("visual.proj");
  }
}
