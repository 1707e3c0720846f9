package org.perceiveir.schemas.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaFormatter;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.perceiveir.schemas.serde.AvroTrust;

/**
 * Each version of a schema that was ever published stands in {@code golden} with bytes written by
 * it: {@code <Record>.v<n>.avsc} and {@code <Record>.v<n>.hex}. Records outlive the programs that
 * wrote them; a reader that no longer understands an old version loses them.
 */
class GoldenRecordTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  static {
    AvroTrust.install();
  }

  @TestFactory
  Stream<DynamicTest> shouldHaveNewestKeptVersionEqualToTheSchemaAndItsBytes() {
    return samples()
        .map(
            sample ->
                dynamicTest(
                    sample.getKey(),
                    () -> {
                      SpecificRecord record = sample.getValue();
                      String schema =
                          SchemaFormatter.format("json/pretty", record.getSchema()) + "\n";
                      String bytes = hex(record);
                      int newest = newestVersion(sample.getKey());
                      boolean kept =
                          newest > 0
                              && read(sample.getKey(), newest, "avsc").equals(schema)
                              && read(sample.getKey(), newest, "hex").strip().equals(bytes);
                      if (!kept) {
                        Path candidates = Files.createDirectories(Path.of("target/golden"));
                        String name = sample.getKey() + ".v" + (newest + 1);
                        Files.writeString(candidates.resolve(name + ".avsc"), schema);
                        Files.writeString(candidates.resolve(name + ".hex"), bytes + "\n");
                      }
                      assertThat(kept)
                          .as(
                              "the schema of %s or what it writes has changed: if that is meant,"
                                  + " copy target/golden/%s.v%d.* to %s and keep the old files",
                              sample.getKey(), sample.getKey(), newest + 1, GOLDEN)
                          .isTrue();
                    }));
  }

  @TestFactory
  Stream<DynamicTest> shouldReadEveryKeptVersion() {
    return samples()
        .flatMap(
            sample ->
                Stream.iterate(1, version -> version + 1)
                    .limit(newestVersion(sample.getKey()))
                    .map(
                        version ->
                            dynamicTest(
                                sample.getKey() + ".v" + version,
                                () -> assertReadable(sample, version))));
  }

  /** A consumer that does not know the reference yet must not fail on records that have none. */
  @Test
  void shouldLetReadersOfTheFirstVersionReadRestoredFrames() throws IOException {
    Schema first = new Schema.Parser().parse(read("RestoredFrame", 1, "avsc"));
    assertThat(
            SchemaCompatibility.checkReaderWriterCompatibility(
                    first, RestoredFrame.getClassSchema())
                .getType())
        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    byte[] bytes = HexFormat.of().parseHex(hex(SampleRecords.restoredFrame()));
    GenericRecord old =
        new GenericDatumReader<GenericRecord>(RestoredFrame.getClassSchema(), first)
            .read(null, DecoderFactory.get().binaryDecoder(bytes, null));
    assertThat(old.get("image")).isEqualTo(SampleRecords.restoredFrame().getImage());
    assertThat(old.get("bundleName")).hasToString("compact");
  }

  private static void assertReadable(Map.Entry<String, SpecificRecord> sample, int version)
      throws IOException {
    SpecificRecord expected = sample.getValue();
    Schema old = new Schema.Parser().parse(read(sample.getKey(), version, "avsc"));
    assertThat(
            SchemaCompatibility.checkReaderWriterCompatibility(expected.getSchema(), old).getType())
        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);

    byte[] bytes = HexFormat.of().parseHex(read(sample.getKey(), version, "hex").strip());
    SpecificRecord record =
        new SpecificDatumReader<SpecificRecord>(old, expected.getSchema())
            .read(null, DecoderFactory.get().binaryDecoder(bytes, null));
    for (Schema.Field field : old.getFields()) {
      Schema.Field current = expected.getSchema().getField(field.name());
      if (current != null) {
        assertThat(record.get(current.pos()))
            .as(field.name())
            .isEqualTo(expected.get(current.pos()));
      }
    }
  }

  private static Stream<Map.Entry<String, SpecificRecord>> samples() {
    return SampleRecords.all().entrySet().stream().sorted(Map.Entry.comparingByKey());
  }

  private static int newestVersion(String name) {
    int version = 0;
    while (Files.exists(GOLDEN.resolve(name + ".v" + (version + 1) + ".avsc"))) {
      version++;
    }
    return version;
  }

  private static String read(String name, int version, String extension) throws IOException {
    return Files.readString(GOLDEN.resolve(name + ".v" + version + "." + extension));
  }

  private static String hex(SpecificRecord record) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    new SpecificDatumWriter<SpecificRecord>(record.getSchema()).write(record, encoder);
    encoder.flush();
    return HexFormat.of().formatHex(out.toByteArray());
  }
}
