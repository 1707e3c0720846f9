package org.perceiveir.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * The commands of an operator, as he types them, on one cluster with a running service: each test
 * finds what the ones before it left.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class OperationsIT {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static OperatedCluster cluster;
  private static ServiceConfig config;

  @BeforeAll
  static void start() throws Exception {
    Path models = directory.resolve("models");
    Files.createDirectories(models.resolve("other"));
    cluster =
        new OperatedCluster(
            directory, Map.of("topics.partitions", "1", "models.directory", models.toString()));
    config = cluster.config();
    try (FramePublisher publisher = FramePublisher.open(config)) {
      for (long i = 0; i < 3; i++) {
        publisher
            .publish(
                new FrameIdentity("cam-1", 7L, i, null),
                RgbImage.wrap(4, 2, new byte[24]),
                i == 2 ? FrameEncoding.RGB8 : FrameEncoding.PNG)
            .join();
      }
    }
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(ClientSettings.producer(config))) {
      String nasty = "no avro \u001b[2J";
      producer.send(new ProducerRecord<>(config.inputTopic(), null, nasty.getBytes(UTF_8))).get();
    }
    cluster.service().start();
    settle();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static Books settle() {
    try (BookKeeper keeper = BookKeeper.open(config)) {
      return keeper.settle(LONG);
    }
  }

  private static CommandLineRun run(String... args) {
    return cluster.run(args);
  }

  private static CommandLineRun succeed(String... args) {
    return cluster.succeed(args);
  }

  @Test
  @Order(1)
  void shouldBalanceTheBooksPerSource() throws IOException {
    Path json = directory.resolve("books.json");

    CommandLineRun run = succeed("books", "--json", json.toString());

    assertThat(run.out())
        .containsPattern("cam-1 +0 +3 +3 +0 +0 +0 +0 +0 +0\\R")
        .containsPattern("unknown +0 +1 +0 +0 +0 +1 +0 +0 +0\\R")
        .containsPattern("total +4 +3 +0 +0 +1 +0 +0 +0\\R");
    JsonNode books = JSON.readTree(json.toFile());
    assertThat(books.get("missing").asInt()).isZero();
    assertThat(books.get("doubled").asInt()).isZero();
    JsonNode camera = books.at("/sources/cam-1");
    assertThat(camera.get("received").asInt()).isEqualTo(3);
    assertThat(camera.get("restored").asInt()).isEqualTo(3);
    for (String none : List.of("passedThrough", "shed", "deadLettered", "inFlight")) {
      assertThat(camera.get(none).asInt()).as(none).isZero();
    }
    assertThat(camera.at("/partitions/0/restored").asInt()).isEqualTo(3);
    assertThat(succeed("books", "--source", "unknown").out())
        .doesNotContain("cam-1")
        .containsPattern("total +1 +0 +0 +0 +1 ");
  }

  @Test
  @Order(2)
  void shouldCountAndShowDeadLettersWithoutObeyingThem() throws IOException {
    Path json = directory.resolve("dlq.json");
    Path saved = directory.resolve("letters");

    assertThat(succeed("dlq", "summary", "--json", json.toString()).out())
        .containsPattern("UNREADABLE_RECORD +unknown +1 +0 +0 ");
    assertThat(JSON.readTree(json.toFile()).at("/reasons/UNREADABLE_RECORD").asInt()).isEqualTo(1);

    CommandLineRun shown =
        succeed("dlq", "show", "--reason", "unreadable_record", "--save", saved.toString());
    assertThat(shown.out())
        .contains("UNREADABLE_RECORD", "origin   frames.degraded-0@3", "key      (null)")
        .contains("6e 6f 20 61 76 72 6f", "no avro .[2J")
        .doesNotContain("\u001b");
    assertThat(saved.resolve("dead-letter-p0-o0.bin")).hasContent("no avro \u001b[2J");
    assertThat(succeed("dlq", "show", "--partition", "0", "--offset", "0").out())
        .contains("replays  0");
    assertThat(run("dlq", "show", "--partition", "0", "--offset", "55").err())
        .contains("no letter at partition 0, offset 55", "dlq show lists")
        .hasLineCount(1);
  }

  @Test
  @Order(3)
  void shouldReplayALetterUntilItHasBeenTriedOftenEnough() {
    assertThat(succeed("dlq", "replay", "--all", "--dry-run").out()).contains("would send 1 ");

    for (int replay = 1; replay <= 2; replay++) {
      assertThat(succeed("dlq", "replay", "--all", "--max-attempts", "2").out())
          .contains("sent 1 records into frames.degraded");
      assertThat(settle().deadLettered()).isEqualTo(1 + replay);
    }

    assertThat(succeed("dlq", "replay", "--all", "--max-replays", "2").out())
        .contains("sent 0 records", "left out 1 that have been sent again 2 times")
        .contains("left out 2 that died again after a replay");
    assertThat(succeed("dlq", "show", "--last", "1").out())
        .contains("replays  2", "perceive.replay.of = frames.degraded-0@3");
    assertThat(succeed("dlq", "summary").out())
        .containsPattern("UNREADABLE_RECORD +unknown +3 +2 +0 ");
  }

  @Test
  @Order(4)
  void shouldReplayTheSpanOfASourceWithItsIdentity() throws IOException {
    String from = "2026-01-01T00:00:00Z";
    String to = String.valueOf(System.currentTimeMillis() + 1);
    String[] span = {"replay", "--source", "cam-1", "--from", from, "--to", to};

    String[] dry = Stream.concat(Stream.of(span), Stream.of("--dry-run")).toArray(String[]::new);
    assertThat(succeed(dry).out()).contains("would send 3 records of cam-1");
    assertThat(succeed(span).out()).contains("sent 3 records of cam-1 into frames.degraded");
    assertThat(settle().restored()).isEqualTo(6);

    Path saved = directory.resolve("telemetry");
    succeed("inspect", "--topic", "telemetry", "--last", "3", "--save", saved.toString());
    JsonNode telemetry = JSON.readTree(saved.resolve("cam-1-7-2.json").toFile());
    assertThat(telemetry.get("outcome").asText()).isEqualTo("RESTORED");
    assertThat(telemetry.get("attempt").asInt()).isEqualTo(1);
  }

  /** Who is told of one frame has its source, epoch and number, and a topic full of others. */
  @Test
  @Order(5)
  void shouldFindTheRecordsOfOneFrameOutcomeOrReason() {
    assertThat(succeed("inspect", "--topic", "telemetry", "--last", "100").out())
        .contains("9 records of telemetry.frames");
    assertThat(
            succeed(
                    "inspect",
                    "--topic",
                    "telemetry",
                    "--source",
                    "cam-1",
                    "--epoch",
                    "7",
                    "--sequence",
                    "2")
                .out())
        .contains("\"sequence\" : 2", "2 records of telemetry.frames")
        .doesNotContain("\"sequence\" : 1");
    assertThat(succeed("inspect", "--topic", "input", "--sequence", "2", "--last", "1").out())
        .contains("Frame", "1 records of frames.degraded");
    assertThat(succeed("inspect", "--topic", "telemetry", "--outcome", "dead_lettered").out())
        .contains("UNREADABLE_RECORD", "3 records of telemetry.frames");
    assertThat(
            succeed("inspect", "--topic", "telemetry", "--reason", "unreadable", "--last", "2")
                .out())
        .contains("2 records of telemetry.frames");
    assertThat(succeed("inspect", "--topic", "telemetry", "--outcome", "shed").out())
        .isEqualTo("0 records of telemetry.frames" + System.lineSeparator());
  }

  @Test
  @Order(5)
  void shouldShowAndSaveTheLastRecordsOfATopic() throws Exception {
    Path saved = directory.resolve("images");

    CommandLineRun run =
        succeed("inspect", "--topic", "frames.restored", "--last", "6", "--save", saved.toString());

    assertThat(run.out())
        .contains("org.perceiveir.schemas.avro.RestoredFrame", "<24 bytes>")
        .contains("\"sourceId\" : \"cam-1\"", "perceive.replay.attempt = 1")
        .contains("6 records of frames.restored");
    try (Stream<Path> files = Files.list(saved)) {
      assertThat(files).hasSize(6);
    }
    RgbImage image =
        new ImageDecoder(DecodeLimits.defaults())
            .decode(Files.readAllBytes(saved.resolve("cam-1-7-2.png")));
    assertThat(image.width()).isEqualTo(4);
    assertThat(run("inspect", "--topic", "frames.other").err())
        .contains("--topic frames.other", "frames.degraded")
        .hasLineCount(1);
    assertThat(succeed("inspect", "--topic", "dead-letter", "--last", "1").out())
        .contains("remark   no Avro")
        .doesNotContain("\u001b");
  }

  @Test
  @Order(5)
  void shouldOrderModelsAndTellWhatEveryInstanceAnswers() {
    assertThat(succeed("model", "status").out())
        .containsPattern("perceive-streams-.*  full  READY  mirror 1 on cpu, .* ms a frame\\R")
        .containsPattern("  light  EMPTY\\R")
        .containsPattern("  shadow  EMPTY\\R");
    assertThat(succeed("model", "unload").out()).contains("  full  READY  mirror 1 on cpu");

    CommandLineRun refused = run("model", "shadow", "--name", "other", "--share", "0.5");

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out()).contains("  shadow  FAILED: the models of this service cannot be");
    assertThat(refused.err()).contains("1 orders are refused").hasLineCount(1);
    assertThat(run("model", "load", "--name", "none").out())
        .contains("  full  FAILED  mirror 1 on cpu", "has no bundle 'none'; it has other");
    assertThat(run("model", "status").exitCode()).isEqualTo(1);
    assertThat(succeed("model", "unload", "--slot", "shadow").out()).contains("  shadow  EMPTY");
    succeed("model", "unload");
    succeed("model", "status");
  }

  @Test
  void shouldExitTwoWhenAnOptionIsWrong() {
    for (String[] wrong :
        new String[][] {
          {"books", "--timeout", "0"},
          {"dlq", "show", "--last", "0"},
          {"dlq", "show", "--partition", "0"},
          {"dlq", "replay"},
          {"dlq", "replay", "--all", "--reason", "X"},
          {"dlq", "replay", "--all", "--max-replays", "0"},
          {"inspect", "--topic", "input", "--last", "-1"},
          {"inspect", "--topic", "input", "--outcome", "shed"},
          {"inspect", "--topic", "telemetry", "--outcome", "lost"},
          {"model", "load", "--name", "../secret"},
          {"model", "load", "--name", "a", "--slot", "shadow"},
          {"model", "load", "--name", "a", "--sha256", "12"},
          {"model", "shadow", "--name", "a", "--share", "0"},
          {"model", "status", "--timeout", "0"},
          {"replay", "--source", "a", "--from", "yesterday", "--to", "1"},
          {"replay", "--source", "a", "--from", "2", "--to", "1"}
        }) {
      CommandLineRun run = run(wrong);

      assertThat(run.exitCode()).as(String.join(" ", wrong)).isEqualTo(2);
      assertThat(run.err()).hasLineCount(1);
    }
  }

  @Test
  void shouldSayOnOneLineWhatHelpsWhenTheTopicsAreMissing() throws IOException {
    Path other = directory.resolve("other.properties");
    Files.writeString(
        other,
        Files.readString(cluster.file())
            + "topic.input=no.a\ntopic.telemetry=no.b\ntopic.dead.letter=no.c\n");
    for (String[] command :
        new String[][] {
          {"books"},
          {"dlq", "summary"},
          {"dlq", "replay", "--all"},
          {"inspect", "--topic", "input"},
          {"replay", "--source", "a", "--from", "1", "--to", "2"}
        }) {
      CommandLineRun run =
          CommandLineRun.of(
              Stream.concat(Stream.of(command), Stream.of("--config", other.toString()))
                  .toArray(String[]::new));

      assertThat(run.exitCode()).as(command[0]).isEqualTo(1);
      assertThat(run.err()).contains("no.", "./perceive topics create --config ").hasLineCount(1);
    }
  }

  @Test
  @Order(6)
  void shouldExitOneAndNameTheOffsetsWhenRecordsAreMissing() throws Exception {
    cluster.service().close();
    TopicPartition input = new TopicPartition(config.inputTopic(), 0);
    try (FramePublisher publisher = FramePublisher.open(config);
        Admin admin = Admin.create(ClientSettings.admin(config))) {
      long offset = 0;
      for (long i = 0; i < 2; i++) {
        offset =
            publisher
                .publish(
                    new FrameIdentity("cam-2", 1L, i, null),
                    RgbImage.wrap(4, 2, new byte[24]),
                    FrameEncoding.PNG)
                .join()
                .offset();
      }
      // Somebody resets the group and skips the first of them.
      admin
          .alterConsumerGroupOffsets(
              config.applicationId(), Map.of(input, new OffsetAndMetadata(offset)))
          .all()
          .get();
      Path json = directory.resolve("missing.json");

      CommandLineRun run = run("books", "--json", json.toString());

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err())
          .contains("the books do not balance: 1 missing, 0 doubled", "./perceive replay")
          .hasLineCount(1);
      assertThat(run.out())
          .containsPattern("cam-2 +0 +2 +0 +0 +0 +0 +1 +1 +0\\R")
          .contains("missing: partition 0, offset " + (offset - 1) + ", source cam-2");
      JsonNode books = JSON.readTree(json.toFile());
      assertThat(books.get("missing").asInt()).isEqualTo(1);
      assertThat(books.at("/sources/cam-2/inFlight").asInt()).isEqualTo(1);
      assertThat(books.at("/missingOffsets/0/first").asLong()).isEqualTo(offset - 1);
      assertThat(run("books", "--source", "cam-1").exitCode()).isZero();
    }
  }

  private static String configuration(String name, String... pairs) throws Exception {
    Properties settings = new Properties();
    try (var reader = Files.newBufferedReader(cluster.file())) {
      settings.load(reader);
    }
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    Path path = directory.resolve(name);
    try (var writer = Files.newBufferedWriter(path)) {
      settings.store(writer, null);
    }
    return path.toString();
  }

  @Test
  void shouldFindNothingToMendWhenEverythingIsThere() throws Exception {
    String healthy =
        configuration(
            "healthy.properties",
            "bundle",
            "../models/compact",
            "tiers.perceiver",
            "../models/compact-perceiver",
            "device",
            "cpu",
            "warmup.frames",
            "1");

    CommandLineRun run = CommandLineRun.of("doctor", "--config", healthy);

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("8 topics on " + cluster.bootstrapServers())
        .contains("7 schemas are in " + cluster.registryUrl())
        .contains("bundle compact 1+")
        .contains("perceiver compact-perceiver")
        .contains("stream.threads=2 but topic frames.degraded has 1 partitions")
        .endsWith("the service can be started" + System.lineSeparator());
  }

  @Test
  void shouldTellEveryProblemWithWhatMendsIt() throws Exception {
    String broken =
        configuration(
            "broken.properties",
            "topic.restored",
            "nowhere",
            "schema.registry.url",
            "http://127.0.0.1:1",
            "schema.registry.max.retries",
            "0",
            "kafka.producer.max.request.size",
            "1000",
            "payload.output.root",
            directory.resolve("gone").toString(),
            "bundle",
            directory.resolve("no-bundle").toString());

    CommandLineRun run = CommandLineRun.of("doctor", "--config", broken);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out().lines())
        .anyMatch(
            line ->
                line.startsWith("PROBLEM  topics")
                    && line.contains("topics missing on")
                    && line.contains(
                        "nowhere; create them with: perceive topics create --config " + broken))
        .anyMatch(
            line ->
                line.startsWith("PROBLEM  sizes")
                    && line.contains("kafka.producer.max.request.size=1000")
                    && line.contains("leave it out"))
        .anyMatch(
            line -> line.startsWith("PROBLEM  registry") && line.contains("http://127.0.0.1:1"))
        .anyMatch(
            line ->
                line.startsWith("PROBLEM  directories")
                    && line.contains("payload.output.root=")
                    && line.contains("mkdir -p"))
        .anyMatch(line -> line.startsWith("PROBLEM  networks") && line.contains("no-bundle"))
        .anyMatch(line -> line.startsWith("skipped  limits"))
        .last()
        .isEqualTo("5 to mend");
  }
}
