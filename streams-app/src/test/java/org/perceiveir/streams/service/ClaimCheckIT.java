package org.perceiveir.streams.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.Sha256;
import org.perceiveir.schemas.frame.FramePayload;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.payload.LocalHttps;
import org.perceiveir.streams.payload.PayloadReader;
import org.perceiveir.streams.payload.PayloadStore;
import org.perceiveir.streams.payload.References;
import org.perceiveir.streams.topology.DeadLetterReason;
import org.perceiveir.streams.topology.DeadLetters;

/** Pixels outside Kafka through the service, both ways; what becomes of each attack. */
class ClaimCheckIT {
  private static final RgbImage IMAGE = image();
  private static final byte[] PNG = ImageEncoder.encode(IMAGE, ImageFormat.PNG);

  @TempDir private Path directory;

  private static RgbImage image() {
    byte[] rgb = new byte[16 * 8 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i * 31);
    }
    return RgbImage.wrap(16, 8, rgb);
  }

  @Test
  void shouldRestoreWhatReferencesAllowAndDeadLetterEachAttackByItsReason() throws Exception {
    Path root = Files.createDirectory(directory.resolve("root"));
    Path results = Files.createDirectory(directory.resolve("results"));
    Path secret = Files.write(directory.resolve("secret.png"), PNG);
    Files.createSymbolicLink(root.resolve("link.png"), secret);
    Files.write(root.resolve("frame.png"), PNG);
    try (LocalHttps server = LocalHttps.start(directory);
        LocalHttps unlisted = LocalHttps.start(Files.createDirectory(directory.resolve("other")))) {
      String origin = "https://localhost:" + server.port();
      server.page("/frame.png", PNG);
      server.page(
          "/redirect.png",
          exchange -> {
            exchange.getResponseHeaders().set("Location", origin + "/frame.png");
            LocalHttps.send(exchange, 302, new byte[0]);
          });
      server.page("/down.png", exchange -> LocalHttps.send(exchange, 503, new byte[0]));
      ServiceConfig config =
          KafkaForTests.get()
              .config(
                  "claim-check",
                  "topics.partitions",
                  "1",
                  "frame.max.bytes",
                  "65536",
                  "payload.file.roots",
                  root.toString(),
                  "payload.https.origins",
                  origin,
                  "payload.https.private.addresses",
                  "true",
                  "payload.https.truststore",
                  server.certificate().toString(),
                  "payload.timeout.ms",
                  "20000",
                  "payload.output.root",
                  results.toString(),
                  "payload.output.min.bytes",
                  "0");
      Sha256 digest = References.to("", PNG).getSha256();
      Map<ExternalPayload, DeadLetterReason> attacks = new LinkedHashMap<>();
      String inside = "file://" + root;
      attacks.put(
          References.to(inside + "/../secret.png", PNG), DeadLetterReason.PAYLOAD_NOT_ALLOWED);
      attacks.put(
          References.to(inside + "/%2e%2e/secret.png", PNG), DeadLetterReason.PAYLOAD_NOT_ALLOWED);
      attacks.put(References.to(inside + "/link.png", PNG), DeadLetterReason.PAYLOAD_NOT_ALLOWED);
      attacks.put(
          References.to(origin + "/redirect.png", PNG), DeadLetterReason.PAYLOAD_NOT_ALLOWED);
      attacks.put(
          References.to("https://localhost:" + unlisted.port() + "/frame.png", PNG),
          DeadLetterReason.PAYLOAD_NOT_ALLOWED);
      attacks.put(References.to(inside + "/none.png", PNG), DeadLetterReason.PAYLOAD_MISSING);
      attacks.put(References.to(origin + "/none.png", PNG), DeadLetterReason.PAYLOAD_MISSING);
      attacks.put(
          new ExternalPayload(inside + "/frame.png", PNG.length + 1L, digest),
          DeadLetterReason.PAYLOAD_SIZE_MISMATCH);
      attacks.put(
          new ExternalPayload(origin + "/frame.png", PNG.length - 1L, digest),
          DeadLetterReason.PAYLOAD_SIZE_MISMATCH);
      attacks.put(
          new ExternalPayload(inside + "/frame.png", (long) PNG.length, new Sha256(new byte[32])),
          DeadLetterReason.PAYLOAD_HASH_MISMATCH);
      attacks.put(References.to(origin + "/down.png", PNG), DeadLetterReason.PAYLOAD_UNREACHABLE);
      try (FramePublisher publisher = FramePublisher.open(config)) {
        long sequence = 0;
        for (ExternalPayload attack : attacks.keySet()) {
          refer(publisher, sequence++, attack);
        }
        PayloadStore store = PayloadStore.open("root", root);
        refer(
            publisher,
            sequence,
            store.write(identity(sequence), null, null, FrameEncoding.PNG, PNG));
        refer(publisher, sequence + 1, References.to(origin + "/frame.png", PNG));
      }

      Books books;
      try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
        service.start();
        try (BookKeeper keeper = BookKeeper.open(config)) {
          books = keeper.settle(Duration.ofSeconds(90));
        }
        assertThat(service.meters().threadFailures()).isZero();
      }

      assertThat(books.restored()).isEqualTo(2);
      assertThat(books.settled()).isTrue();
      assertThat(reasons(config)).containsExactlyElementsOf(attacks.values());
      assertThat(restored(config))
          .hasSize(2)
          .allSatisfy(
              image -> assertThat(image.rgb()).isEqualTo(FakeRestorer.inverted(IMAGE).rgb()));
      try (Stream<Path> files = Files.walk(results)) {
        assertThat(files.filter(Files::isRegularFile)).hasSize(2);
      }
    }
  }

  /** A disk that is away says nothing about the frame: it waits, and no record lacks its file. */
  @Test
  void shouldWaitForTheDiskOfTheOutputAndRefuseAPrivateAddress() throws Exception {
    Path results = Files.createDirectory(directory.resolve("results"));
    ServiceConfig config =
        KafkaForTests.get()
            .config(
                "output-away",
                "topics.partitions",
                "1",
                "payload.https.origins",
                "https://localhost:1",
                "payload.timeout.ms",
                "5000",
                "payload.output.root",
                results.toString(),
                "payload.output.min.bytes",
                "0");
    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new)) {
      service.start();
      Files.delete(results);
      try (FramePublisher publisher = FramePublisher.open(config)) {
        refer(publisher, 0, References.to("https://localhost:1/frame.png", PNG));
        publisher.publish(identity(1), IMAGE, FrameEncoding.PNG).join();
        publisher.publish(identity(2), IMAGE, FrameEncoding.PNG).join();
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> service.meters().threadFailures() >= 1);
      Files.createDirectory(results);

      try (BookKeeper keeper = BookKeeper.open(config)) {
        Books books = keeper.settle(Duration.ofSeconds(90));
        assertThat(books.restored()).isEqualTo(2);
        assertThat(books.settled()).isTrue();
      }
    }
    assertThat(reasons(config)).containsExactly(DeadLetterReason.PAYLOAD_NOT_ALLOWED);
    assertThat(restored(config)).hasSize(2);
  }

  private static FrameIdentity identity(long sequence) {
    return new FrameIdentity("cam", 1L, sequence, null);
  }

  private static void refer(FramePublisher publisher, long sequence, ExternalPayload reference) {
    publisher
        .publishReference(
            identity(sequence), 16, 8, FrameEncoding.PNG, reference, Map.of(), Map.of())
        .join();
  }

  private static List<DeadLetterReason> reasons(ServiceConfig config) {
    List<DeadLetterReason> reasons = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(ClientSettings.consumer(config))) {
      TopicPartition partition = new TopicPartition(config.deadLetterTopic(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(Duration.ofMillis(200))) {
          byte[] reason = letter.headers().lastHeader(DeadLetters.REASON_HEADER).value();
          reasons.add(DeadLetterReason.valueOf(new String(reason, UTF_8)));
        }
      }
    }
    return reasons;
  }

  private static List<RgbImage> restored(ServiceConfig config) throws Exception {
    List<RgbImage> images = new ArrayList<>();
    ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
    try (CommittedRecords<RestoredFrame> frames =
            CommittedRecords.restored(config, CommittedRecords.From.BEGINNING);
        PayloadReader reader = PayloadReader.ofInputAndOutput(config)) {
      long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (images.size() < 2 && System.nanoTime() < deadline) {
        for (CommittedRecords.Entry<RestoredFrame> entry : frames.poll(Duration.ofMillis(200))) {
          assertThat(entry.value().getImage().remaining()).isZero();
          FramePayload payload = FramePayload.of(entry.value());
          assertThat(payload).isInstanceOf(FramePayload.External.class);
          images.add(decoder.decode(reader.read(((FramePayload.External) payload).reference())));
        }
      }
    }
    return images;
  }
}
