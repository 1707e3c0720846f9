package org.perceiveir.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.clip.ClipTextEncoder;
import org.perceiveir.model.dinov2.DinoV2Config;
import org.perceiveir.model.dinov2.DinoV2Encoder;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.HashWeights;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.safetensors.SafeTensorsWriter;
import org.perceiveir.model.vit.PositionTable;
import org.perceiveir.model.weights.PublicWeights.Kind;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A user has a file and a name for it; everything else must be found out or refused by name. */
class PublicWeightsTest {
  private static final Backbone FULL_RESTORMER =
      new Backbone.Restormer(48, List.of(4, 6, 6, 8), 4, List.of(1, 2, 4, 8), 2.66, false);
  private static final Backbone FULL_NAFNET =
      new Backbone.NafNet(32, List.of(1, 1, 1, 28), 1, List.of(1, 1, 1, 1));

  /** The state dicts that the authors of the two backbones publish, by name and shape. */
  @ParameterizedTest
  @CsvSource({
    "RESTORMER, restormer, restormer/, 26126644, full/restormer/x, restormer/y_1x3x32x32",
    "NAFNET, nafnet32, nafnet32/, 17111907, full/nafnet/x, nafnet32/y_1x3x32x32",
  })
  void shouldRestoreLikeTheReferenceWithAPublicStateDictOfFullSize(
      Kind kind, String manifest, String prefix, long parameters, String input, String output)
      throws IOException {
    Map<String, FloatTensor> stateDict = HashWeights.stateDict(manifest, prefix);

    RecognisedWeights recognised = PublicWeights.recognise(kind, stateDict);

    Preset preset = Preset.fromJson(recognised.config());
    assertThat(preset.backbone()).isEqualTo(kind == Kind.RESTORMER ? FULL_RESTORMER : FULL_NAFNET);
    assertThat(recognised.parameters()).isEqualTo(parameters);
    FloatTensor x =
        new FloatTensor(new long[] {1, 3, 32, 32}, HashWeights.uniform(input, 3072, 0, 1));
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> y = PerceiveIrNetwork.build(g.tf, g.params, preset).restore(g.feedNchw(x));
      assertThat(g.params.count()).isEqualTo(parameters);
      FloatTensor found = GraphRun.toNchw(g.run(recognised.weights(), List.of(y)).get(0));
      FloatTensor expected = Goldens.tensors("fullsize/outputs.safetensors").floats(output);
      assertThat(GraphRun.maxDifference(found, expected)).isLessThan(1e-4);
    }
  }

  /** Who named the tensors must not matter: both files are of one network. */
  @ParameterizedTest
  @CsvSource({
    "CLIP, clip/tiny_openai_names.safetensors, clip/tiny_hf_names.safetensors",
    "DINOV2, dinov2/tiny_official_names.safetensors, dinov2/tiny_hf_names.safetensors",
  })
  void shouldReadAnEncoderUnderEitherNaming(Kind kind, String own, String huggingFace)
      throws IOException {
    RecognisedWeights first = PublicWeights.recognise(kind, floats(own));
    RecognisedWeights second = PublicWeights.recognise(kind, floats(huggingFace));

    assertThat(second).isEqualTo(first);
    assertThat(first.weights()).isNotEmpty();
    if (kind == Kind.CLIP) {
      assertThat(ClipConfig.fromJson(first.config()).visionLayers()).isEqualTo(2);
    } else {
      assertThat(DinoV2Config.fromJson(first.config()).depth()).isEqualTo(4);
    }
  }

  @Test
  void shouldListEveryTensorThatAnEncoderLacks() throws IOException {
    Map<String, FloatTensor> stateDict =
        new LinkedHashMap<>(floats("clip/tiny_hf_names.safetensors").tensors());
    stateDict.remove("vision_model.encoder.layers.1.self_attn.k_proj.weight");
    stateDict.remove("text_model.final_layer_norm.bias");
    stateDict.put("stranger", new FloatTensor(new long[] {1}, new float[1]));

    assertThatThrownBy(() -> PublicWeights.recognise(Kind.CLIP, stateDict))
        .isInstanceOf(WeightMismatchException.class)
        .hasMessageContaining("missing vision_model.encoder.layers.1.self_attn.k_proj.weight")
        .hasMessageContaining("missing text_model.final_layer_norm.bias")
        .hasMessageContaining("unexpected stranger");
  }

  /** The first two once ended in an arithmetic error: no number of elements bounds a side. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DINOV2 | patch_embed.proj.weight | 1099511627776,0,14,14" + " | 1 tensor has no elements",
        "CLIP | visual.conv1.weight | 1099511627776,0,32,32 | 1 tensor has no elements",
        "CLIP | token_embedding.weight | 0,64 | 1 tensor has no elements",
        "VGG16 | features.0.weight | 4294967296,0,3,3 | 1 tensor has no elements",
        "RESTORMER | patch_embed.proj.weight | 4294967297,0,3,3 | 1 tensor has no elements",
        "NAFNET | intro.weight | 4294967298,0,3,3 | 1 tensor has no elements",
      })
  void shouldRefuseATensorWithoutElementsByNameAndShape(
      Kind kind, String name, String shape, String reason) throws IOException {
    long[] sides = Arrays.stream(shape.split(",")).mapToLong(Long::parseLong).toArray();
    Map<String, FloatTensor> stateDict =
        Map.of(
            name,
            new FloatTensor(sides, new float[0]),
            "logit_scale",
            new FloatTensor(new long[0], new float[1]));
    byte[] bytes = SafeTensorsWriter.toBytes(stateDict, Map.of());
    SafeTensors.Floats file = SafeTensors.readFloats(new ByteArrayInputStream(bytes), bytes.length);

    assertThatThrownBy(() -> PublicWeights.recognise(kind, file))
        .isInstanceOf(StateDictException.class)
        .hasMessageContaining(reason)
        .hasMessageContaining(name + " " + Arrays.toString(sides))
        .hasMessageContaining("download the file again");
  }

  @Test
  void shouldRefuseAnEncoderThatCannotBeBuilt() {
    DinoV2Config config =
        new DinoV2Config(2, 64, 1, 1, 3, 0, PositionTable.Interpolation.OFFSET_0_1);
    Map<String, FloatTensor> stateDict = new LinkedHashMap<>(dinov2(config));
    stateDict.put(
        "patch_embed.proj.weight", new FloatTensor(new long[] {64, 3, 1, 1}, new float[192]));

    assertThatThrownBy(() -> PublicWeights.recognise(Kind.DINOV2, stateDict))
        .isInstanceOf(StateDictException.class)
        .hasMessageContaining(
            "not a dinov2 state dict that can be run: dinov2.patch is 1: it must");
  }

  @ParameterizedTest
  @CsvSource({
    "64, 64, ''",
    "96, 64, image tokens have 96",
    "64, 193, text tokens have 193",
    "1280, 64, image tokens have 1280 features; OpenAI's"
  })
  void shouldRefuseAClipWhoseHeadsNobodyKnows(int vision, int text, String reason) {
    ClipConfig config = new ClipConfig(8, 4, vision, 1, 1, 16, text, 1, 1, 5, 6);
    Map<String, FloatTensor> stateDict = clip(config);

    if (reason.isEmpty()) {
      assertThat(PublicWeights.recognise(Kind.CLIP, stateDict).config()).isEqualTo(config.toJson());
    } else {
      assertThatThrownBy(() -> PublicWeights.recognise(Kind.CLIP, stateDict))
          .isInstanceOf(StateDictException.class)
          .hasMessageContaining(reason)
          .hasMessageContaining("take ");
    }
  }

  @Test
  void shouldRefuseADinoV2WhoseHeadsNobodyKnows() {
    Map<String, FloatTensor> stateDict =
        dinov2(new DinoV2Config(14, 96, 1, 1, 3, 0, PositionTable.Interpolation.OFFSET_0_1));

    assertThatThrownBy(() -> PublicWeights.recognise(Kind.DINOV2, stateDict))
        .isInstanceOf(StateDictException.class)
        .hasMessageContaining("tokens have 96 features, no multiple of 64");
  }

  /** The tensors that tell the sizes are as easily missing as any other. */
  @Test
  void shouldListEverythingAlsoWhenTensorsThatTellSizesAreMissing() throws IOException {
    Map<String, FloatTensor> clip =
        new LinkedHashMap<>(floats("clip/tiny_openai_names.safetensors").tensors());
    clip.remove("visual.conv1.weight");
    clip.remove("text_projection");
    clip.remove("visual.transformer.resblocks.0.attn.in_proj_weight");
    clip.remove("ln_final.bias");
    clip.put("stranger", new FloatTensor(new long[] {1}, new float[1]));
    // The patch is then the published one; the grid of 4x4 and the widths still show.
    assertThat(problems(Kind.CLIP, clip))
        .containsExactlyInAnyOrder(
            "missing visual.conv1.weight [64, 3, 32, 32]",
            "missing text_projection [64, 32]",
            "missing visual.transformer.resblocks.0.attn.in_proj_weight [192, 64]",
            "missing ln_final.bias [64]",
            "unexpected stranger [1]");

    Map<String, FloatTensor> dinov2 =
        new LinkedHashMap<>(floats("dinov2/tiny_hf_names.safetensors").tensors());
    dinov2.remove("embeddings.position_embeddings");
    dinov2.remove("encoder.layer.2.attention.attention.query.weight");
    dinov2.put(
        "embeddings.patch_embeddings.projection.weight",
        new FloatTensor(new long[] {64, 588}, new float[64 * 588]));
    assertThat(problems(Kind.DINOV2, dinov2))
        .containsExactlyInAnyOrder(
            "missing embeddings.position_embeddings [1, 1370, 64]",
            "missing encoder.layer.2.attention.attention.query.weight [64, 64]",
            "misshaped embeddings.patch_embeddings.projection.weight:"
                + " expected [64, 3, 14, 14], found [64, 588]");

    Map<String, FloatTensor> vgg =
        new LinkedHashMap<>(Goldens.tensors("vgg/vgg16_div8_features.safetensors").allFloats());
    vgg.remove("features.0.weight");
    vgg.remove("features.28.bias");
    assertThat(problems(Kind.VGG16, vgg))
        .contains("missing features.0.weight [64, 3, 3, 3]", "missing features.28.bias [64]")
        .contains("misshaped features.0.bias: expected [64], found [8]");

    Map<String, FloatTensor> nafnet = new LinkedHashMap<>(tiny(Kind.NAFNET));
    nafnet.remove("downs.0.weight");
    nafnet.remove("downs.1.weight");
    assertThat(problems(Kind.NAFNET, nafnet))
        .containsExactlyInAnyOrder(
            "missing downs.0.weight [8, 4, 2, 2]", "missing downs.1.weight [16, 8, 2, 2]");
  }

  @Test
  void shouldNameTheFirstDownsamplingWhenANafnetHasNoLevels() {
    Map<String, FloatTensor> weights =
        Map.of("intro.weight", new FloatTensor(new long[] {4, 3, 3, 3}, new float[108]));

    assertThatThrownBy(() -> PublicWeights.recognise(Kind.NAFNET, weights))
        .isInstanceOf(StateDictException.class)
        .hasMessageContaining("not a nafnet state dict: it has no downs.0.weight");
  }

  private static List<String> problems(Kind kind, Map<String, FloatTensor> stateDict) {
    return catchThrowableOfType(
            WeightMismatchException.class, () -> PublicWeights.recognise(kind, stateDict))
        .problems();
  }

  private static Map<String, FloatTensor> clip(ClipConfig config) {
    try (GraphRun g = new GraphRun()) {
      new ClipImageEncoder(g.tf, g.params, config);
      new ClipTextEncoder(g.tf, g.params, config);
      return g.params.initialValues(3);
    }
  }

  private static Map<String, FloatTensor> dinov2(DinoV2Config config) {
    try (GraphRun g = new GraphRun()) {
      new DinoV2Encoder(g.tf, g.params, config);
      return g.params.initialValues(3);
    }
  }

  private static SafeTensors.Floats floats(String golden) throws IOException {
    Path file = Goldens.path(golden);
    try (InputStream in = Files.newInputStream(file)) {
      return SafeTensors.readFloats(in, Files.size(file));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "module.", "params.", "params_ema.module."})
  void shouldTakeAwayWhatATrainingScriptPutsBeforeEveryName(String wrapper) {
    Map<String, FloatTensor> wrapped = new LinkedHashMap<>();
    tiny(Kind.NAFNET).forEach((name, tensor) -> wrapped.put(wrapper + name, tensor));

    assertThat(PublicWeights.recognise(Kind.NAFNET, wrapped).weights())
        .isEqualTo(tiny(Kind.NAFNET));
  }

  @ParameterizedTest
  @EnumSource(names = {"RESTORMER", "NAFNET", "VGG16"})
  void shouldNameTheTensorWhenTheStateDictIsOfAnotherKind(Kind kind) {
    Kind other = kind == Kind.NAFNET ? Kind.RESTORMER : Kind.NAFNET;

    assertThatThrownBy(() -> PublicWeights.recognise(kind, tiny(other)))
        .isInstanceOf(StateDictException.class)
        .hasMessageContaining("not a " + kind.id() + " state dict: it has no ")
        .hasMessageContaining("choose the kind");
  }

  @Test
  void shouldReadTheFormOfABiasFreeRestormerWithUnequalLevels() {
    Backbone odd =
        new Backbone.Restormer(8, List.of(1, 2, 3, 1), 2, List.of(1, 2, 1, 8), 2.66, true);

    Preset preset = PublicWeights.presetOf(Kind.RESTORMER, weights(odd));

    assertThat(preset.name()).isEqualTo("restormer");
    assertThat(PublicWeights.recognise(Kind.RESTORMER, weights(odd)).weights())
        .isEqualTo(weights(odd));
    Backbone.Restormer found = (Backbone.Restormer) preset.backbone();
    assertThat(found.blocks()).containsExactly(1, 2, 3, 1);
    assertThat(found.heads()).containsExactly(1, 2, 1, 8);
    assertThat(found.refinement()).isEqualTo(2);
    assertThat(found.biasFreeNorm()).isTrue();
  }

  @Test
  void shouldListEveryTensorThatDoesNotFit() {
    Map<String, FloatTensor> weights = new LinkedHashMap<>(tiny(Kind.NAFNET));
    weights.remove("ending.bias");
    weights.put("intro.bias", new FloatTensor(new long[] {5}, new float[5]));
    weights.put("head.weight", new FloatTensor(new long[] {1}, new float[1]));

    assertThatThrownBy(() -> PublicWeights.recognise(Kind.NAFNET, weights))
        .asInstanceOf(InstanceOfAssertFactories.type(WeightMismatchException.class))
        .extracting(WeightMismatchException::problems)
        .asInstanceOf(InstanceOfAssertFactories.list(String.class))
        .containsExactlyInAnyOrder(
            "missing ending.bias [3]",
            "misshaped intro.bias: expected [4], found [5]",
            "unexpected head.weight [1]");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void shouldRefuseNumbersThatAreNotFinite(float value) {
    Map<String, FloatTensor> weights = new LinkedHashMap<>(tiny(Kind.NAFNET));
    weights.put("ending.bias", new FloatTensor(new long[] {3}, new float[] {0, value, 0}));

    assertThatThrownBy(() -> PublicWeights.recognise(Kind.NAFNET, weights))
        .isInstanceOf(StateDictException.class)
        .hasMessageContaining("ending.bias holds " + value);
  }

  @Test
  void shouldRefuseFeedForwardWidthsThatNoExpansionGives() {
    Map<String, FloatTensor> weights = new LinkedHashMap<>(tiny(Kind.RESTORMER));
    weights.put(
        "latent.0.ffn.project_out.weight",
        new FloatTensor(new long[] {64, 3, 1, 1}, new float[192]));

    assertThatThrownBy(() -> PublicWeights.recognise(Kind.RESTORMER, weights))
        .isInstanceOf(StateDictException.class)
        .hasMessageContaining("no one expansion")
        .hasMessageContaining("latent.0");
  }

  @Test
  void shouldRefuseTensorsThatAreNoFloats() {
    assertThatThrownBy(
            () ->
                PublicWeights.recognise(
                    Kind.NAFNET, new SafeTensors.Floats(tiny(Kind.NAFNET), Set.of("step"))))
        .isInstanceOf(StateDictException.class)
        .hasMessageContaining("[step]");
  }

  @Test
  void shouldKeepOnlyTheConvolutionsOfVgg() throws IOException {
    Map<String, FloatTensor> weights =
        new LinkedHashMap<>(Goldens.tensors("vgg/vgg16_div8_features.safetensors").allFloats());
    weights.put("classifier.0.weight", new FloatTensor(new long[] {1, 1}, new float[1]));

    RecognisedWeights recognised = PublicWeights.recognise(Kind.VGG16, weights);

    assertThat(recognised.parameters()).isEqualTo(230_568);
    assertThat(recognised.weights()).doesNotContainKey("classifier.0.weight");
    assertThat(recognised.config().toString()).isEqualTo("{\"widths\":[8,16,32,64,64]}");
  }

  @Test
  void shouldKeepOnlyTheConvolutionsOfAlexNet() throws IOException {
    Map<String, FloatTensor> weights =
        HashWeights.stateDict(
            "alexnet_torchvision", "lpips/alex/", name -> name.startsWith("features."));
    weights.put("classifier.1.weight", new FloatTensor(new long[] {1, 1}, new float[1]));

    RecognisedWeights recognised = PublicWeights.recognise(Kind.ALEXNET, weights);

    assertThat(recognised.parameters()).isEqualTo(2_469_696);
    assertThat(recognised.weights()).doesNotContainKey("classifier.1.weight");
    assertThat(recognised.config()).isEmpty();
    weights.remove("features.3.bias");
    assertThat(problems(Kind.ALEXNET, weights))
        .singleElement()
        .asString()
        .contains("features.3.bias");
  }

  private static Map<String, FloatTensor> tiny(Kind kind) {
    return weights(
        kind == Kind.NAFNET
            ? new Backbone.NafNet(4, List.of(1, 2), 1, List.of(2, 1))
            : new Backbone.Restormer(8, List.of(1, 1, 1, 1), 1, List.of(1, 2, 4, 8), 2.66, false));
  }

  private static Map<String, FloatTensor> weights(Backbone backbone) {
    try (GraphRun g = new GraphRun()) {
      Preset preset = new Preset("t", backbone, null, null, null, null);
      PerceiveIrNetwork.build(g.tf, g.params, preset)
          .restore(g.feed(new FloatTensor(new long[] {1, 16, 16, 3}, new float[768])));
      return g.params.initialValues(3);
    }
  }
}
