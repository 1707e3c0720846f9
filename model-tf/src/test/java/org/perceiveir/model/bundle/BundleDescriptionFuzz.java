package org.perceiveir.model.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverException;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.storage.BundleLabels;
import org.perceiveir.testkit.FuzzCorpus;
import org.perceiveir.testkit.Spent;

/**
 * A bundle may come from a stranger. Whatever its description says, reading ends in a bundle that
 * says what it was read from, or in the refusal of its kind, soon, in bounded memory.
 *
 * <p>The input is {@code model.json} and {@code perceiver.json} beside a sound weights file.
 */
class BundleDescriptionFuzz {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path DIRECTORY = made();
  private static final byte[] MADE = description();

  private static Path made() {
    try {
      Path directory = Files.createTempDirectory("bundle-fuzz");
      ModelBundle.write(
          directory,
          "tiny",
          "0",
          Preset.fromJson(
              JSON.readTree(
                  """
                  {"name": "tiny", "backbone":
                   {"type": "nafnet", "width": 4, "encoder": [1], "middle": 1, "decoder": [1]}}
                  """)),
          Map.of("w", new FloatTensor(new long[] {2}, new float[] {1, -1})),
          JSON.createObjectNode().put("steps", 3));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] description() {
    try {
      return Files.readAllBytes(DIRECTORY.resolve(ModelBundle.MODEL_FILE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterAll
  static void clear() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(DIRECTORY);
  }

  static Stream<byte[]> seeds() throws IOException {
    String made = new String(MADE, UTF_8);
    String preset = JSON.readTree(MADE).path("preset").toString();
    Stream.Builder<byte[]> seeds = Stream.builder();
    seeds.add(MADE);
    for (String name : Preset.shipped()) {
      seeds.add(
          made.replaceFirst(
                  "(?s)\"preset\" : \\{.*?\\},\\s*\"training", "\"preset\": P, \"training")
              .replace("P,", Preset.named(name).toJson() + ",")
              .getBytes(UTF_8));
    }
    seeds.add(("{\"format\":1,\"name\":\"a\",\"preset\":" + preset + "}").getBytes(UTF_8));
    seeds.add(made.replace("}", ",\"prototypes\":{\"size\":2,\"kinds\":{}}}").getBytes(UTF_8));
    seeds.add(made.replace("\"bytes\" : ", "\"bytes\" : 9").getBytes(UTF_8));
    seeds.add("[".repeat(100).getBytes(UTF_8));
    return seeds.build();
  }

  static Stream<byte[]> kept() {
    return FuzzCorpus.whenSearching(BundleDescriptionFuzz.class);
  }

  @Test
  void shouldStandWhatEarlierSearchesFound() throws IOException {
    for (byte[] data : FuzzCorpus.of(BundleDescriptionFuzz.class).toList()) {
      shouldReadOrRefuseEveryDescription(data);
    }
  }

  @MethodSource({"seeds", "kept"})
  @FuzzTest
  void shouldReadOrRefuseEveryDescription(byte[] data) throws IOException {
    Files.write(DIRECTORY.resolve(ModelBundle.MODEL_FILE), data);
    Files.write(DIRECTORY.resolve(PerceiverBundle.PERCEIVER_FILE), data);
    Spent.atMost(4_000_000 + 500L * data.length, BundleDescriptionFuzz::read);
  }

  private static void read() {
    try {
      ModelBundle bundle = ModelBundle.read(DIRECTORY);
      assertThat(BundleLabels.isName(bundle.name())).isTrue();
      assertThat(bundle.version()).endsWith("+" + bundle.sha256().substring(0, 8));
      assertThat(Preset.fromJson(bundle.preset().toJson())).isEqualTo(bundle.preset());
      assertThat(bundle.preset().padMultiple()).isPositive();
      assertThat(bundle.trainingRecord().isObject()).isTrue();
    } catch (BundleException e) {
      assertThat(e).hasMessageContaining(DIRECTORY.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      assertThat(PerceiverBundle.read(DIRECTORY).name()).isNotEmpty();
    } catch (PerceiverException e) {
      assertThat(e).hasMessageContaining(DIRECTORY.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
