package org.perceiveir.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.HashWeights;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.vit.StateDict;
import org.perceiveir.model.vit.VisionTokens;
import org.tensorflow.Operand;
import org.tensorflow.op.image.ResizeBilinear;
import org.tensorflow.types.TFloat32;

/** OpenAI's CLIP, forward and the gradients that eqs. 1 and 9 need. */
class ClipParityTest {
  private static final double FORWARD = 1e-4;
  private static final double GRADIENT = 1e-5;

  private static final ClipConfig TINY = new ClipConfig(32, 8, 64, 2, 4, 32, 64, 2, 4, 77, 600);

  private static ClipWeights tiny(String naming) throws IOException {
    return ClipWeights.of(
        StateDict.of(Goldens.tensors("clip/tiny_" + naming + "_names.safetensors")));
  }

  private static int[][] ids(long[] values, int rows) {
    int length = values.length / rows;
    int[][] ids = new int[rows][length];
    for (int i = 0; i < values.length; i++) {
      ids[i / length][i % length] = (int) values[i];
    }
    return ids;
  }

  private static void check(String what, FloatTensor found, FloatTensor expected, double limit) {
    double difference = GraphRun.maxDifference(found, expected);
    assertThat(difference).as(what).isLessThan(limit);
  }

  @ParameterizedTest
  @CsvSource({"openai, OPENAI", "hf, HUGGING_FACE"})
  void shouldMatchFeaturesAndLogitsWhicheverNamesTheFileHas(String file, ClipWeights.Naming naming)
      throws IOException {
    ClipWeights weights = tiny(file);
    assertThat(weights.naming()).isEqualTo(naming);
    assertThat(weights.config().withHeads(4, 4)).isEqualTo(TINY);
    int[][] ids = ids(Goldens.npyLongs("clip/tiny_text_ids.npy"), 4);
    try (GraphRun g = new GraphRun()) {
      ClipImageEncoder images = new ClipImageEncoder(g.tf, g.params, TINY);
      ClipTextEncoder texts = new ClipTextEncoder(g.tf, g.params, TINY);
      Operand<TFloat32> image = images.encode(g.feedNchw(Goldens.npy("clip/tiny_image_in.npy")));
      Operand<TFloat32> text = texts.encode(g.tf.constant(ids), ClipTextEncoder.ends(ids));
      Operand<TFloat32> logits =
          g.tf.math.mul(new PromptProbabilities(g.tf, 1).cosines(image, text), texts.logitScale());
      assertThat(g.params.count()).isEqualTo(261_185);
      List<FloatTensor> found = g.run(weights.both(g.params), List.of(image, text, logits));
      check("image", found.get(0), Goldens.npy("clip/tiny_image_feat.npy"), FORWARD);
      check("text", found.get(1), Goldens.npy("clip/tiny_text_feat.npy"), FORWARD);
      check("logits", found.get(2), Goldens.npy("clip/tiny_logits_per_image.npy"), FORWARD);
    }
  }

