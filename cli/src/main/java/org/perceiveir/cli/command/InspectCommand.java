package org.perceiveir.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.TopicSpec;
import org.perceiveir.streams.inspect.FileNames;
import org.perceiveir.streams.inspect.InspectedRecord;
import org.perceiveir.streams.inspect.RecordFilter;
import org.perceiveir.streams.inspect.RecordReader;
import org.perceiveir.streams.inspect.TopicTail;
import org.perceiveir.streams.log.PlainText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive inspect}. */
@Command(
    name = "inspect",
    description = {
      "Shows the last committed records of a topic, decoded.",
      "Oldest first, by the schema that they were written with; a value that is no Avro is shown as"
          + " bytes.",
      "With conditions the topic is looked through from its end until enough records fulfil all."
    })
public final class InspectCommand implements Callable<Integer> {
  private static final int DUMPED_BYTES = 64;

  @Spec private CommandSpec spec;

  @Mixin private ConfigOption config;

  @Option(
      names = "--topic",
      paramLabel = "T",
      required = true,
      description =
          "One of the topics of the configuration, by name or as input, restored, telemetry,"
              + " dead-letter, sources or alerts.")
  private String topic;

  @Mixin private LastOption last;

  @Option(
      names = "--source",
      paramLabel = "S",
      description = "Only records of this source: the one in the record, else the record's key.")
  private @Nullable String source;

  @Option(names = "--epoch", paramLabel = "E", description = "Only frames of this epoch.")
  private @Nullable Long epoch;

  @Option(names = "--sequence", paramLabel = "N", description = "Only frames with this number.")
  private @Nullable Long sequence;

  @Option(
      names = "--outcome",
      paramLabel = "O",
      description = "Only telemetry with this outcome: ${COMPLETION-CANDIDATES}.")
  private @Nullable FrameOutcome outcome;

  @Option(
      names = "--reason",
      paramLabel = "CODE",
      description = "Only telemetry whose reason begins so, such as TOO_OLD.")
  private @Nullable String reason;

  @Option(
      names = "--save",
      paramLabel = "DIR",
      description =
          "Write each image as SOURCE-EPOCH-SEQUENCE.png or .jpg, and telemetry and alerts as"
              + " .json. Images outside Kafka are read where the configuration allows it.")
  private @Nullable Path directory;

  @Override
  public Integer call() throws IOException {
    int count = last.count();
    return config.use(service -> inspect(service, count));
  }

  private void inspect(ServiceConfig service, int count) throws IOException {
    String name = name(service);
    if ((outcome != null || reason != null) && !name.equals(service.telemetryTopic())) {
      throw new ParameterException(
          spec.commandLine(),
          "--outcome and --reason are of telemetry, not of "
              + name
              + ": use --topic telemetry, or for dead letters: dlq show --reason");
    }
    RecordFilter filter =
        new RecordFilter(
            Optional.ofNullable(source),
            Optional.ofNullable(epoch),
            Optional.ofNullable(sequence),
            Optional.ofNullable(outcome).map(FrameOutcome::name),
            Optional.ofNullable(reason));
    FileNames names = new FileNames();
    PrintWriter out = spec.commandLine().getOut();
    try (RecordReader reader =
        directory == null ? RecordReader.of(service) : RecordReader.withPayloads(service)) {
      List<ConsumerRecord<byte[], byte[]>> records =
          TopicTail.read(service, name, count, record -> reader.matches(filter, record));
      for (ConsumerRecord<byte[], byte[]> record : records) {
        InspectedRecord inspected = reader.read(record);
        print(out, inspected);
        if (directory != null && inspected.file().isPresent()) {
          InspectedRecord.File file = inspected.file().get();
          String place = "p" + record.partition() + "-o" + record.offset();
          Path path = directory.resolve(names.unique(file.stem(), place, file.extension()));
          WholeFile.write(path, file.content());
          out.println("  saved    " + path);
        }
      }
      out.println(records.size() + " records of " + name);
    }
    out.flush();
  }

  private String name(ServiceConfig service) {
    Map<String, String> aliases =
        Map.of(
            "input", service.inputTopic(),
            "restored", service.restoredTopic(),
            "telemetry", service.telemetryTopic(),
            "dead-letter", service.deadLetterTopic(),
            "sources", service.aggregates().sourcesTopic(),
            "alerts", service.aggregates().alertsTopic());
    List<String> names = service.topics().stream().map(TopicSpec::name).toList();
    if (names.contains(topic)) {
      return topic;
    }
    String alias = aliases.get(topic);
    if (alias == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--topic "
              + topic
              + " is none of the configuration's: "
              + names.stream().collect(Collectors.joining(", ")));
    }
    return alias;
  }

  private static void print(PrintWriter out, InspectedRecord inspected) {
    ConsumerRecord<byte[], byte[]> record = inspected.record();
    out.println(
        record.topic()
            + " partition "
            + record.partition()
            + " offset "
            + record.offset()
            + " at "
            + Instant.ofEpochMilli(record.timestamp()));
    out.println("  key      " + PlainText.of(record.key()));
    for (Header header : record.headers()) {
      out.println(
          "  header   " + PlainText.of(header.key(), 100) + " = " + PlainText.of(header.value()));
    }
    byte[] value = record.value();
    int bytes = value == null ? 0 : value.length;
    out.println(
        "  value    "
            + bytes
            + " bytes"
            + inspected.schema().map(s -> ", " + PlainText.of(s)).orElse(""));
    inspected.json().map(JsonNode::toPrettyString).ifPresent(json -> printJson(out, json));
    inspected.remark().ifPresent(r -> out.println("  remark   " + PlainText.of(r, 500)));
    if (inspected.json().isEmpty() && value != null && value.length > 0) {
      out.println(PlainText.dump(value, DUMPED_BYTES, "    "));
    }
  }

  private static void printJson(PrintWriter out, String json) {
    json.lines().forEach(line -> out.println("    " + PlainText.of(line)));
  }
}
