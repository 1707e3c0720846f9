package org.perceiveir.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.preset.PresetException;

class ClipConfigTest {

  @Test
  void shouldReadBackItselfWhenWritten() {
    ClipConfig config = new ClipConfig(96, 8, 192, 6, 3, 64, 128, 4, 2, 77, 49408);
    assertThat(ClipConfig.fromJson(config.toJson())).isEqualTo(config);
  }

  @ParameterizedTest
  @CsvSource({
    "imageSize, 225, clip.imageSize is 225: it must be a multiple of clip.patch",
    "patch, 1, clip.patch is 1: it must be an integer from 2 to 64",
    "visionHeads, 5, clip.visionHeads is 5: it must divide 768",
    "textHeads, 0, clip.textHeads is 0",
    "visionLayers, -1, clip.visionLayers is -1",
    "contextLength, 99999, clip.contextLength is 99999",
    "depth, 3, clip.depth is not a known key",
  })
  void shouldNameTheKeyWhenASizeIsWrong(String key, int value, String message) {
    ObjectNode json = ClipConfig.vitB32().toJson().put(key, value);
    assertThatThrownBy(() -> ClipConfig.fromJson(json))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldNameTheKeyWhenItIsMissingOrNoInteger() {
    ObjectNode missing = ClipConfig.vitB32().toJson();
    missing.remove("embedDim");
    assertThatThrownBy(() -> ClipConfig.fromJson(missing))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("clip.embedDim is missing");
    ObjectNode fraction = ClipConfig.vitB32().toJson().put("patch", 32.5);
    assertThatThrownBy(() -> ClipConfig.fromJson(fraction))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("clip.patch is 32.5");
    assertThatThrownBy(() -> ClipConfig.fromJson(JsonNodeFactory.instance.arrayNode()))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("must be a JSON object");
  }
}
