package org.perceiveir.model.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsException;

final class ModelBundleTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path temporary;

  private static Preset preset() throws IOException {
    return Preset.fromJson(
        JSON.readTree(
            """
            {"name": "tiny",
             "backbone": {"type": "nafnet", "width": 4, "encoder": [1], "middle": 1, "decoder": [1]}}
            """));
  }

  private static Map<String, FloatTensor> weights(float value) {
    return Map.of("w", new FloatTensor(new long[] {2}, new float[] {value, -1}));
  }

  private ModelBundle write(Path directory, float value) throws IOException {
    JsonNode record = JSON.createObjectNode().put("steps", 3);
    return ModelBundle.write(directory, "tiny", "0", preset(), weights(value), record);
  }

  @Test
  void shouldReadBackWhatWasWritten() throws IOException {
    Path directory = temporary.resolve("made/bundle");
    ModelBundle written = write(directory, 1.5f);
    ModelBundle bundle = ModelBundle.read(directory);
    assertThat(bundle).usingRecursiveComparison().isEqualTo(written);
    assertThat(bundle.name()).isEqualTo("tiny");
    assertThat(bundle.version()).isEqualTo("0+" + bundle.sha256().substring(0, 8));
    assertThat(bundle.preset()).isEqualTo(preset());
    assertThat(bundle.weights()).isEqualTo(weights(1.5f));
    assertThat(bundle.trainingRecord().path("steps").intValue()).isEqualTo(3);
    try (Stream<Path> left = Files.list(temporary.resolve("made"))) {
      assertThat(left).containsExactly(directory);
    }
  }

  @Test
  void shouldReplaceAnOlderBundleAndGiveOtherWeightsAnotherVersion() throws IOException {
    Path directory = temporary.resolve("bundle");
    String first = write(directory, 1).version();
    String second = write(directory, 2).version();
    assertThat(second).isNotEqualTo(first);
    assertThat(ModelBundle.read(directory).version()).isEqualTo(second);
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).containsExactly(directory);
    }
  }

  @Test
  void shouldRefuseToReplaceADirectoryThatHoldsSomethingElse() throws IOException {
    Path directory = Files.createDirectory(temporary.resolve("photos"));
    Files.writeString(directory.resolve("holiday.jpg"), "x");
    assertThatThrownBy(() -> write(directory, 1))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("holiday.jpg");
    assertThat(directory.resolve("holiday.jpg")).exists();
  }

  private static Preset guided() throws IOException {
    return Preset.fromJson(
        JSON.readTree(
            """
            {"name": "tiny",
             "backbone": {"type": "nafnet", "width": 4, "encoder": [1], "middle": 1, "decoder": [1]},
             "sgm": {"encoder": "tiny", "features": 2}, "pgm": {}}
            """));
  }

  private static FrozenEncoder encoder(float value) {
    return new FrozenEncoder(
        "clip", JSON.createObjectNode().put("patch", 8), "perceiver 0+1234abcd", weights(value));
  }

  @Test
  void shouldKeepTheEncoderThatTheNetworkWasTrainedWith() throws IOException {
    Path directory = temporary.resolve("bundle");
    JsonNode record = JSON.createObjectNode();

    ModelBundle.write(directory, "tiny", "0", guided(), weights(1), encoder(7), record);

    FrozenEncoder kept = ModelBundle.read(directory).encoder();
    assertThat(kept).isEqualTo(encoder(7));
    assertThat(directory).isDirectoryContaining(f -> f.endsWith(ModelBundle.ENCODER_FILE));
    // A bundle without guidance takes its place whole: no encoder of an older one stays behind.
    write(directory, 1);
    assertThat(ModelBundle.read(directory).encoder()).isNull();
    assertThat(directory.resolve(ModelBundle.ENCODER_FILE)).doesNotExist();
  }

  @Test
  void shouldRefuseAnEncoderThatIsNotTheOneThatWasWritten() throws IOException {
    Path directory = temporary.resolve("bundle");
    ModelBundle.write(
        directory, "tiny", "0", guided(), weights(1), encoder(7), JSON.createObjectNode());
    Path other = temporary.resolve("other");
    ModelBundle.write(
        other, "tiny", "0", guided(), weights(1), encoder(8), JSON.createObjectNode());
    Files.copy(
        other.resolve(ModelBundle.ENCODER_FILE),
        directory.resolve(ModelBundle.ENCODER_FILE),
        StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(() -> ModelBundle.read(directory))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining(ModelBundle.ENCODER_FILE)
        .hasMessageContaining("damaged");
    Files.delete(directory.resolve(ModelBundle.ENCODER_FILE));
    assertThatThrownBy(() -> ModelBundle.read(directory))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("it has no " + ModelBundle.ENCODER_FILE);
  }

  /** A version that stays the same while frames come out otherwise would tell nobody anything. */
  @Test
  void shouldGiveAnotherEncoderAnotherVersion() throws IOException {
    Path directory = temporary.resolve("bundle");
    JsonNode record = JSON.createObjectNode();
    String first =
        ModelBundle.write(directory, "tiny", "0", guided(), weights(1), encoder(7), record)
            .version();
    String second =
        ModelBundle.write(directory, "tiny", "0", guided(), weights(1), encoder(8), record)
            .version();

    assertThat(second).isNotEqualTo(first);
    assertThat(ModelBundle.read(directory).version()).isEqualTo(second);
  }

  @Test
  void shouldRefuseToWriteAGuidedNetworkWithoutItsEncoder() throws IOException {
    Path directory = temporary.resolve("bundle");

    assertThatThrownBy(
            () ->
                ModelBundle.write(
                    directory, "tiny", "0", guided(), weights(1), JSON.createObjectNode()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs the encoder's weights");
    assertThatThrownBy(
            () ->
                ModelBundle.write(
                    directory,
                    "tiny",
                    "0",
                    preset(),
                    weights(1),
                    encoder(1),
                    JSON.createObjectNode()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no semantic guidance");
    FrozenEncoder unknown =
        new FrozenEncoder("resnet", JSON.createObjectNode(), "somewhere", weights(1));
    assertThatThrownBy(
            () ->
                ModelBundle.write(
                    directory, "tiny", "0", guided(), weights(1), unknown, JSON.createObjectNode()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("resnet");
    assertThat(directory).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"kind\" : \"clip\"|\"kind\" : \"resnet\"|encoder.kind is \"resnet\", known are [clip, clip-spectrum, dinov2]",
        "\"config\" :|\"sizes\" :|encoder.config is missing",
        "\"encoder\" : {|\"guide\" : {|unknown key guide",
      })
  void shouldNameWhatIsWrongWithTheEncodersDescription(String old, String wrong, String message)
      throws IOException {
    Path directory = temporary.resolve("bundle");
    ModelBundle.write(
        directory, "tiny", "0", guided(), weights(1), encoder(7), JSON.createObjectNode());
    Path file = directory.resolve(ModelBundle.MODEL_FILE);
    String text = Files.readString(file);
    assertThat(text).contains(old);
    Files.writeString(file, text.replaceFirst(Pattern.quote(old), wrong));

    assertThatThrownBy(() -> ModelBundle.read(directory))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldRefuseDamagedWeights() throws IOException {
    Path directory = temporary.resolve("bundle");
    write(directory, 1);
    Path file = directory.resolve(ModelBundle.WEIGHTS_FILE);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> ModelBundle.read(directory))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void shouldRefuseASymbolicLinkInPlaceOfAFile() throws IOException {
    Path directory = temporary.resolve("bundle");
    write(directory, 1);
    Path file = directory.resolve(ModelBundle.WEIGHTS_FILE);
    Path elsewhere = temporary.resolve("elsewhere");
    Files.move(file, elsewhere);
    Files.createSymbolicLink(file, elsewhere);
    assertThatThrownBy(() -> ModelBundle.read(directory))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("symbolic link");
  }

  @Test
  void shouldRefuseWeightsThatAreNotFinite() {
    assertThatThrownBy(() -> write(temporary.resolve("bundle"), Float.NaN))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessageContaining("NaN");
    assertThat(temporary.resolve("bundle")).doesNotExist();
  }

  @Test
  void shouldSayWhatADirectoryLacks() {
    assertThatThrownBy(() -> ModelBundle.read(temporary))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("no model.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"format\" : 1 | \"format\" : 2 | format is 2",
        "\"weights.safetensors\" | \"../weights.safetensors\" | ../weights.safetensors",
        "\"name\" : \"tiny\" | \"name\" : \"../x\" | name is",
        "\"version\" : \"0+ | \"version\" : \"1+0 | version is",
        "\"created\" : \" | \"created\" : \"x | created is",
        "\"bytes\" : | \"bytes\" : -1, \"x\" : | needs bytes",
        "\"training\" : | \"extra\" : 1, \"training\" : | unknown key extra",
        "\"training\" : | \"format\" : 1, \"training\" : | Duplicate",
        "\"width\" : 4 | \"width\" : 100000 | width",
      })
  void shouldRefuseADescriptionThatWasChanged(String from, String to, String reason)
      throws IOException {
    Path directory = temporary.resolve("bundle");
    write(directory, 1);
    Path file = directory.resolve(ModelBundle.MODEL_FILE);
    String text = Files.readString(file);
    // The preset has a name of its own: change the bundle's, which comes first.
    int at = text.indexOf(from);
    assertThat(at).isNotNegative();
    Files.writeString(file, text.substring(0, at) + to + text.substring(at + from.length()));
    assertThatThrownBy(() -> ModelBundle.read(directory))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining(reason);
  }
}
