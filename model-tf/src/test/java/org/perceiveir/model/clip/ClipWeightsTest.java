package org.perceiveir.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.Manifest;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.vit.StateDict;

/** Whoever has the wrong file should learn all that is wrong with it at once. */
class ClipWeightsTest {
  private static final ClipConfig SMALL = new ClipConfig(8, 4, 8, 1, 2, 4, 8, 1, 2, 5, 6);

  /** A file in Hugging Face's naming of the small model, all numbers zero. */
  private static Map<String, FloatTensor> huggingFace() {
    Map<String, FloatTensor> file = new LinkedHashMap<>();
    for (String tower : List.of("vision_model", "text_model")) {
      String layer = tower + ".encoder.layers.0.";
      for (String part : List.of("q", "k", "v", "out")) {
        put(file, layer + "self_attn." + part + "_proj.weight", 8, 8);
        put(file, layer + "self_attn." + part + "_proj.bias", 8);
      }
      for (String norm : List.of("layer_norm1", "layer_norm2")) {
        put(file, layer + norm + ".weight", 8);
        put(file, layer + norm + ".bias", 8);
      }
      put(file, layer + "mlp.fc1.weight", 32, 8);
      put(file, layer + "mlp.fc1.bias", 32);
      put(file, layer + "mlp.fc2.weight", 8, 32);
      put(file, layer + "mlp.fc2.bias", 8);
      put(file, tower + ".embeddings.position_embedding.weight", 5, 8);
    }
    for (String norm :
        List.of(
            "vision_model.pre_layrnorm",
            "vision_model.post_layernorm",
            "text_model.final_layer_norm")) {
      put(file, norm + ".weight", 8);
      put(file, norm + ".bias", 8);
    }
    put(file, "vision_model.embeddings.class_embedding", 8);
    put(file, "vision_model.embeddings.patch_embedding.weight", 8, 3, 4, 4);
    put(file, "text_model.embeddings.token_embedding.weight", 6, 8);
    put(file, "visual_projection.weight", 4, 8);
    put(file, "text_projection.weight", 4, 8);
    put(file, "logit_scale");
    put(file, "text_model.embeddings.position_ids", 1, 5);
    return file;
  }

  private static void put(Map<String, FloatTensor> file, String name, long... shape) {
    int count = 1;
    for (long side : shape) {
      count *= (int) side;
    }
    file.put(name, new FloatTensor(shape, new float[count]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip_openai", "clip_hf"})
  void shouldReadThePapersModelOffTheShapesOfThePublicFile(String manifest) throws IOException {
    assertThat(ClipWeights.of(Manifest.of(manifest)).config()).isEqualTo(ClipConfig.vitB32());
  }

  @Test
  void shouldGiveTheSameNumbersWhicheverNamesTheFileHas() throws IOException {
    SafeTensors openAi = Goldens.tensors("clip/tiny_openai_names.safetensors");
    ClipWeights other =
        ClipWeights.of(StateDict.of(Goldens.tensors("clip/tiny_hf_names.safetensors")));
    try (GraphRun g = new GraphRun()) {
      new ClipImageEncoder(g.tf, g.params, other.config());
      new ClipTextEncoder(g.tf, g.params, other.config());
      assertThat(other.both(g.params)).isEqualTo(openAi.allFloats());
    }
  }

  @Test
  void shouldListEverythingByTheFilesNamesWhenAHuggingFaceFileIsWrong() {
    Map<String, FloatTensor> file = huggingFace();
    file.remove("vision_model.encoder.layers.0.self_attn.k_proj.bias");
    put(file, "vision_model.encoder.layers.0.self_attn.v_proj.weight", 8, 7);
    put(file, "visual_projection.weight", 8, 4);
    put(file, "vision_model.extra", 3);
    put(file, "text_model.extra", 3);
    ClipWeights weights = ClipWeights.of(StateDict.of(file));
    try (GraphRun g = new GraphRun()) {
      new ClipImageEncoder(g.tf, g.params, SMALL);
      assertThatThrownBy(() -> weights.image(g.params))
          .isInstanceOfSatisfying(
              WeightMismatchException.class,
              e ->
                  assertThat(e.problems())
                      .containsExactlyInAnyOrder(
                          "missing vision_model.encoder.layers.0.self_attn.k_proj.bias [8]",
                          "misshaped vision_model.encoder.layers.0.self_attn.v_proj.weight:"
                              + " expected [8, 8], found [8, 7]",
                          "misshaped visual_projection.weight: expected [4, 8], found [8, 4]",
                          "unexpected vision_model.extra [3]"));
    }
  }

  @Test
  void shouldLoadOneEncoderAloneWhenTheFileHasBoth() {
    ClipWeights weights = ClipWeights.of(StateDict.of(huggingFace()));
    assertThat(weights.config().withHeads(2, 2)).isEqualTo(SMALL);
    try (GraphRun g = new GraphRun()) {
      new ClipTextEncoder(g.tf, g.params, SMALL);
      Map<String, FloatTensor> text = weights.text(g.params);
      assertThat(text.keySet())
          .containsExactlyElementsOf(g.params.params().stream().map(Param::name).toList());
    }
  }

  @Test
  void shouldPassOverWhatIsNoWeightInOpenAisArchive() {
    try (GraphRun g = new GraphRun()) {
      new ClipImageEncoder(g.tf, g.params, SMALL);
      new ClipTextEncoder(g.tf, g.params, SMALL);
      Map<String, FloatTensor> file = new LinkedHashMap<>(g.params.initialValues(1));
      Map<String, FloatTensor> plain = Map.copyOf(file);
      put(file, "input_resolution");
      put(file, "context_length");
      put(file, "vocab_size");
      assertThat(ClipWeights.of(StateDict.of(file)).both(g.params)).isEqualTo(plain);
    }
  }

  @Test
  void shouldSayWhatIsLookedForWhenTheFileIsOfAnotherModel() {
    Map<String, FloatTensor> file = new LinkedHashMap<>();
    put(file, "features.0.weight", 8, 3, 3, 3);
    assertThatThrownBy(() -> ClipWeights.of(StateDict.of(file)))
        .isInstanceOf(WeightMismatchException.class)
        .hasMessageContaining("visual.conv1.weight")
        .hasMessageContaining("vision_model.embeddings.patch_embedding.weight");
    // A CLIP with a convolutional network has this tensor too.
    put(file, "visual.conv1.weight", 32, 3, 3, 3);
    put(file, "visual.layer1.0.conv1.weight", 64, 64, 1, 1);
    assertThatThrownBy(() -> ClipWeights.of(StateDict.of(file)))
        .isInstanceOf(WeightMismatchException.class)
        .hasMessageContaining("1 tensor does not fit the network: unexpected visual.layer1.0.conv1")
        .hasMessageContaining("only CLIP models with a vision transformer are supported");
  }

  @Test
  void shouldPassOverSizesThatNoModelHas() {
    Map<String, FloatTensor> file = new LinkedHashMap<>();
    put(file, "visual.conv1.weight", 1L << 40, 0, 16, 16);
    put(file, "visual.positional_embedding", 0, 128);
    assertThat(ClipWeights.of(StateDict.of(file)).config())
        .isEqualTo(new ClipConfig(224, 16, 128, 12, 2, 512, 512, 12, 8, 77, 49408));
  }
}
