package org.perceiveir.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.weights.PublicWeights.Kind;

/** Features of other weights than were meant would be wrong without an error. */
class EncoderDirectoryTest {
  private static final EncoderDirectory.Source SOURCE =
      new EncoderDirectory.Source("vgg16.safetensors", "0123456789abcdef".repeat(4));

  @TempDir private Path temporary;

  private static RecognisedWeights recognised(float value) {
    ObjectNode config = JsonNodeFactory.instance.objectNode().put("size", 2);
    return new RecognisedWeights(
        Kind.VGG16,
        config,
        Map.of("w", new FloatTensor(new long[] {2, 1}, new float[] {value, -1})));
  }

  @Test
  void shouldReadBackWhatWasWritten() throws IOException {
    Path directory = temporary.resolve("made/vgg16");
    EncoderDirectory written = EncoderDirectory.write(directory, recognised(1.5f), SOURCE);

    EncoderDirectory read = EncoderDirectory.read(directory);

    assertThat(read.kind()).isEqualTo(Kind.VGG16);
    assertThat(read.config()).isEqualTo(recognised(1.5f).config());
    assertThat(read.weights()).isEqualTo(recognised(1.5f).weights());
    assertThat(read.parameters()).isEqualTo(2);
    assertThat(read.source()).isEqualTo(SOURCE);
    assertThat(read.sha256()).isEqualTo(written.sha256()).hasSize(64);
    try (Stream<Path> left = Files.list(temporary.resolve("made"))) {
      assertThat(left).containsExactly(directory);
    }
  }

  @Test
  void shouldReplaceAnOlderEncoderAndNothingElse() throws IOException {
    Path directory = temporary.resolve("vgg16");
    EncoderDirectory.write(directory, recognised(1), SOURCE);
    EncoderDirectory.write(directory, recognised(2), SOURCE);
    assertThat(EncoderDirectory.read(directory).weights()).isEqualTo(recognised(2).weights());

    Path foreign = Files.writeString(directory.resolve("thesis.txt"), "years of work");
    assertThatThrownBy(() -> EncoderDirectory.write(directory, recognised(3), SOURCE))
        .isInstanceOf(EncoderException.class)
        .hasMessageContaining("thesis.txt");
    assertThat(foreign).exists();
    assertThatThrownBy(() -> EncoderDirectory.write(foreign, recognised(3), SOURCE))
        .isInstanceOf(EncoderException.class)
        .hasMessageContaining("not a directory");
  }

  @Test
  void shouldRefuseWeightsThatAreNotThePromisedOnes() throws IOException {
    Path directory = temporary.resolve("vgg16");
    EncoderDirectory.write(directory, recognised(1), SOURCE);
    Path weights = directory.resolve("weights.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    byte[] changed = bytes.clone();
    changed[changed.length - 1] ^= 1;
    for (byte[] bad :
        new byte[][] {
          changed,
          Arrays.copyOf(bytes, bytes.length - 1),
          new byte[0],
          Arrays.copyOf(bytes, bytes.length + 1)
        }) {
      Files.write(weights, bad);
      assertThatThrownBy(() -> EncoderDirectory.read(directory))
          .isInstanceOf(EncoderException.class)
          .hasMessageContaining("damaged");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"format\" : 1 | \"format\" : 2 | format is 2",
        "\"kind\" : \"vgg16\" | \"kind\" : \"nafnet\" | model bundles",
        "\"kind\" : \"vgg16\" | \"kind\" : \"vgg16\", \"kind\" : \"clip\" | Duplicate",
        "\"parameters\" : 2 | \"parameters\" : 3 | the weights have 2",
        "\"parameters\" : 2, | '' | parameters is missing",
        "\"format\" : 1 | \"format\" : 1, \"more\" : 1 | unknown key more",
        "\"file\" : | \"path\" : | unknown key source.path",
        "0123456789abcdef0 | X | not 64 hex digits",
      })
  void shouldRefuseADescriptionThatIsNotExact(String from, String to, String reason)
      throws IOException {
    Path directory = temporary.resolve("vgg16");
    EncoderDirectory.write(directory, recognised(1), SOURCE);
    Path json = directory.resolve("encoder.json");
    String text = Files.readString(json);
    assertThat(text).contains(from);
    Files.writeString(json, text.replace(from, to));

    assertThatThrownBy(() -> EncoderDirectory.read(directory))
        .isInstanceOf(EncoderException.class)
        .hasMessageContaining("encoder.json")
        .hasMessageContaining(reason);
  }

  @Test
  void shouldSayWhatIsMissingWhereThereIsNoEncoder() throws IOException {
    assertThatThrownBy(() -> EncoderDirectory.read(temporary))
        .isInstanceOf(EncoderException.class)
        .hasMessageContaining("encoder.json")
        .hasMessageContaining("model import");
    Path directory = temporary.resolve("vgg16");
    EncoderDirectory.write(directory, recognised(1), SOURCE);
    Path weights = directory.resolve("weights.safetensors");
    Path elsewhere = temporary.resolve("elsewhere");
    Files.move(weights, elsewhere);
    Files.createSymbolicLink(weights, elsewhere);
    assertThatThrownBy(() -> EncoderDirectory.read(directory))
        .isInstanceOf(EncoderException.class)
        .hasMessageContaining("symbolic link");
  }
}
