package org.perceiveir.model.dinov2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.golden.Goldens;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.golden.Manifest;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.vit.PositionTable.Interpolation;
import org.perceiveir.model.vit.StateDict;

/** Whoever has the wrong file should learn all that is wrong with it at once. */
class DinoV2WeightsTest {

  @ParameterizedTest
  @ValueSource(strings = {"dinov2_official", "dinov2_hf"})
  void shouldReadThePapersModelOffTheShapesOfThePublicFile(String manifest) throws IOException {
    assertThat(DinoV2Weights.of(Manifest.of(manifest)).config()).isEqualTo(DinoV2Config.vitB14());
  }

  @Test
  void shouldGiveTheSameNumbersWhicheverNamesTheFileHas() throws IOException {
    SafeTensors official = Goldens.tensors("dinov2/tiny_official_names.safetensors");
    DinoV2Weights other =
        DinoV2Weights.of(StateDict.of(Goldens.tensors("dinov2/tiny_hf_names.safetensors")));
    try (GraphRun g = new GraphRun()) {
      new DinoV2Encoder(g.tf, g.params, other.config());
      assertThat(other.all(g.params)).isEqualTo(official.allFloats());
    }
  }

  @Test
  void shouldListEverythingByTheFilesNamesWhenAHuggingFaceFileIsWrong() throws IOException {
    Map<String, FloatTensor> file =
        new LinkedHashMap<>(Goldens.tensors("dinov2/tiny_hf_names.safetensors").allFloats());
    file.remove("layernorm.bias");
    file.put(
        "encoder.layer.1.attention.attention.key.weight",
        new FloatTensor(new long[] {64, 32}, new float[2048]));
    file.put("classifier.weight", new FloatTensor(new long[] {2}, new float[2]));
    DinoV2Weights weights = DinoV2Weights.of(StateDict.of(file));
    try (GraphRun g = new GraphRun()) {
      new DinoV2Encoder(g.tf, g.params, weights.config());
      assertThatThrownBy(() -> weights.all(g.params))
          .isInstanceOfSatisfying(
              WeightMismatchException.class,
              e ->
                  assertThat(e.problems())
                      .containsExactlyInAnyOrder(
                          "missing layernorm.bias [64]",
                          "misshaped encoder.layer.1.attention.attention.key.weight:"
                              + " expected [64, 64], found [64, 32]",
                          "unexpected classifier.weight [2]"));
    }
  }

  @Test
  void shouldTakeTheAntialiasedInterpolationWhenTheFileHasRegisters() {
    DinoV2Config config = new DinoV2Config(4, 64, 2, 1, 3, 4, Interpolation.ANTIALIAS);
    try (GraphRun g = new GraphRun()) {
      new DinoV2Encoder(g.tf, g.params, config);
      Map<String, FloatTensor> file = g.params.initialValues(3);
      assertThat(DinoV2Weights.of(StateDict.of(file)).config()).isEqualTo(config);
    }
  }

  @Test
  void shouldPassOverSizesThatNoModelHas() {
    Map<String, FloatTensor> file =
        Map.of(
            "patch_embed.proj.weight",
            new FloatTensor(new long[] {1L << 40, 0, 7, 7}, new float[0]),
            "pos_embed",
            new FloatTensor(new long[] {1, 0, 128}, new float[0]));
    assertThat(DinoV2Weights.of(StateDict.of(file)).config())
        .isEqualTo(new DinoV2Config(7, 128, 12, 2, 37, 0, Interpolation.OFFSET_0_1));
  }

  @Test
  void shouldSayWhatIsLookedForWhenTheFileIsOfAnotherModel() {
    Map<String, FloatTensor> file =
        Map.of("features.0.weight", new FloatTensor(new long[] {1}, new float[1]));
    assertThatThrownBy(() -> DinoV2Weights.of(StateDict.of(file)))
        .isInstanceOf(WeightMismatchException.class)
        .hasMessageContaining("pos_embed")
        .hasMessageContaining("embeddings.position_embeddings");
    assertThatThrownBy(() -> DinoV2Config.vitB14().withHeads(7))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("dinov2.heads is 7: it must divide 768");
  }
}
