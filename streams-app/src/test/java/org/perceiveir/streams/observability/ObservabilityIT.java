package org.perceiveir.streams.observability;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.http.OperationsServer;
import org.perceiveir.streams.meters.Metric;
import org.perceiveir.streams.service.KafkaForTests;
import org.perceiveir.streams.service.PerceiveService;
import org.perceiveir.streams.topology.BadFrames;

/** What a service on a real broker shows, asked from outside. */
class ObservabilityIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final String TOKEN = "0123456789abcdef";

  private final KafkaForTests kafka = KafkaForTests.get();
  private final HttpClient client = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();

  private HttpResponse<String> get(int port, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode body(HttpResponse<String> response) throws IOException {
    return json.readTree(response.body());
  }

  private static int awaitPort(PerceiveService service) {
    await().atMost(LONG).until(() -> service.observability().server().isPresent());
    return service.observability().server().map(OperationsServer::port).orElseThrow();
  }

  /** Samples by name and tags, as Prometheus reads them. */
  private static Map<String, Double> samples(String scraped) {
    Map<String, Double> samples = new HashMap<>();
    for (String line : scraped.split("\n", -1)) {
      if (!line.isEmpty() && !line.startsWith("#")) {
        int space = line.lastIndexOf(' ');
        samples.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
      }
    }
    return samples;
  }

  private static double sum(Map<String, Double> samples, String prefix) {
    return samples.entrySet().stream()
        .filter(e -> e.getKey().startsWith(prefix))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static void publishLate(ServiceConfig config, String source) {
    long captured = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now().minusSeconds(40));
    try (FramePublisher publisher = FramePublisher.open(config)) {
      publisher
          .publish(
              new FrameIdentity(source, 1L, 0L, captured),
              BadFrames.image(16, 8),
              FrameEncoding.PNG)
          .join();
    }
  }

  private static void publishEmptyRecords(ServiceConfig config, int records) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(ClientSettings.producer(config))) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>(config.inputTopic(), new byte[0])).get();
      }
    }
  }

  @Test
  void shouldAnswerFromTheStartAndTellWhatTheBooksTell(@TempDir Path dir) throws Exception {
    ServiceConfig config =
        kafka.config(
            "observed",
            "http.port",
            "0",
            "metrics.sources.max",
            "2",
            "topics.partitions",
            "1",
            "frame.max.age.ms",
            "30000",
            "books.audit.interval.ms",
            "1000");
    CountDownLatch loads = new CountDownLatch(1);
    CountDownLatch mayLoad = new CountDownLatch(1);
    int port;
    try (PerceiveService service =
        new PerceiveService(
            config,
            () -> {
              loads.countDown();
              try {
                mayLoad.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return new FakeRestorer();
            })) {
      CompletableFuture<Void> started = CompletableFuture.runAsync(service::start);
      port = awaitPort(service);
      loads.await();
      checkStarting(port);
      mayLoad.countDown();
      started.join();
      await().atMost(LONG).until(() -> get(port, "/health/ready").statusCode() == 200);

      KafkaForTests.publish(config, "a", 5);
      KafkaForTests.publish(config, "b", 4);
      KafkaForTests.publish(config, "c", 2);
      KafkaForTests.publish(config, "d", 1);
      publishLate(config, "e");
      publishEmptyRecords(config, 2);
      Books books;
      try (BookKeeper keeper = BookKeeper.open(config)) {
        books = keeper.settle(LONG);
      }
      await().atMost(LONG).until(() -> isSettled(samples(get(port, "/metrics").body()), books));
      HttpResponse<String> scraped = get(port, "/metrics");

      assertThat(scraped.headers().firstValue("Content-Type")).hasValue(Observability.PROMETHEUS);
      checkFigures(samples(scraped.body()), books);
      checkCatalogue(scraped.body());
      checkByPromtool(scraped.body(), dir);
      checkFurtherCondition(service, port);
    }
    assertThatThrownBy(() -> get(port, "/health/live")).isInstanceOf(ConnectException.class);
  }

  /** Whether the service's own audit has come as far as ours. */
  private static boolean isSettled(Map<String, Double> samples, Books books) {
    return samples.getOrDefault("perceive_books_records{entry=\"received\"}", -1.0)
            == books.received()
        && samples.getOrDefault("perceive_books_records{entry=\"in_flight\"}", -1.0) == 0;
  }

  private void checkStarting(int port) throws Exception {
    HttpResponse<String> live = get(port, "/health/live");
    HttpResponse<String> ready = get(port, "/health/ready");
    assertThat(live.statusCode()).isEqualTo(200);
    assertThat(body(live).path("live").asBoolean()).isTrue();
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(body(ready).path("ready").asBoolean()).isFalse();
    assertThat(body(ready).path("service").asText()).isEqualTo("STARTING");
    assertThat(body(ready).path("missing").toString())
        .isEqualTo("[\"bundle warm\",\"service RUNNING\",\"streams RUNNING\"]");
    assertThat(samples(get(port, "/metrics").body()))
        .containsEntry("perceive_service_state{state=\"STARTING\"}", 1.0)
        .containsEntry("perceive_ready", 0.0)
        .containsEntry("perceive_model_ready", 0.0)
        .containsEntry("perceive_books_balanced", Double.NaN)
        .containsEntry("perceive_window_frames", Double.NaN);
  }

  /** What a program that embeds the service asks for besides. */
  private void checkFurtherCondition(PerceiveService service, int port) throws Exception {
    AtomicBoolean calibrated = new AtomicBoolean();
    service.observability().requireForReady("cameras calibrated", calibrated::get);

    HttpResponse<String> waiting = get(port, "/health/ready");
    assertThat(waiting.statusCode()).isEqualTo(503);
    assertThat(body(waiting).path("missing").toString()).isEqualTo("[\"cameras calibrated\"]");

    calibrated.set(true);
    assertThat(get(port, "/health/ready").statusCode()).isEqualTo(200);
  }

  private static void checkFigures(Map<String, Double> samples, Books books) {
    assertThat(books.restored()).isEqualTo(12);
    assertThat(books.deadLettered()).isEqualTo(2);
    assertThat(samples)
        .containsEntry("perceive_frames_total{outcome=\"restored\",source=\"a\"}", 5.0)
        .containsEntry("perceive_frames_total{outcome=\"restored\",source=\"b\"}", 4.0)
        .containsEntry("perceive_frames_total{outcome=\"restored\",source=\"other\"}", 3.0)
        .containsEntry("perceive_frames_total{outcome=\"dead_lettered\",source=\"none\"}", 2.0)
        .containsEntry("perceive_frames_total{outcome=\"shed\",source=\"other\"}", 1.0)
        .containsEntry("perceive_shed_frames_total{reason=\"TOO_OLD\",source=\"other\"}", 1.0)
        .containsEntry("perceive_dead_letters_total{reason=\"EMPTY_VALUE\"}", 2.0)
        .containsEntry("perceive_books_records{entry=\"restored\"}", (double) books.restored())
        .containsEntry("perceive_books_records{entry=\"dead_lettered\"}", 2.0)
        .containsEntry("perceive_books_records{entry=\"in_flight\"}", 0.0)
        .containsEntry("perceive_books_records{entry=\"missing\"}", 0.0)
        .containsEntry("perceive_books_balanced", 1.0)
        .containsEntry("perceive_service_state{state=\"RUNNING\"}", 1.0)
        .containsEntry("perceive_service_state{state=\"STARTING\"}", 0.0)
        .containsEntry("perceive_ready", 1.0)
        .containsEntry("perceive_bundle_info{device=\"cpu\",name=\"fake\",version=\"1\"}", 1.0)
        .containsEntry("perceive_window_frames", 0.0)
        .containsEntry("perceive_thread_failures_total", 0.0);
    assertThat(sum(samples, "perceive_frames_total{")).isEqualTo((double) books.received());
    for (String stage : List.of("decode", "queue", "infer", "encode")) {
      assertThat(samples)
          .containsEntry("perceive_stage_seconds_count{stage=\"" + stage + "\"}", 12.0);
    }
    assertThat(samples)
        .containsEntry("perceive_frame_age_seconds_count", 13.0)
        .containsEntry("perceive_batch_size_frames_count", 12.0)
        .containsEntry("perceive_batch_size_frames_bucket{le=\"256.0\"}", 12.0);
    assertThat(samples.get("perceive_window_limit_frames")).isGreaterThanOrEqualTo(1);
    assertThat(samples.get("perceive_books_audit_age_seconds")).isCloseTo(0, within(90.0));
    assertThat(samples.get("process_resident_memory_bytes")).isGreaterThan(1 << 24);
    assertThat(samples.keySet())
        .anyMatch(name -> name.startsWith("jvm_memory_used_bytes"))
        .anyMatch(name -> name.startsWith("kafka_stream_thread_process_total"))
        .anyMatch(name -> name.startsWith("kafka_consumer_fetch_manager_records_consumed_total"))
        .anyMatch(name -> name.startsWith("kafka_producer_record_send_total"));
    // Whatever Kafka and the sources add: a scrape stays small.
    assertThat(samples).hasSizeLessThan(4_000);
  }

  /** The page names what is served, and nothing is served without a description. */
  private static void checkCatalogue(String scraped) {
    List<String> lines = Arrays.asList(scraped.split("\n", -1));
    for (Metric metric : Metric.values()) {
      assertThat(lines)
          .as(metric.toString())
          .anyMatch(line -> line.startsWith("# HELP " + metric.prometheusName() + " "))
          .anyMatch(line -> line.matches(metric.prometheusName() + "(_count)?[ {].*"));
    }
    List<String> helped =
        lines.stream().filter(l -> l.startsWith("# HELP ")).map(l -> l.split(" ", -1)[2]).toList();
    assertThat(lines)
        .filteredOn(line -> line.startsWith("# HELP "))
        .allMatch(line -> line.matches("# HELP \\S+ \\S.*"));
    assertThat(lines)
        .filteredOn(line -> line.startsWith("# TYPE "))
        .extracting(line -> line.split(" ", -1)[2])
        .containsExactlyElementsOf(helped)
        .doesNotHaveDuplicates();
  }

  /** Prometheus' own opinion, where it is installed. */
  private static void checkByPromtool(String scraped, Path dir) throws Exception {
    Optional<Path> promtool =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":", -1))
            .map(directory -> Path.of(directory, "promtool"))
            .filter(Files::isExecutable)
            .findFirst();
    if (promtool.isPresent()) {
      Path file = Files.writeString(dir.resolve("metrics.txt"), scraped);
      Process check =
          new ProcessBuilder(promtool.get().toString(), "check", "metrics")
              .redirectInput(file.toFile())
              .redirectErrorStream(true)
              .start();
      String said = new String(check.getInputStream().readAllBytes(), UTF_8);
      assertThat(said.lines().filter(line -> line.contains("perceive_"))).isEmpty();
      assertThat(said).doesNotContain("no help text");
    }
  }

  @Test
  void shouldNotBeLiveOnceItHasFailedAndTellStrangersNoMore() throws Exception {
    ServiceConfig config =
        ServiceConfig.of(kafka.settings("observed-failed", "http.port", "0", "http.token", TOKEN));
    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
      assertThatThrownBy(service::start).isInstanceOf(ConfigurationException.class);
      int port = awaitPort(service);

      HttpResponse<String> live = get(port, "/health/live");
      assertThat(live.statusCode()).isEqualTo(503);
      assertThat(live.body()).isEqualTo("{\"live\":false}");
      assertThat(get(port, "/health/ready").body()).isEqualTo("{\"ready\":false}");
      assertThat(get(port, "/metrics").statusCode()).isEqualTo(401);
      String[] token = {"Authorization", "Bearer " + TOKEN};
      assertThat(body(get(port, "/health/live", token)).path("service").asText())
          .isEqualTo("FAILED");
      assertThat(samples(get(port, "/metrics", token).body()))
          .containsEntry("perceive_service_state{state=\"FAILED\"}", 1.0);
    }
  }
}
