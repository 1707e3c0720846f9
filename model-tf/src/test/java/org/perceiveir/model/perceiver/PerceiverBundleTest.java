package org.perceiveir.model.perceiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsException;

final class PerceiverBundleTest {
  @TempDir Path temporary;

  @Test
  void shouldReadBackWhatWasWritten() throws IOException {
    Path directory = temporary.resolve("made/perceiver");
    PerceiverBundle written = TinyPerceiver.write(directory, new Views(2, 3, true));
    PerceiverBundle read = PerceiverBundle.read(directory);
    assertThat(read).usingRecursiveComparison().isEqualTo(written);
    assertThat(read.version()).isEqualTo("0+" + read.sha256().substring(0, 8));
    assertThat(read.form()).isEqualTo(TinyPerceiver.form(new Views(2, 3, true)));
    assertThat(read.form().excellent()).isEqualTo("excellent");
    assertThat(read.trainingRecord().path("steps").intValue()).isEqualTo(3);
    assertThat(Files.readString(directory.resolve(PerceiverBundle.PERCEIVER_FILE)))
        .contains("trained from scratch");
  }

  @Test
  void shouldKeepContextAsARecordOutsideOfWhatIsServed() throws IOException {
    PerceiverForm form = TinyPerceiver.form(Views.wholeImage());
    Map<String, FloatTensor> weights = new LinkedHashMap<>(TinyPerceiver.weights(form));
    FloatTensor context = TinyPerceiver.random(3, 4, 4);
    weights.put(PerceiverBundle.CONTEXT, context);
    PerceiverBundle.write(
        temporary.resolve("p"), "tiny", "0", form, weights, JsonNodeFactory.instance.objectNode());
    PerceiverBundle read = PerceiverBundle.read(temporary.resolve("p"));
    assertThat(read.context()).contains(context);
    assertThat(read.weights()).doesNotContainKey(PerceiverBundle.CONTEXT);
  }

  @Test
  void shouldGiveTheImageEncoderAloneForSemanticGuidance() throws IOException {
    FrozenEncoder encoder =
        TinyPerceiver.write(temporary.resolve("p"), Views.wholeImage()).encoder();
    assertThat(encoder.kind()).isEqualTo(FrozenEncoder.CLIP);
    assertThat(ClipConfig.fromJson(encoder.config())).isEqualTo(TinyPerceiver.CLIP);
    assertThat(encoder.weights().keySet()).isNotEmpty().allMatch(n -> n.startsWith("visual."));
  }

  // Whoever copies a bundle by hand must learn which line is wrong, not get a wrong tier.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"format\" : 1 | \"format\" : 2 | format is 2",
        "\"terrible\", | \"terrible\", \"terrible\", | twice",
        "\"excellent\" : \"excellent\" | \"excellent\" : \"terrible\" | must be the last tier",
        "\"logitScale\" : 10.0 | \"logitScale\" : 0 | logitScale is 0",
        "\"rows\" : 2 | \"rows\" : 0 | both or none",
        "\"patch\" : 4 | \"patch\" : 3 | multiple of clip.patch",
        "trained from scratch | found | encoder is",
        "highest | lowest | this program decides by",
        "\"created\" : \"20 | \"created\" : \"on 20 | expected a time",
        "\"version\" : \"0+ | \"version\" : \"0- | expected one that ends in",
        "\"training\" | \"trainings\" | unknown key trainings",
      })
  void shouldNameWhatIsWrongInTheDescription(String text, String other, String message)
      throws IOException {
    Path directory = temporary.resolve("p");
    TinyPerceiver.write(directory, new Views(2, 3, false));
    Path file = directory.resolve(PerceiverBundle.PERCEIVER_FILE);
    String before = Files.readString(file);
    assertThat(before).contains(text);
    Files.writeString(file, before.replace(text, other));
    assertThatThrownBy(() -> PerceiverBundle.read(directory))
        .isInstanceOf(PerceiverException.class)
        .hasMessageContaining(PerceiverBundle.PERCEIVER_FILE)
        .hasMessageContaining(message);
  }

  @Test
  void shouldRefuseWeightsThatAreNotThePromisedOnes() throws IOException {
    Path directory = temporary.resolve("p");
    TinyPerceiver.write(directory, Views.wholeImage());
    Path file = directory.resolve(PerceiverBundle.WEIGHTS_FILE);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> PerceiverBundle.read(directory))
        .isInstanceOf(PerceiverException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void shouldNameTheRemedyWhereThereIsNoPerceiver() {
    assertThatThrownBy(() -> PerceiverBundle.read(temporary))
        .isInstanceOf(PerceiverException.class)
        .hasMessageContaining("train prompts");
  }

  @Test
  void shouldRefuseToReplaceADirectoryThatHoldsSomethingElse() throws IOException {
    Files.writeString(temporary.resolve("holiday.jpg"), "x");
    assertThatThrownBy(() -> TinyPerceiver.write(temporary, Views.wholeImage()))
        .isInstanceOf(PerceiverException.class)
        .hasMessageContaining("holiday.jpg");
  }

  @Test
  void shouldRefuseWeightsThatAreNotFinite() {
    PerceiverForm form = TinyPerceiver.form(Views.wholeImage());
    Map<String, FloatTensor> weights =
        Map.of("w", new FloatTensor(new long[] {1}, new float[] {Float.NaN}));
    assertThatThrownBy(
            () ->
                PerceiverBundle.write(
                    temporary.resolve("p"),
                    "tiny",
                    "0",
                    form,
                    weights,
                    JsonNodeFactory.instance.objectNode()))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessageContaining("w holds NaN");
  }

  @Test
  void shouldDecideForTheHighestProbabilityAndTheBetterTierWhenEqual() {
    PerceiverForm form = TinyPerceiver.form(Views.wholeImage());
    assertThat(form.decide(List.of(0.2f, 0.5f, 0.3f))).isEqualTo(1);
    assertThat(form.decide(List.of(0.4f, 0.4f, 0.2f))).isEqualTo(1);
    assertThatThrownBy(
            () ->
                new PerceiverForm(
                    TinyPerceiver.CLIP,
                    List.of("one"),
                    100,
                    Views.wholeImage(),
                    PerceiverForm.Origin.PUBLIC))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("2 to 4");
  }
}