  @Test
  void shouldMatchActivationsWhenOneImageAndOneTextRun() throws IOException {
    SafeTensors golden = Goldens.tensors("clip/tiny_activations.safetensors");
    FloatTensor all = Goldens.npy("clip/tiny_image_in.npy");
    float[] first = Arrays.copyOf(all.values(), 3 * 32 * 32);
    int[][] ids = {ids(Goldens.npyLongs("clip/tiny_text_ids.npy"), 4)[0]};
    try (GraphRun g = new GraphRun()) {
      ClipImageEncoder images = new ClipImageEncoder(g.tf, g.params, TINY);
      ClipTextEncoder texts = new ClipTextEncoder(g.tf, g.params, TINY);
      Operand<TFloat32> x = g.feedNchw(new FloatTensor(new long[] {1, 3, 32, 32}, first));
      VisionTokens tokens = images.tokens(x);
      Operand<TFloat32> embedded = texts.embed(g.tf.constant(ids));
      List<FloatTensor> found =
          g.run(
              tiny("openai").both(g.params),
              List.of(
                  images.patchMap(x),
                  tokens.after(0),
                  tokens.after(1),
                  tokens.after(2),
                  texts.blockOutput(embedded, 1),
                  texts.blockOutput(embedded, 2),
                  texts.norm(texts.blockOutput(embedded, 2)),
                  tokens.classToken(1),
                  tokens.patches(2)));
      check("conv1", GraphRun.toNchw(found.get(0)), golden.floats("visual.conv1"), FORWARD);
      check("ln_pre", found.get(1), golden.floats("visual.ln_pre"), FORWARD);
      check("block0", found.get(2), golden.floats("visual.block0(LND)"), FORWARD);
      check("block1", found.get(3), golden.floats("visual.block1(LND)"), FORWARD);
      check("text block0", found.get(4), golden.floats("text.block0(LND)"), FORWARD);
      check("text block1", found.get(5), golden.floats("text.block1(LND)"), FORWARD);
      check("ln_final", found.get(6), golden.floats("ln_final"), FORWARD);
      // The class token is the first of a block's tokens, the map is made of those behind it.
      assertThat(found.get(7).shape()).containsExactly(1, 64);
      assertThat(found.get(7).values()).containsExactly(Arrays.copyOf(found.get(2).values(), 64));
      assertThat(found.get(8).shape()).containsExactly(1, 4, 4, 64);
      assertThat(found.get(8).values())
          .containsExactly(
              Arrays.copyOfRange(found.get(3).values(), 64, found.get(3).values().length));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 100})
  void shouldMatchLossAndGradientOfContextVectorsWhenPromptsAreLearned(int scale)
      throws IOException {
    SafeTensors golden = Goldens.tensors("clip/tiny_prompt_losses.safetensors");
    int[][] ids = ids(golden.longs("token_ids"), 3);
    long[] labels = golden.longs("labels");
    float[][] target = new float[labels.length][3];
    for (int i = 0; i < labels.length; i++) {
      target[i][(int) labels[i]] = 1;
    }
    try (GraphRun g = new GraphRun()) {
      ClipImageEncoder images = new ClipImageEncoder(g.tf, g.params, TINY);
      ClipTextEncoder texts = new ClipTextEncoder(g.tf, g.params, TINY);
      Operand<TFloat32> context = g.feed(golden.floats("ctx_3x16xW"));
      Operand<TFloat32> base = texts.embed(g.tf.constant(ids));
      Operand<TFloat32> text =
          texts.encodeEmbeddings(texts.withContext(base, context, 16), ClipTextEncoder.ends(ids));
      PromptProbabilities prompts = new PromptProbabilities(g.tf, scale);
      Operand<TFloat32> image = images.encode(g.feedNchw(golden.floats("images")));
      Operand<TFloat32> logarithms = g.tf.nn.logSoftmax(prompts.logits(image, text));
      Operand<TFloat32> loss =
          g.tf.math.neg(
              g.tf.math.div(
                  g.tf.reduceSum(
                      g.tf.math.mul(logarithms, g.tf.constant(target)), g.tf.array(0, 1)),
                  g.tf.constant((float) labels.length)));
      List<Operand<TFloat32>> fetches =
          new ArrayList<>(List.of(base, text, prompts.cosines(image, text), loss));
      fetches.addAll(g.gradients(loss, List.of(context)));
      List<FloatTensor> found = g.run(tiny("openai").both(g.params), fetches);
      check("base", found.get(0), golden.floats("base_embedding_3x77xW"), FORWARD);
      check("text_feat", found.get(1), golden.floats("text_feat"), FORWARD);
      check("cos", found.get(2), golden.floats("cos"), GRADIENT);
      String key = "scale" + scale;
      check(key + " loss", found.get(3), golden.floats(key + "/loss"), FORWARD);
      // The gradient grows with the scale, and its rounding error with it.
      check(
          key + " grad_ctx",
          found.get(4),
          golden.floats(key + "/grad_ctx"),
          GRADIENT * Math.max(1, scale / 10));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10})
  void shouldMatchLossAndGradientOfTheImageWhenPromptsJudgeIt(int scale) throws IOException {
    SafeTensors golden = Goldens.tensors("clip/tiny_prompt_losses.safetensors");
    try (GraphRun g = new GraphRun()) {
      ClipImageEncoder images = new ClipImageEncoder(g.tf, g.params, TINY);
      Operand<TFloat32> text = g.feed(golden.floats("text_feat"));
      Operand<TFloat32> x = g.feedNchw(golden.floats("clip/x"));
      Operand<TFloat32> resized =
          g.tf.image.resizeBilinear(x, g.tf.array(32, 32), ResizeBilinear.halfPixelCenters(true));
      PromptProbabilities prompts = new PromptProbabilities(g.tf, scale);
      Operand<TFloat32> feature = images.encode(images.standardize(resized));
      Operand<TFloat32> excellent =
          g.tf.slice(prompts.of(feature, text), g.tf.array(0, 0), g.tf.array(1, 1));
      Operand<TFloat32> loss =
          g.tf.math.sub(g.tf.constant(1f), g.tf.reshape(excellent, g.tf.array(new int[0])));
      List<Operand<TFloat32>> fetches =
          new ArrayList<>(List.of(resized, feature, prompts.cosines(feature, text), loss));
      fetches.addAll(g.gradients(loss, List.of(x)));
      List<FloatTensor> found = g.run(tiny("openai").image(g.params), fetches);
      String key = "clip/scale" + scale;
      check("resized", GraphRun.toNchw(found.get(0)), golden.floats("clip/resized"), GRADIENT);
      check("feat", found.get(1), golden.floats("clip/feat"), FORWARD);
      check("clip cos", found.get(2), golden.floats("clip/cos"), GRADIENT);
      check(key + " loss", found.get(3), golden.floats(key + "/loss"), GRADIENT);
      check(
          key + " grad_x", GraphRun.toNchw(found.get(4)), golden.floats(key + "/grad_x"), GRADIENT);
    }
  }

