package org.perceiveir.schemas.serde;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.testkit.FuzzCorpus;
import org.perceiveir.testkit.Spent;

/**
 * A producer may register a schema of its own, or the registry itself may be hostile. Whatever the
 * schema and the record are, reading ends in a record or a {@link SerializationException}, soon, in
 * bounded memory.
 *
 * <p>The input is the schema's text up to the first byte 0, and then the record.
 */
class RegisteredSchemaFuzz {
  private static final String TOPIC = "frames";

  static Stream<byte[]> seeds() {
    byte[] deep = new byte[20_000];
    Arrays.fill(deep, (byte) 2);
    StringBuilder doubling = new StringBuilder("\"string\"");
    for (int i = 0; i < 30; i++) {
      String name = "\"D" + i + "\"";
      doubling.insert(
          0, "{\"type\":\"record\",\"name\":" + name + ",\"fields\":[{\"name\":\"a\",\"type\":");
      doubling
          .append("},{\"name\":\"b\",\"type\":")
          .append(i == 0 ? "\"string\"" : "\"D" + (i - 1) + "\"")
          .append("}]}");
    }
    // 2^31 - 10 elements, the most that Avro believes.
    byte[] many = {-20, -1, -1, -1, 15, 0};
    return Stream.of(
        seed(Frame.getClassSchema().toString(), new byte[40]),
        frameWith(
            "{\"type\":\"record\",\"name\":\"Node\",\"fields\":"
                + "[{\"name\":\"next\",\"type\":[\"null\",\"Node\"]}]}",
            deep),
        frameWith("{\"type\":\"array\",\"items\":\"null\"}", many),
        frameWith(
            "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"E\",\"fields\":[]}}",
            many),
        frameWith(
            "{\"type\":\"map\",\"values\":{\"type\":\"array\",\"items\":[\"null\",\"int\"]}}",
            many),
        frameWith("{\"type\":\"fixed\",\"name\":\"Huge\",\"size\":1000000000}", new byte[9]),
        frameWith("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":9}", new byte[9]),
        frameWith(doubling.toString(), new byte[9]),
        seed("{\"type\":\"array\",\"items\":".repeat(400) + "\"int\"" + "}".repeat(400), deep),
        seed("[\"null\",\"string\"]", new byte[] {0}),
        seed("not a schema", new byte[0]));
  }

  private static byte[] frameWith(String type, byte[] record) {
    String frame = Frame.getClassSchema().toString();
    int first = frame.indexOf("\"fields\":[") + "\"fields\":[".length();
    return seed(
        frame.substring(0, first)
            + "{\"name\":\"extra\",\"type\":"
            + type
            + "},"
            + frame.substring(first),
        record);
  }

  private static byte[] seed(String schema, byte[] record) {
    byte[] text = schema.getBytes(UTF_8);
    return ByteBuffer.allocate(text.length + 1 + record.length)
        .put(text)
        .put((byte) 0)
        .put(record)
        .array();
  }

  static Stream<byte[]> kept() {
    return FuzzCorpus.whenSearching(RegisteredSchemaFuzz.class);
  }

  @Test
  void shouldStandWhatEarlierSearchesFound() {
    for (byte[] data : FuzzCorpus.of(RegisteredSchemaFuzz.class).toList()) {
      shouldReadOrRefuseARecordOfAnySchema(data);
    }
  }

  @MethodSource({"seeds", "kept"})
  @FuzzTest
  void shouldReadOrRefuseARecordOfAnySchema(byte[] data) {
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    String schema = new String(data, 0, end, UTF_8);
    byte[] record = new byte[5 + Math.max(0, data.length - end - 1)];
    if (end < data.length) {
      System.arraycopy(data, end + 1, record, 5, data.length - end - 1);
    }
    Spent.atMost(16_000_000 + 2_000L * data.length, () -> read(schema, record));
  }

  private static void read(String schema, byte[] record) {
    IntFunction<Schema> registry =
        id ->
            SchemaRegistryClient.parse(
                id, JsonNodeFactory.instance.objectNode().put("schema", schema));
    try {
      ConfluentAvroDeserializer<Frame> frames = new ConfluentAvroDeserializer<>(Frame.class);
      frames.use(registry);
      assertThat(frames.deserialize(TOPIC, record)).isNotNull();
    } catch (SerializationException e) {
      assertThat(e).hasMessageMatching("(?s).*(schema|" + TOPIC + ").*");
    }
    try {
      assertThat(new ConfluentGenericReader(registry).read(TOPIC, record).value()).isNotNull();
    } catch (SerializationException e) {
      assertThat(e).hasMessageMatching("(?s).*(schema|" + TOPIC + ").*");
    }
  }
}
