package org.perceiveir.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConfluentGenericReaderTest {
  private static final Schema FOREIGN =
      SchemaBuilder.record("Foreign")
          .namespace("some.other")
          .fields()
          .requiredString("name")
          .name("marks")
          .type()
          .array()
          .items()
          .booleanType()
          .noDefault()
          .endRecord();

  private ScriptedRegistry registry;
  private ConfluentGenericReader reader;

  @BeforeEach
  void start() throws IOException {
    registry = new ScriptedRegistry();
    registry.answer(
        "GET /schemas/ids/7?fetchMaxId=false",
        200,
        new ObjectMapper().createObjectNode().put("schema", FOREIGN.toString()).toString());
    reader =
        ConfluentGenericReader.of(
            Map.of("schema.registry.url", registry.url(), "max.retries", "0"));
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  private static byte[] written(int marks) {
    GenericRecord record =
        new GenericRecordBuilder(FOREIGN)
            .set("name", "x")
            .set(
                "marks",
                new GenericData.Array<>(
                    FOREIGN.getField("marks").schema(), Collections.nCopies(marks, false)))
            .build();
    return encoded(FOREIGN, record);
  }

  /** A tool that shows a topic must show what newer and foreign writers put there. */
  @Test
  void shouldReadARecordOfAnySchemaThatTheRegistryKnows() throws IOException {
    ConfluentGenericReader.Read read = reader.read("t", written(2));

    assertThat(read.schema()).isEqualTo(FOREIGN);
    assertThat(((GenericRecord) read.value()).get("name")).hasToString("x");
  }

  /**
   * Elements of a byte take many times that on the heap; such without a byte are refused by schema.
   */
  @Test
  void shouldCallItPoisonWhenAnArrayHasTooManyElements() throws IOException {
    byte[] bomb = written(20_000);

    assertThatThrownBy(() -> reader.read("t", bomb))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("10000 elements");
  }

  @Test
  void shouldCallItPoisonWhenAMapHasTooManyEntries() {
    Schema map = SchemaBuilder.map().values().booleanType();
    Map<String, Boolean> entries = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      entries.put("e" + i, true);
    }
    ConfluentGenericReader maps = new ConfluentGenericReader(id -> map);
    assertThat((Map<?, ?>) maps.read("t", encoded(map, entries)).value()).hasSize(10_000);

    entries.put("one more", true);
    assertThatThrownBy(() -> maps.read("t", encoded(map, entries)))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("10000 elements");
  }

  @Test
  void shouldReadAFixedValueUnlessItsSchemaClaimsMoreThanTheRecordHas() {
    Schema small = SchemaBuilder.fixed("Small").size(3);
    byte[] record = encoded(small, new GenericData.Fixed(small, new byte[] {1, 2, 3}));
    assertThat(new ConfluentGenericReader(id -> small).read("t", record).value())
        .isEqualTo(new GenericData.Fixed(small, new byte[] {1, 2, 3}));

    Schema huge = SchemaBuilder.fixed("Huge").size(1_000_000_000);
    assertThatThrownBy(() -> new ConfluentGenericReader(id -> huge).read("t", record))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("1000000000 bytes in a record of 8 bytes");
  }

  private static byte[] encoded(Schema schema, Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 0, 0, 0, 7});
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      new GenericDatumWriter<>(schema).write(value, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  @Test
  void shouldCallItPoisonWhenItIsNoRecordAndAnOutageAnOutage() throws IOException {
    byte[] longer = Arrays.copyOf(written(0), 40);
    assertThatThrownBy(() -> reader.read("t", longer)).isInstanceOf(SerializationException.class);
    assertThatThrownBy(() -> reader.read("t", "plain text".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("wire format starts with 0");
    registry.close();
    assertThatThrownBy(() -> reader.read("t", new byte[] {0, 0, 0, 0, 9, 0}))
        .isInstanceOf(RegistryUnavailableException.class);
  }
}
