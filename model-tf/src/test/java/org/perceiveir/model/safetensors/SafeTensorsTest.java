package org.perceiveir.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.testkit.SharedFolder;

final class SafeTensorsTest {

  private static byte[] file(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private static String tensor(String name, String dtype, String shape, String offsets) {
    return "\""
        + name
        + "\":{\"dtype\":\""
        + dtype
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":"
        + offsets
        + "}";
  }

  private static Map<String, FloatTensor> sample() {
    Map<String, FloatTensor> tensors = new LinkedHashMap<>();
    tensors.put(
        "b", new FloatTensor(new long[] {2, 3}, new float[] {1, -2, Float.MIN_VALUE, 4, 5, -0f}));
    tensors.put("a", new FloatTensor(new long[] {}, new float[] {3.5f}));
    tensors.put("empty", new FloatTensor(new long[] {0, 7}, new float[] {}));
    return tensors;
  }

  @Test
  void shouldReadBackWhatWasWritten(@TempDir Path dir) throws IOException {
    Path path = dir.resolve("w.safetensors");
    SafeTensorsWriter.write(path, sample(), Map.of("step", "7", "ü", "é"));
    SafeTensors read = SafeTensors.read(path);
    assertThat(read.allFloats()).isEqualTo(sample());
    assertThat(read.metadata()).isEqualTo(Map.of("step", "7", "ü", "é"));
    assertThat(read.names()).containsExactly("a", "b", "empty");
    assertThat(read.shape("b")).containsExactly(2, 3);
    assertThat(read.dtype("b")).isEqualTo("F32");
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void shouldWriteTheSameBytesWhateverTheOrderOfTheMap() {
    Map<String, FloatTensor> reversed = new LinkedHashMap<>();
    List.of("empty", "b", "a").forEach(n -> reversed.put(n, sample().get(n)));
    assertThat(SafeTensorsWriter.toBytes(reversed, Map.of()))
        .isEqualTo(SafeTensorsWriter.toBytes(sample(), Map.of()));
  }

  @Test
  void shouldWidenHalfAndBrainFloatsExactlyAndRoundDoubles() {
    byte[] bytes =
        file(
            "{"
                + tensor("f16", "F16", "[4]", "[0,8]")
                + ","
                + tensor("bf16", "BF16", "[2]", "[8,12]")
                + ","
                + tensor("f64", "F64", "[1]", "[12,20]")
                + ","
                + tensor("i64", "I64", "[1]", "[20,28]")
                + "}",
            28);
    ByteBuffer data =
        ByteBuffer.wrap(bytes, bytes.length - 28, 28).slice().order(ByteOrder.LITTLE_ENDIAN);
    data.putShort(0, (short) 0x3c01).putShort(2, (short) 0x8001);
    data.putShort(4, (short) 0x7c00).putShort(6, (short) 0xfbff);
    data.putShort(8, (short) 0x3f80).putShort(10, (short) 0xc049);
    data.putDouble(12, 0.1);
    data.putLong(20, Long.MIN_VALUE);
    SafeTensors tensors = SafeTensors.parse(bytes);
    assertThat(tensors.floats("f16").values())
        .containsExactly(1f + 0x1p-10f, -0x1p-24f, Float.POSITIVE_INFINITY, -65504f);
    assertThat(tensors.floats("bf16").values()).containsExactly(1f, -3.140625f);
    assertThat(tensors.floats("f64").values()).containsExactly(0.1f);
    assertThat(tensors.longs("i64")).containsExactly(Long.MIN_VALUE);
    assertThatThrownBy(() -> tensors.floats("i64"))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessageContaining("i64")
        .hasMessageContaining("I64");
    assertThatThrownBy(() -> tensors.longs("f16")).hasMessageContaining("F16");
    assertThatThrownBy(() -> tensors.floats("absent")).hasMessageContaining("absent");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 4 | do not lie in",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | 8 | do not lie in",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | 8 | hold 8 bytes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 9 | belongs to no tensor",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}} | 8 | gap",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}} | 6 | overlap",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}} | 4 | Duplicate",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"shape\":[4],\"data_offsets\":[0,4]}} | 4 | Duplicate",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}} | 0 | 2^63",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,0]}} | 0 | expected an integer",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}} | 4 | expected an integer",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}} | 4 | expected an integer",
        "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 | unknown dtype F33",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}} | 4 | exactly",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}} | 4 | expected 2",
        "{\"a\":3} | 0 | exactly",
        "{\"__metadata__\":{\"k\":3}} | 0 | not a string",
        "{} {} | 0 | not valid JSON",
        "[] | 0 | begin with",
      })
  void shouldRefuseAMalformedHeader(String header, int dataBytes, String reason) {
    assertThatThrownBy(() -> SafeTensors.parse(file(header, dataBytes)))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void shouldRefuseAHeaderLengthOutsideTheFileOrTheBound() {
    for (long length : new long[] {-1, 0, 1, 3, 1L << 40, Long.MIN_VALUE, 17 << 20}) {
      byte[] bytes = file("{}", 0);
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
      assertThatThrownBy(() -> SafeTensors.parse(bytes)).isInstanceOf(SafeTensorsException.class);
    }
    assertThatThrownBy(() -> SafeTensors.parse(new byte[7]))
        .isInstanceOf(SafeTensorsException.class);
  }

  /**
   * Weight files may come from anywhere: a mutation must never end in another exception or hang.
   */
  @Test
  void shouldParseOrRefuseAnyMutationWithItsOwnException() {
    byte[] good = SafeTensorsWriter.toBytes(sample(), Map.of("k", "v"));
    Random random = new Random(17);
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = good.clone();
      int edits = 1 + random.nextInt(4);
      for (int i = 0; i < edits; i++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(4) == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 20));
      }
      try {
        SafeTensors tensors = SafeTensors.parse(bytes);
        for (String name : tensors.names()) {
          if (tensors.dtype(name).equals("F32")) {
            tensors.floats(name);
          }
        }
      } catch (SafeTensorsException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1_000, 20_000);
  }

  @Test
  void shouldReadEveryReferenceFile() throws IOException {
    Path goldens = SharedFolder.require("goldens");
    try (Stream<Path> files = Files.walk(goldens)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        SafeTensors tensors = SafeTensors.read(file);
        assertThat(tensors.names()).as(file.toString()).isNotEmpty();
        for (String name : tensors.names()) {
          if (tensors.dtype(name).equals("F32")) {
            assertThat(tensors.floats(name).values()).hasSizeGreaterThanOrEqualTo(0);
          }
        }
      }
    }
  }
}
