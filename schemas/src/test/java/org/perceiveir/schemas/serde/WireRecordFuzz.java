package org.perceiveir.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.ModelAction;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.Sha256;
import org.perceiveir.testkit.FuzzCorpus;
import org.perceiveir.testkit.Spent;

/**
 * A producer may write any bytes, under any schema that the registry took from it. Whatever they
 * are, reading ends in a record or a {@link SerializationException}, soon, in bounded memory.
 *
 * <p>The input is a record in Confluent's format; its id is taken modulo the schemas below.
 */
class WireRecordFuzz {
  private static final String TOPIC = "frames";

  /** Ours, and two of other producers; {@link RegisteredSchemaFuzz} has the hostile ones. */
  private static final List<Schema> WRITERS =
      List.of(
          Frame.getClassSchema(),
          ModelOrder.getClassSchema(),
          frameWith(
              "{\"type\":\"map\",\"values\":{\"type\":\"array\",\"items\":[\"null\",\"int\"]}}"),
          frameWith("{\"type\":\"fixed\",\"name\":\"Huge\",\"size\":1000000000}"));

  private static final ConfluentAvroDeserializer<Frame> FRAMES = reading(Frame.class);
  private static final ConfluentAvroDeserializer<ModelOrder> ORDERS = reading(ModelOrder.class);
  private static final ConfluentGenericReader ANYTHING = new ConfluentGenericReader(WRITERS::get);

  private static Schema frameWith(String type) {
    String field = "{\"name\":\"extra\",\"type\":" + type + "},";
    String frame = Frame.getClassSchema().toString();
    int first = frame.indexOf("\"fields\":[") + "\"fields\":[".length();
    return new Schema.Parser().parse(frame.substring(0, first) + field + frame.substring(first));
  }

  private static <T extends SpecificRecord> ConfluentAvroDeserializer<T> reading(Class<T> type) {
    ConfluentAvroDeserializer<T> deserializer = new ConfluentAvroDeserializer<>(type);
    deserializer.use(WRITERS::get);
    return deserializer;
  }

  static Stream<byte[]> seeds() {
    Frame frame =
        new Frame(
            new FrameIdentity("camera-1", 1L, 2L, 3L),
            4,
            2,
            FrameEncoding.RGB8,
            ByteBuffer.wrap(new byte[24]),
            Map.of("place", "yard"));
    Frame outside = Frame.newBuilder(frame).build();
    outside.setPayload(new ExternalPayload("file:///frames/1.png", 24L, new Sha256(new byte[32])));
    ModelOrder order =
        ModelOrder.newBuilder()
            .setCommandId("1")
            .setAction(ModelAction.LOAD)
            .setBundleName("compact")
            .setShare(0.5)
            .setIssuedAtMicros(1L)
            .setIssuer("me")
            .build();
    byte[] plain = encoded(frame);
    return Stream.of(
            List.of(record(0, plain), record(0, encoded(outside)), record(1, encoded(order))),
            // One entry with two elements; a count that the bytes do not bear out.
            List.of(
                record(2, join(new byte[] {2, 2, 'k', 4, 0, 0, 0, 0}, plain)),
                record(2, join(new byte[] {2, 2, 'k', -20, -1, -1, -1, 15, 0, 0}, plain)),
                record(3, plain)),
            List.of(new byte[0], new byte[] {0, 0, 0, 0, 9}, new byte[] {1, 0, 0, 0, 0}))
        .flatMap(List::stream);
  }

  private static byte[] encoded(SpecificRecord record) {
    AvroTrust.install();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      new SpecificDatumWriter<SpecificRecord>(record.getSchema()).write(record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] record(int id, byte[] body) {
    return ByteBuffer.allocate(5 + body.length).put((byte) 0).putInt(id).put(body).array();
  }

  private static byte[] join(byte[] head, byte[] tail) {
    return ByteBuffer.allocate(head.length + tail.length).put(head).put(tail).array();
  }

  static Stream<byte[]> kept() {
    return FuzzCorpus.whenSearching(WireRecordFuzz.class);
  }

  @Test
  void shouldStandWhatEarlierSearchesFound() {
    for (byte[] data : FuzzCorpus.of(WireRecordFuzz.class).toList()) {
      shouldReadOrRefuseEveryRecord(data);
    }
  }

  @MethodSource({"seeds", "kept"})
  @FuzzTest
  void shouldReadOrRefuseEveryRecord(byte[] data) {
    int id;
    try {
      id = ConfluentAvroDeserializer.schemaId(TOPIC, data);
    } catch (SerializationException e) {
      return;
    }
    byte[] known = ByteBuffer.wrap(data.clone()).putInt(1, id % WRITERS.size()).array();
    // Three readers, each with ten thousand elements at most in a collection.
    Spent.atMost(
        16_000_000 + 100L * data.length,
        () -> {
          accept(FRAMES, known);
          accept(ORDERS, known);
          try {
            assertThat(ANYTHING.read(TOPIC, known).value()).isNotNull();
          } catch (SerializationException e) {
            assertThat(e).hasMessageContaining(TOPIC);
          }
        });
  }

  private static <T extends SpecificRecord> void accept(
      ConfluentAvroDeserializer<T> deserializer, byte[] data) {
    T read;
    try {
      read = deserializer.deserialize(TOPIC, data);
    } catch (SerializationException e) {
      assertThat(e).hasMessageContaining(TOPIC);
      return;
    }
    // What was read can be written, and says the same again; the ids of our schemas are 0 and 1.
    int own = WRITERS.indexOf(read.getSchema());
    assertThat(deserializer.deserialize(TOPIC, record(own, encoded(read)))).isEqualTo(read);
  }

  /** The seeds are good for something: each schema has one that reaches a reader. */
  @Test
  void shouldKnowASeedForEachSchema() {
    assertThat(seeds().filter(data -> data.length > 5).map(data -> (int) data[4]))
        .containsAll(IntStream.range(0, WRITERS.size()).boxed().toList());
  }
}
