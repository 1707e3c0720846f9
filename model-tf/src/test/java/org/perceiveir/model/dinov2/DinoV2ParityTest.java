package org.perceiveir.model.dinov2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.HashWeights;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.vit.PositionTable.Interpolation;
import org.perceiveir.model.vit.StateDict;
import org.perceiveir.model.vit.VisionTokens;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** Official DINOv2 at native and other sizes, with each public interpolation of positions. */
class DinoV2ParityTest {
  private static final double FORWARD = 1e-4;

  private static final DinoV2Config TINY =
      new DinoV2Config(14, 64, 4, 4, 6, 0, Interpolation.OFFSET_0_1);

  private static DinoV2Weights tiny(String naming) throws IOException {
    return DinoV2Weights.of(
        StateDict.of(Goldens.tensors("dinov2/tiny_" + naming + "_names.safetensors")));
  }

  private static void check(String what, FloatTensor found, FloatTensor expected) {
    double difference = GraphRun.maxDifference(found, expected);
    assertThat(difference).as(what).isLessThan(FORWARD);
  }

  private static Operand<TFloat32> stack(GraphRun g, List<Operand<TFloat32>> tokens) {
    return g.tf.stack(tokens, org.tensorflow.op.core.Stack.axis(1L));
  }

  @ParameterizedTest
  @CsvSource({
    "84x84_native, offset0.1, OFFSET_0_1",
    "84x84_native, offset0.1, ANTIALIAS",
    "56x70, offset0.1, OFFSET_0_1",
    "56x70, offset0, SIZE_BASED",
    "56x70, antialias_offset0, ANTIALIAS",
    "126x126, offset0.1, OFFSET_0_1",
    "126x126, offset0, SIZE_BASED",
    "126x126, antialias_offset0, ANTIALIAS",
    "42x28, offset0.1, OFFSET_0_1",
    "42x28, offset0, SIZE_BASED",
    "42x28, antialias_offset0, ANTIALIAS"
  })
  void shouldMatchEveryBlockWhenPositionsAreInterpolated(
      String size, String variant, Interpolation interpolation) throws IOException {
    SafeTensors golden = Goldens.tensors("dinov2/tiny_io.safetensors");
    String key = size + "/" + variant + "/";
    FloatTensor image = golden.floats(size + "/x");
    int rows = (int) image.shape()[2] / 14;
    int columns = (int) image.shape()[3] / 14;
    try (GraphRun g = new GraphRun()) {
      DinoV2Encoder encoder =
          new DinoV2Encoder(g.tf, g.params, TINY.withInterpolation(interpolation));
      assertThat(g.params.count()).isEqualTo(240_768);
      Operand<TFloat32> x = g.feedNchw(image);
      List<Integer> blocks = List.of(1, 2, 3, 4);
      VisionTokens tokens = encoder.tokens(x);
      List<FloatTensor> found =
          g.run(
              tiny("official").all(g.params),
              List.of(
                  encoder.patchPositions(rows, columns),
                  stack(g, encoder.classTokens(x, blocks)),
                  stack(g, encoder.normedClassTokens(x, blocks)),
                  encoder.norm(tokens.classToken(4)),
                  tokens.after(0),
                  encoder.patchFeatures(x)));
      FloatTensor table = golden.floats(key + "pos_embed");
      check(
          key + "pos_embed",
          found.get(0),
          new FloatTensor(
              new long[] {(long) rows * columns, 64},
              Arrays.copyOfRange(table.values(), 64, table.values().length)));
      check(key + "cls_blocks_raw", found.get(1), golden.floats(key + "cls_blocks_raw"));
      check(
          key + "cls_blocks_finalnorm", found.get(2), golden.floats(key + "cls_blocks_finalnorm"));
      check(key + "x_norm_clstoken", found.get(3), golden.floats(key + "x_norm_clstoken"));
      if (golden.has(key + "tokens_in")) {
        check(key + "tokens_in", found.get(4), golden.floats(key + "tokens_in"));
        check(key + "x_norm_patchtokens", found.get(5), golden.floats(key + "x_norm_patchtokens"));
        assertThat(found.get(5).shape()).containsExactly(image.shape()[0], rows, columns, 64);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"official, OFFICIAL", "hf, HUGGING_FACE"})
  void shouldMatchWhicheverNamesTheFileHas(String file, DinoV2Weights.Naming naming)
      throws IOException {
    SafeTensors golden = Goldens.tensors("dinov2/tiny_io.safetensors");
    DinoV2Weights weights = tiny(file);
    assertThat(weights.naming()).isEqualTo(naming);
    assertThat(weights.config().withHeads(4)).isEqualTo(TINY);
    try (GraphRun g = new GraphRun()) {
      DinoV2Encoder encoder = new DinoV2Encoder(g.tf, g.params, TINY);
      Operand<TFloat32> last =
          encoder.classTokens(g.feedNchw(golden.floats("56x70/x")), List.of(4)).get(0);
      FloatTensor found = g.run(weights.all(g.params), List.of(encoder.norm(last))).get(0);
      check(file, found, golden.floats("56x70/offset0.1/x_norm_clstoken"));
    }
  }

  @Test
  void shouldMatchFullSizeClassTokensWhenWeightsAreHashNumbers() throws IOException {
    SafeTensors golden = Goldens.tensors("fullsize/outputs.safetensors");
    Map<String, FloatTensor> weights =
        new LinkedHashMap<>(HashWeights.stateDict("dinov2_official", "dinov2/"));
    List<Integer> blocks = List.of(1, 4, 8, 12);
    List<String> sizes = List.of("126x126", "112x168");
    for (Interpolation interpolation :
        List.of(Interpolation.OFFSET_0_1, Interpolation.SIZE_BASED)) {
      try (GraphRun g = new GraphRun()) {
        DinoV2Encoder encoder =
            new DinoV2Encoder(
                g.tf, g.params, DinoV2Config.vitB14().withInterpolation(interpolation));
        List<Operand<TFloat32>> fetches = new ArrayList<>();
        for (String size : sizes) {
          String[] sides = size.split("x", -1);
          FloatTensor x =
              HashWeights.input(
                  "full/dinov2/" + size,
                  1,
                  3,
                  Integer.parseInt(sides[0]),
                  Integer.parseInt(sides[1]));
          fetches.add(stack(g, encoder.classTokens(g.feedNchw(x), blocks)));
        }
        List<FloatTensor> found = g.run(weights, fetches);
        for (int i = 0; i < sizes.size(); i++) {
          String key =
              "dinov2/"
                  + sizes.get(i)
                  + (interpolation == Interpolation.OFFSET_0_1 ? "/offset0.1" : "/offset0")
                  + "/cls_1_4_8_12";
          check("full " + key, found.get(i), golden.floats(key));
        }
      }
    }
  }

  @Test
  void shouldPlaceRegistersBetweenClassTokenAndPatchesWithoutPositions() {
    DinoV2Config config = new DinoV2Config(2, 4, 1, 1, 2, 3, Interpolation.ANTIALIAS);
    try (GraphRun g = new GraphRun()) {
      DinoV2Encoder encoder = new DinoV2Encoder(g.tf, g.params, config);
      VisionTokens tokens =
          encoder.tokens(g.feed(new FloatTensor(new long[] {2, 4, 4, 3}, new float[96])));
      Map<String, FloatTensor> weights = new LinkedHashMap<>(g.params.initialValues(1));
      List<FloatTensor> found =
          g.run(weights, List.of(tokens.after(0), tokens.patches(1), tokens.after(1)));
      assertThat(found.get(0).shape()).containsExactly(2, 1 + 3 + 4, 4);
      FloatTensor registers = weights.get("register_tokens");
      FloatTensor positions = weights.get("pos_embed");
      assertThat(registers).isNotNull();
      assertThat(positions).isNotNull();
      float[] embedded = found.get(0).values();
      assertThat(Arrays.copyOfRange(embedded, 4, 16)).containsExactly(registers.values());
      assertThat(Arrays.copyOfRange(embedded, 16, 32))
          .containsExactly(Arrays.copyOfRange(positions.values(), 4, 20));
      assertThat(found.get(1).shape()).containsExactly(2, 2, 2, 4);
      assertThat(Arrays.copyOf(found.get(1).values(), 16))
          .containsExactly(Arrays.copyOfRange(found.get(2).values(), 16, 32));
    }
  }

  @Test
  void shouldNameThePatchWhenImagesAreNoMultipleOfIt() {
    try (GraphRun g = new GraphRun()) {
      DinoV2Encoder encoder = new DinoV2Encoder(g.tf, g.params, TINY);
      Operand<TFloat32> other =
          g.feed(new FloatTensor(new long[] {1, 56, 60, 3}, new float[56 * 60 * 3]));
      assertThatThrownBy(() -> encoder.classTokens(other, List.of(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("60")
          .hasMessageContaining("14");
    }
  }
}