  @Test
  void shouldMatchFullSizeImageFeaturesWhenWeightsAreHashNumbers() throws IOException {
    SafeTensors golden = Goldens.tensors("fullsize/outputs.safetensors");
    Map<String, FloatTensor> weights =
        HashWeights.stateDict("clip_openai", "clip/", name -> name.startsWith("visual."));
    try (GraphRun g = new GraphRun()) {
      ClipImageEncoder encoder = new ClipImageEncoder(g.tf, g.params, ClipConfig.vitB32());
      Operand<TFloat32> feature =
          encoder.encode(g.feedNchw(HashWeights.input("full/clip/x", 1, 3, 224, 224)));
      FloatTensor found =
          g.run(ClipWeights.of(StateDict.of(weights)).image(g.params), List.of(feature)).get(0);
      check("full image", found, golden.floats("clip/image_feat"), FORWARD);
    }
  }

  @Test
  void shouldMatchFullSizeTextFeaturesWhenWeightsAreHashNumbers() throws IOException {
    SafeTensors golden = Goldens.tensors("fullsize/outputs.safetensors");
    int[][] ids = ids(golden.longs("clip/token_ids"), 3);
    Map<String, FloatTensor> weights =
        HashWeights.stateDict("clip_openai", "clip/", name -> !name.startsWith("visual."));
    try (GraphRun g = new GraphRun()) {
      ClipTextEncoder encoder = new ClipTextEncoder(g.tf, g.params, ClipConfig.vitB32());
      Operand<TFloat32> feature = encoder.encode(g.tf.constant(ids), ClipTextEncoder.ends(ids));
      FloatTensor found =
          g.run(ClipWeights.of(StateDict.of(weights)).text(g.params), List.of(feature)).get(0);
      check("full text", found, golden.floats("clip/text_feat"), FORWARD);
    }
  }

  @Test
  void shouldNameTheSizesWhenImagesDoNotFit() {
    try (GraphRun g = new GraphRun()) {
      ClipImageEncoder encoder = new ClipImageEncoder(g.tf, g.params, TINY);
      Operand<TFloat32> other =
          g.feed(new FloatTensor(new long[] {1, 40, 32, 3}, new float[40 * 32 * 3]));
      assertThatThrownBy(() -> encoder.encode(other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("32x32")
          .hasMessageContaining("40");
      Operand<TFloat32> fitting =
          g.feed(new FloatTensor(new long[] {1, 32, 32, 3}, new float[32 * 32 * 3]));
      assertThatThrownBy(() -> encoder.classTokens(fitting, List.of(1, 3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("block 3")
          .hasMessageContaining("1 to 2");
    }
  }
}
