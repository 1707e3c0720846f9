package org.perceiveir.streams.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameRoute;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.pass.ByBrightness;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.TierJudge;

/** Routing by tier in the running service. */
class TieredServiceIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int FRAMES = 30;

  private static final class Three implements Networks {
    @Override
    public Restorer full() {
      return new FakeRestorer();
    }

    @Override
    public Optional<Restorer> light() {
      return Optional.of(new FakeRestorer(frame -> frame));
    }

    @Override
    public Optional<TierJudge> judge() {
      return Optional.of(new ByBrightness());
    }
  }

  @Test
  void shouldCountEveryFrameOnceWhicheverWayItGoes() {
    ServiceConfig config =
        KafkaForTests.get()
            .config(
                "tiers",
                "tiers.perceiver",
                "opened-by-the-test",
                "tiers.after.sample",
                "1",
                "route.mediocre",
                "light",
                "route.light.bundle",
                "opened-by-the-test",
                "route.excellent",
                "pass-through");
    publish(config);
    try (PerceiveService service = new PerceiveService(config, new Three());
        BookKeeper keeper = BookKeeper.open(config)) {
      service.start();

      Books books = keeper.settle(LONG);

      assertThat(books.settled()).isTrue();
      assertThat(books.received()).isEqualTo(FRAMES);
      assertThat(books.restored()).isEqualTo(20);
      assertThat(books.passedThrough()).isEqualTo(10);
    }
    Map<FrameRoute, Integer> ways = new EnumMap<>(FrameRoute.class);
    for (FrameTelemetry told : telemetry(config)) {
      ways.merge(told.getRoute(), 1, Integer::sum);
      int tier = (int) (told.getIdentity().getSequence() % 3);
      assertThat(told.getRouteReason()).startsWith(RoutingPolicy.TIERS.get(tier) + " 0.80");
      assertThat(told.getOutcome())
          .isEqualTo(tier == 2 ? FrameOutcome.PASSED_THROUGH : FrameOutcome.RESTORED);
      // The full way inverts a dark frame into a bright one; the light way leaves a grey one.
      assertThat(told.getTiersAfter() == null).isEqualTo(tier == 2);
      if (tier == 0) {
        assertThat(told.getTiersAfter().getExcellent()).isEqualTo(0.8f);
      }
    }
    assertThat(ways)
        .containsOnly(
            Map.entry(FrameRoute.FULL, 10),
            Map.entry(FrameRoute.LIGHT, 10),
            Map.entry(FrameRoute.PASS_THROUGH, 10));
  }

  private static void publish(ServiceConfig config) {
    try (FramePublisher publisher = FramePublisher.open(config)) {
      List<CompletableFuture<?>> sent = new ArrayList<>();
      for (int i = 0; i < FRAMES; i++) {
        byte[] rgb = new byte[3 * 16 * 8];
        Arrays.fill(rgb, (byte) new int[] {20, 120, 230}[i % 3]);
        sent.add(
            publisher.publish(
                new FrameIdentity("cam", 1L, (long) i, null),
                RgbImage.wrap(16, 8, rgb),
                FrameEncoding.PNG));
      }
      sent.forEach(CompletableFuture::join);
    }
  }

  private static List<FrameTelemetry> telemetry(ServiceConfig config) {
    List<FrameTelemetry> all = new ArrayList<>();
    try (CommittedRecords<FrameTelemetry> records =
        CommittedRecords.telemetry(config, CommittedRecords.From.BEGINNING)) {
      while (all.size() < FRAMES) {
        records.poll(Duration.ofMillis(200)).forEach(entry -> all.add(entry.value()));
      }
    }
    return all;
  }
}
