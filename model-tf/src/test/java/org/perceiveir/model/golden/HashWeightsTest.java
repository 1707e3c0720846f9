package org.perceiveir.model.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.safetensors.FloatTensor;

/** Wrong weights would make every full-size comparison fail for the wrong reason. */
class HashWeightsTest {

  @Test
  void shouldGiveTheNumbersOfTheTestVectors() throws Exception {
    JsonNode vectors =
        new ObjectMapper().readTree(Goldens.path("fullsize/hash_weights_vectors.json").toFile());

    for (Map.Entry<String, JsonNode> hash : vectors.path("fnv1a64").properties()) {
      assertThat(Long.toUnsignedString(HashWeights.fnv1a(hash.getKey())))
          .isEqualTo(hash.getValue().textValue());
    }
    for (Map.Entry<String, JsonNode> u : vectors.path("u01").properties()) {
      float[] values = HashWeights.uniform(u.getKey(), u.getValue().size(), 0, 1);
      for (int i = 0; i < values.length; i++) {
        assertThat((double) values[i]).isEqualTo(u.getValue().get(i).doubleValue());
      }
    }
    FloatTensor patch =
        Objects.requireNonNull(
            HashWeights.stateDict("restormer", "restormer/").get("patch_embed.proj.weight"));
    JsonNode first = vectors.path("restormer/patch_embed.proj.weight[:5]");
    for (int i = 0; i < first.size(); i++) {
      assertThat(patch.values()[i]).isEqualTo((float) first.get(i).doubleValue());
    }
  }
}
