package org.perceiveir.streams.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.control.ModelOrders;
import org.perceiveir.streams.live.HeadlessBrowser;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.TierJudge;

/** The live page of a running service in a real browser. */
class LivePageIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final String HOSTILE = "<img src=x onerror=alert(1)>";
  private static final RgbImage IMAGE = image();

  private final KafkaForTests kafka = KafkaForTests.get();

  @TempDir private Path models;

  /** Dark everywhere, so that the restorer's complement is light. */
  private static RgbImage image() {
    byte[] rgb = new byte[3 * 96 * 64];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i % 60);
    }
    return RgbImage.wrap(96, 64, rgb);
  }

  private static final class NamedNetworks implements Networks {
    @Override
    public Restorer full() {
      return new NamedRestorer("base", 3, 1);
    }

    @Override
    public Optional<Restorer> light() {
      return Optional.empty();
    }

    @Override
    public Optional<TierJudge> judge() {
      return Optional.of(
          new TierJudge() {
            @Override
            public List<Assessment> assess(List<RgbImage> images) {
              return images.stream()
                  .map(
                      image ->
                          image.rgb()[0] == 0
                              ? assessment(0, List.of(0.81f, 0.15f, 0.04f))
                              : assessment(2, List.of(0.02f, 0.05f, 0.93f)))
                  .toList();
            }

            @Override
            public String name() {
              return "by brightness";
            }

            @Override
            public void close() {}
          });
    }

    private static Assessment assessment(int best, List<Float> tiers) {
      return new Assessment(RoutingPolicy.TIERS.get(best), RoutingPolicy.TIERS, tiers);
    }

    @Override
    public Restorer candidate(Path directory, Optional<String> sha256) {
      return new NamedRestorer(String.valueOf(directory.getFileName()), 3, 1);
    }
  }

  private static CompletableFuture<Void> publish(ServiceConfig config, AtomicBoolean stop) {
    byte[] png = ImageEncoder.encode(IMAGE, ImageFormat.PNG);
    return CompletableFuture.runAsync(
        () -> {
          try (FramePublisher publisher = FramePublisher.open(config);
              KafkaProducer<byte[], byte[]> raw =
                  new KafkaProducer<>(ClientSettings.producer(config))) {
            List<Future<?>> sent = new ArrayList<>();
            sent.add(
                raw.send(
                    new ProducerRecord<>(
                        config.inputTopic(),
                        HOSTILE.getBytes(UTF_8),
                        "<b>no frame</b>".getBytes(UTF_8))));
            sent.add(
                publisher.publishEncoded(
                    new FrameIdentity("camera-2", 1L, 0L, null),
                    7,
                    7,
                    FrameEncoding.PNG,
                    png,
                    Map.of()));
            for (long sequence = 0; !stop.get(); sequence++) {
              for (String source : List.of("camera-1", HOSTILE)) {
                sent.add(
                    publisher.publishEncoded(
                        new FrameIdentity(source, 1L, sequence, null),
                        IMAGE.width(),
                        IMAGE.height(),
                        FrameEncoding.PNG,
                        png,
                        Map.of()));
              }
              Thread.sleep(100);
            }
            for (Future<?> each : sent) {
              each.get();
            }
          } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void shouldShowARunningServiceInARealBrowser() throws Exception {
    Files.createFile(Files.createDirectories(models.resolve("next")).resolve("model.json"));
    ServiceConfig config =
        kafka.config(
            "live",
            "http.port",
            "0",
            "live.page",
            "true",
            "warmup.frame.size",
            "96x64",
            "tiers.after.sample",
            "1",
            "models.directory",
            models.toString(),
            "topic.model.control",
            "live.control",
            "topic.model.status",
            "live.status");
    try (HeadlessBrowser browser = HeadlessBrowser.open()) {
      try (PerceiveService service = new PerceiveService(config, new NamedNetworks())) {
        service.start();
        look(browser, config, service);
      }
      await().atMost(LONG).until(() -> browser.text("#connection").startsWith("connection lost"));
    }
  }

  private static void look(HeadlessBrowser browser, ServiceConfig config, PerceiveService service) {
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> published = publish(config, stop);
    try {
      int port = service.observability().server().orElseThrow().port();
      browser.driver().get("http://localhost:" + port + "/live");
      showsFramesAndHostileNamesAsText(browser);
      movesTheSliderByKeyboard(browser);
      showsDeadLetters(browser);
      showsAnExchangeOfModels(browser, config);
      fitsAPhone(browser);
      pausesAndGoesOn(browser);
      assertThat(browser.complaints()).isEmpty();
    } catch (Throwable e) {
      browser.picture(Path.of("target", "live-page-failure.png"), true);
      throw new AssertionError(
          "see target/live-page-failure.png; the browser says "
              + browser.complaints()
              + " and shows\n"
              + browser.text("body"),
          e);
    } finally {
      stop.set(true);
      published.join();
    }
  }

  private static WebElement tile(HeadlessBrowser browser, String source) {
    return browser.driver().findElements(By.cssSelector(".tile")).stream()
        .filter(tile -> source.equals(tile.getAttribute("data-source")))
        .findFirst()
        .orElseThrow();
  }

  private static void showsFramesAndHostileNamesAsText(HeadlessBrowser browser) {
    await()
        .atMost(LONG)
        .until(
            () ->
                browser.driver().findElements(By.cssSelector(".tile[data-picture]")).size() == 2
                    && browser.text("#connection").equals("live"));
    WebElement hostile = tile(browser, HOSTILE);
    assertThat(hostile.findElement(By.cssSelector("h3")).getText()).isEqualTo(HOSTILE);
    assertThat(browser.driver().findElements(By.cssSelector("img[src='x'], b b, .letters b")))
        .isEmpty();
    assertThat(hostile.findElement(By.cssSelector(".tiers")).getText())
        .contains("terrible 81 %", "excellent 93 %");
    // Both canvases hold the same frame: the restorer's result is the complement.
    assertThat(
            browser.script(
                "const [under, over] = arguments[0].querySelectorAll('canvas');"
                    + "const at = (c) => c.getContext('2d').getImageData(40, 30, 1, 1).data[0];"
                    + "return over.width === 96 && at(over) < 80 && at(under) > 175;",
                hostile))
        .isEqualTo(true);
  }

  private static void movesTheSliderByKeyboard(HeadlessBrowser browser) {
    WebElement slider = tile(browser, "camera-1").findElement(By.cssSelector("input[type=range]"));
    assertThat(slider.getAttribute("aria-label")).contains("camera-1");
    browser.script("document.querySelector('.skip').focus()");
    for (int i = 0; i < 20 && !slider.equals(browser.driver().switchTo().activeElement()); i++) {
      browser.driver().switchTo().activeElement().sendKeys(Keys.TAB);
    }
    assertThat(browser.driver().switchTo().activeElement()).isEqualTo(slider);
    slider.sendKeys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT);

    assertThat(slider.getAttribute("value")).isEqualTo("53");
    assertThat(slider.getAttribute("aria-valuetext")).isEqualTo("53 percent degraded");
    assertThat(
            (Number)
                browser.script(
                    "const pair = arguments[0].parentElement.getBoundingClientRect();"
                        + "const bar = arguments[0].parentElement.querySelector('.bar')"
                        + ".getBoundingClientRect();"
                        + "return Math.round(100 * (bar.left + 1 - pair.left) / pair.width);",
                    slider))
        .isEqualTo(53L);
    assertThat(
            String.valueOf(
                browser.script(
                    "return getComputedStyle(arguments[0].parentElement).outlineStyle", slider)))
        .isEqualTo("solid");
  }

  private static void showsDeadLetters(HeadlessBrowser browser) {
    await().atMost(LONG).until(() -> browser.text("#letters-count").equals("2"));
    await()
        .atMost(LONG)
        .until(
            () ->
                Boolean.TRUE.equals(
                    browser.script(
                        "const i = document.querySelector('.letters img');"
                            + "return i !== null && i.naturalWidth === 96")));
    assertThat(browser.text("#letters"))
        .contains("SIZE_MISMATCH", "the frame declares 7x7", "UNREADABLE_RECORD")
        .contains("3c 62 3e 6e 6f 20 66 72", "<b>no frame</b>", HOSTILE);
  }

  private static void showsAnExchangeOfModels(HeadlessBrowser browser, ServiceConfig config) {
    assertThat(browser.text("#models")).contains("base");
    var unused =
        ModelOrders.of(config)
            .send(ModelOrders.load(ModelSlotName.FULL, "next", Optional.empty(), null), LONG);
    await().atMost(LONG).until(() -> browser.text("#models").contains("next"));
    assertThat(browser.text("#events"))
        .contains("full network exchanged: base 1 → next 1 on cpu", "service RUNNING");
    await()
        .atMost(LONG)
        .until(
            () ->
                !String.valueOf(
                        tile(browser, "camera-1")
                            .findElement(By.cssSelector("path.mark"))
                            .getAttribute("d"))
                    .isEmpty());
  }

  private static void fitsAPhone(HeadlessBrowser browser) {
    browser.resize(390, 844, 2, true);
    assertThat((Number) browser.script("return window.innerWidth")).isEqualTo(390L);
    assertThat((Number) browser.script("return document.documentElement.scrollWidth"))
        .isEqualTo(390L);
    browser.resize(1440, 1000, 1, false);
  }

  private static void pausesAndGoesOn(HeadlessBrowser browser) {
    WebElement pause = browser.driver().findElement(By.id("pause"));
    pause.sendKeys(Keys.ENTER);
    await().atMost(LONG).until(() -> browser.text("#connection").equals("live, paused here"));
    String shown = picture(browser);
    await().pollDelay(Duration.ofMillis(1200)).until(() -> true);
    assertThat(picture(browser)).isEqualTo(shown);
    pause.sendKeys(Keys.SPACE);
    await().atMost(LONG).until(() -> !shown.equals(picture(browser)));
  }

  private static String picture(HeadlessBrowser browser) {
    return String.valueOf(tile(browser, "camera-1").getAttribute("data-picture"));
  }
}
