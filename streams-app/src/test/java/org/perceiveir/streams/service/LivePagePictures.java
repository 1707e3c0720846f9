package org.perceiveir.streams.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.schemas.avro.ModelState;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.control.ModelOrders;
import org.perceiveir.streams.live.HeadlessBrowser;

/**
 * Writes the pictures of the live page: {@code mvn -pl streams-app -am verify -Ppictures}. Drawn
 * scenes, the bundle and the perceiver of this repository, a camera whose frames come too late, one
 * that sends broken files, and an exchange of models. No test by its name: it takes a minute and
 * writes into docs.
 */
class LivePagePictures {
  private static final Path MODELS = Path.of("..", "models");
  private static final Path IMAGES =
      Path.of(System.getProperty("pictures.directory", "../docs/images"));
  private static final Duration LONG = Duration.ofMinutes(3);
  private static final int WIDTH = 480;
  private static final int HEIGHT = 272;

  private record Camera(String name, SyntheticScene scene, DegradationType damage, int everyOld) {}

  private static final List<Camera> CAMERAS =
      List.of(
          new Camera("gate-north", street(100), DegradationType.HAZE, 0),
          new Camera("harbour", landscape(101), DegradationType.LOW_LIGHT, 0),
          new Camera("river-cam", landscape(103), DegradationType.NOISE, 0),
          new Camera("yard-2", street(104), DegradationType.RAIN, 3));

  @TempDir private Path directory;

  private static SyntheticScene street(long seed) {
    return SyntheticScene.street(seed, WIDTH, HEIGHT);
  }

  private static SyntheticScene landscape(long seed) {
    return SyntheticScene.landscape(seed, WIDTH, HEIGHT);
  }

  /** The same weights under another version: the page tells an exchange by its name. */
  private void secondBundle() throws IOException {
    Path next = Files.createDirectories(directory.resolve("compact-next"));
    Files.copy(MODELS.resolve("compact/weights.safetensors"), next.resolve("weights.safetensors"));
    String json = Files.readString(MODELS.resolve("compact/model.json"));
    Files.writeString(
        next.resolve("model.json"),
        json.replaceFirst("\"version\" : \"[^+]+", "\"version\" : \"2"));
  }

  private static void publish(FramePublisher publisher, Camera camera, int index) {
    RgbImage degraded =
        Degradations.standard(camera.damage).apply(camera.scene.frame(index), 7, index);
    boolean old = camera.everyOld > 0 && index % camera.everyOld == 0;
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    byte[] encoded = ImageEncoder.encode(degraded, ImageFormat.PNG);
    FrameIdentity identity =
        new FrameIdentity(camera.name, 1L, (long) index, old ? now - 40_000_000 : now);
    var unused =
        publisher.publishEncoded(identity, WIDTH, HEIGHT, FrameEncoding.PNG, encoded, Map.of());
    if (index == 12 && camera.damage == DegradationType.NOISE) {
      FrameIdentity cut = new FrameIdentity("depot-7", 1L, (long) index, now);
      var unusedCut =
          publisher.publishEncoded(
              cut, WIDTH, HEIGHT, FrameEncoding.JPEG, "\u00ff\u00d8 cut".getBytes(UTF_8), Map.of());
      FrameIdentity lies = new FrameIdentity("gate-north", 2L, (long) index, now);
      var unusedLies =
          publisher.publishEncoded(lies, 640, 480, FrameEncoding.PNG, encoded, Map.of());
      FrameIdentity half = new FrameIdentity("depot-7", 1L, (long) index + 1, now);
      var unusedHalf =
          publisher.publishEncoded(
              half,
              WIDTH,
              HEIGHT,
              FrameEncoding.PNG,
              Arrays.copyOf(encoded, encoded.length / 2),
              Map.of());
    }
  }

  private static CompletableFuture<Void> publish(ServiceConfig config, AtomicBoolean stop) {
    return CompletableFuture.runAsync(
        () -> {
          try (FramePublisher publisher = FramePublisher.open(config)) {
            for (int index = 0; !stop.get(); index++) {
              for (Camera camera : CAMERAS) {
                publish(publisher, camera, index);
                Thread.sleep(500);
              }
            }
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static boolean exchange(ServiceConfig config) {
    return ModelOrders.of(config)
        .send(
            ModelOrders.load(ModelSlotName.FULL, "compact-next", Optional.empty(), null),
            Duration.ofMinutes(1))
        .get(0)
        .statuses()
        .stream()
        .allMatch(status -> status.getState() == ModelState.READY);
  }

  @Test
  void shouldWriteThePicturesOfTheLivePage() throws Exception {
    secondBundle();
    ServiceConfig config =
        KafkaForTests.get()
            .config(
                "plant-cameras",
                "bundle",
                MODELS.resolve("compact").toString(),
                "tiers.perceiver",
                MODELS.resolve("compact-perceiver").toString(),
                "tiers.after.sample",
                "1",
                "warmup.frame.size",
                WIDTH + "x" + HEIGHT,
                "frame.max.age.ms",
                "15000",
                "http.port",
                "0",
                "live.page",
                "true",
                "models.directory",
                directory.toString(),
                "topic.model.control",
                "pictures.control",
                "topic.model.status",
                "pictures.status");
    AtomicBoolean stop = new AtomicBoolean();
    try (HeadlessBrowser browser = HeadlessBrowser.open();
        PerceiveService service = new PerceiveService(config, Bundles.of(config))) {
      browser.prefer("dark");
      browser.resize(1440, 1000, 1, false);
      service.start();
      browser
          .driver()
          .get(
              "http://localhost:"
                  + service.observability().server().orElseThrow().port()
                  + "/live");
      CompletableFuture<Void> published = publish(config, stop);
      try {
        await()
            .atMost(LONG)
            .until(
                () ->
                    browser.driver().findElements(By.cssSelector(".tile[data-picture]")).size()
                            == CAMERAS.size()
                        && service.meters().restored() > 50);
        // Refused while a busy machine makes the candidate look slower than the network in use.
        await().atMost(LONG).until(() -> exchange(config));
        long then = service.meters().restored();
        await().atMost(LONG).until(() -> service.meters().restored() > then + 40);
        browser.picture(IMAGES.resolve("live-page.jpg"), true);
        browser.prefer("light");
        browser.resize(390, 844, 2, true);
        browser.script("document.querySelector('.tile[data-picture]').scrollIntoView()");
        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        browser.picture(IMAGES.resolve("live-page-phone.jpg"), false);
        assertThat(browser.complaints()).isEmpty();
        if (Boolean.getBoolean("pictures.png")) {
          browser.picture(IMAGES.resolve("live-page-phone.png"), false);
          browser.prefer("dark");
          browser.resize(1440, 1000, 1, false);
          await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
          browser.picture(IMAGES.resolve("live-page.png"), true);
        }
      } finally {
        stop.set(true);
        published.join();
      }
    }
  }
}
