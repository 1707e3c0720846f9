package org.perceiveir.streams.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.JsonProperties;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.schemas.avro.QualityAlert;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.SourceTelemetry;

/** Writes docs/schemas.md from the Avro schemas and the settings of the topics. */
class SchemaReferenceTest {
  /**
   * A topic's records.
   *
   * @param setting the configuration key that names the topic
   * @param key what the records' keys are
   * @param value the schema of the values; bytes where they are what came
   */
  private record Row(String setting, String key, Schema value) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("topic.input", "source id", Frame.getClassSchema()),
          new Row("topic.restored", "source id, from the frame", RestoredFrame.getClassSchema()),
          new Row(
              "topic.telemetry",
              "source id, from the frame; the record's own key or `unknown` where none was read",
              FrameTelemetry.getClassSchema()),
          new Row("topic.dead.letter", "the record's own bytes, or `unknown`", bytes()),
          new Row("topic.sources", "source", SourceTelemetry.getClassSchema()),
          new Row("topic.alerts", "`source\\|kind`", QualityAlert.getClassSchema()),
          new Row(
              "topic.model.control", "name of the slot, or `STATUS`", ModelOrder.getClassSchema()),
          new Row("topic.model.status", "`instance\\|slot`", ModelStatus.getClassSchema()));

  private static Schema bytes() {
    return Schema.create(Schema.Type.BYTES);
  }

  private static ServiceConfig everything() {
    return ServiceConfig.of(
        Map.of(
            "kafka.bootstrap.servers", "localhost:9092",
            "schema.registry.url", "http://localhost:8081",
            "models.directory", "models"));
  }

  /** The page goes stale unnoticed otherwise. */
  @Test
  void shouldDescribeEveryFieldInTheReferencePage() throws Exception {
    Path page = Path.of("..", "docs", "schemas.md");
    if (Boolean.getBoolean("perceive.docs.write")) {
      Files.writeString(page, markdown());
    }

    assertThat(page)
        .withFailMessage(
            "docs/schemas.md is not what the schemas say; write it with -Dperceive.docs.write=true")
        .hasContent(markdown());
  }

  /** A topic that is made and not described would be a riddle. */
  @Test
  void shouldDescribeEveryTopicThatIsMade() {
    Set<String> made = new TreeSet<>();
    everything().topics().forEach(topic -> made.add(topic.key()));
    Set<String> described = new TreeSet<>();
    ROWS.forEach(row -> described.add(row.setting()));

    assertThat(described).isEqualTo(made);
  }

  private static String markdown() {
    StringBuilder page =
        new StringBuilder(
            """
            # Topics and schemas

            Generated from the Avro schemas in `schemas/src/main/avro` and from the defaults of the configuration; a test compares them.

            Values are Confluent's wire format: byte `0x00`, schema id (4 bytes, big-endian), Avro binary; the subject is `TOPIC-value`. Keys are UTF-8 text.
            Readers must use `isolation.level=read_committed`. [The module](../schemas/README.md) has the serde and the rules of change.

            ## Topics

            | topic | setting | key | value | partitions | cleanup | largest record |
            |---|---|---|---|---|---|---|
            """);
    Map<String, TopicSpec> topics =
        everything().topics().stream().collect(Collectors.toMap(TopicSpec::key, topic -> topic));
    for (Row row : ROWS) {
      TopicSpec topic = Objects.requireNonNull(topics.get(row.setting()), row.setting());
      page.append(
          "| `%s` | `%s` | %s | %s | %d | %s | %,d bytes |\n"
              .formatted(
                  topic.name(),
                  row.setting(),
                  row.key(),
                  row.value().getType() == Schema.Type.RECORD
                      ? link(row.value())
                      : "the record's own bytes",
                  topic.partitions(),
                  topic.cleanup().policy(),
                  topic.maxMessageBytes()));
    }
    page.append(
        """

        Partitions, retention and sizes are those of `topics create` by default ([configuration](configuration.md)). The topics of models are made only with
        `models.directory`. Headers of dead letters and of frames that are sent again: [dead letters](decisions/dead-letters.md). Header of an input
        record: `priority`, -100 to 100 as text ([shedding](decisions/shedding.md)).
        """);
    Map<String, Schema> named = new LinkedHashMap<>();
    Set<String> values = new LinkedHashSet<>();
    ROWS.stream()
        .map(Row::value)
        .filter(value -> value.getType() == Schema.Type.RECORD)
        .forEach(
            value -> {
              values.add(value.getName());
              named.put(value.getName(), value);
            });
    ROWS.forEach(row -> collect(row.value(), named));
    page.append("\n## Values of the topics\n");
    named.values().stream()
        .filter(schema -> values.contains(schema.getName()))
        .forEach(schema -> describe(schema, page));
    page.append("\n## Types within them\n");
    named.values().stream()
        .filter(schema -> !values.contains(schema.getName()))
        .forEach(schema -> describe(schema, page));
    return page.toString();
  }

  private static void describe(Schema schema, StringBuilder page) {
    page.append("\n### ").append(schema.getName()).append("\n\n");
    page.append(cell(schema.getDoc())).append('\n');
    switch (schema.getType()) {
      case RECORD -> {
        page.append("\n| field | type | default | meaning |\n|---|---|---|---|\n");
        for (Schema.Field field : schema.getFields()) {
          page.append(
              "| `%s` | %s | %s | %s |\n"
                  .formatted(
                      field.name(), type(field.schema()), defaultOf(field), cell(field.doc())));
        }
      }
      case ENUM ->
          page.append("\nEnum: ")
              .append(
                  schema.getEnumSymbols().stream()
                      .map(symbol -> "`" + symbol + "`")
                      .collect(Collectors.joining(", ")))
              .append(".\n");
      case FIXED -> page.append("\nFixed, ").append(schema.getFixedSize()).append(" bytes.\n");
      default -> throw new IllegalStateException("no named type: " + schema);
    }
  }

  private static void collect(Schema schema, Map<String, Schema> named) {
    switch (schema.getType()) {
      case RECORD -> {
        named.putIfAbsent(schema.getName(), schema);
        schema.getFields().forEach(field -> collect(field.schema(), named));
      }
      case ENUM, FIXED -> named.putIfAbsent(schema.getName(), schema);
      case UNION -> schema.getTypes().forEach(type -> collect(type, named));
      case ARRAY -> collect(schema.getElementType(), named);
      case MAP -> collect(schema.getValueType(), named);
      default -> {}
    }
  }

  private static String type(Schema schema) {
    return switch (schema.getType()) {
      case RECORD, ENUM, FIXED -> link(schema);
      case UNION ->
          IntStream.range(0, schema.getTypes().size())
              .mapToObj(i -> type(schema.getTypes().get(i)))
              .collect(Collectors.joining(" or "));
      case ARRAY -> "array of " + type(schema.getElementType());
      case MAP -> "map of text to " + type(schema.getValueType());
      default -> schema.getType().getName();
    };
  }

  private static String defaultOf(Schema.Field field) {
    if (!field.hasDefaultValue()) {
      return "required";
    }
    Object value = field.defaultVal();
    if (value == JsonProperties.NULL_VALUE) {
      return "null";
    }
    if (value instanceof Map<?, ?> map) {
      return map.isEmpty() ? "empty" : "all null";
    }
    return String.valueOf(value);
  }

  private static String link(Schema schema) {
    return "[%s](#%s)".formatted(schema.getName(), schema.getName().toLowerCase(Locale.ROOT));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
