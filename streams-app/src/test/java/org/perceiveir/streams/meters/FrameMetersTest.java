package org.perceiveir.streams.meters;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameRoute;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.ShadowComparison;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.avro.TierProbabilities;

class FrameMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final FrameMeters meters = new FrameMeters(registry, 2);

  private static FrameTelemetry told(FrameOutcome outcome, @Nullable String source) {
    FrameTelemetry told = new FrameTelemetry();
    told.setOutcome(outcome);
    told.setIdentity(source == null ? null : new FrameIdentity(source, 1L, 1L, null));
    told.setTimings(new StageTimings(null, null, null, null));
    return told;
  }

  private double frames(String outcome, String source) {
    Counter counter =
        registry.find("perceive.frames").tags("outcome", outcome, "source", source).counter();
    return counter == null ? 0 : counter.count();
  }

  /** Whoever publishes names sources; a tag for each would fill Prometheus. */
  @Test
  void shouldBoundTheSourcesThatHaveATagOfTheirOwn() {
    meters.count(told(FrameOutcome.RESTORED, "a"));
    meters.count(told(FrameOutcome.SHED, "b"));
    IntStream.range(0, 1_000)
        .parallel()
        .forEach(i -> meters.count(told(FrameOutcome.RESTORED, "flood-" + i)));
    meters.count(told(FrameOutcome.RESTORED, "a"));
    meters.count(told(FrameOutcome.RESTORED, "b"));
    meters.count(told(FrameOutcome.DEAD_LETTERED, null));

    assertThat(frames("restored", "a")).isEqualTo(2);
    assertThat(frames("shed", "b")).isEqualTo(1);
    assertThat(frames("restored", "b")).isEqualTo(1);
    assertThat(frames("restored", "other")).isEqualTo(1_000);
    assertThat(frames("dead_lettered", "none")).isEqualTo(1);
    assertThat(registry.find("perceive.frames").counters()).hasSize(5);
  }

  @Test
  void shouldCountASourceWithTheNameOfATagAmongTheOthers() {
    meters.count(told(FrameOutcome.RESTORED, "none"));
    meters.count(told(FrameOutcome.RESTORED, "other"));

    assertThat(frames("restored", "none")).isZero();
    assertThat(frames("restored", "other")).isEqualTo(2);
  }

  @Test
  void shouldCountWhatACandidateInShadowDid() {
    for (String failure : Arrays.asList(null, "too large", null)) {
      FrameTelemetry told = told(FrameOutcome.RESTORED, "a");
      told.setShadow(new ShadowComparison("next", "1", null, null, 2_000_000L, failure));
      meters.count(told);
    }

    assertThat(registry.get("perceive.shadow.frames").tag("result", "compared").counter().count())
        .isEqualTo(2);
    assertThat(registry.get("perceive.shadow.frames").tag("result", "failed").counter().count())
        .isEqualTo(1);
    assertThat(stage("shadow").totalTime(SECONDS)).isEqualTo(6);
  }

  @Test
  void shouldNotGiveOutMoreTagsWhenThreadsCompeteForTheLast() {
    IntStream.range(0, 1_000)
        .parallel()
        .forEach(i -> meters.count(told(FrameOutcome.RESTORED, "s" + i)));

    assertThat(registry.find("perceive.frames").counters()).hasSize(3);
    assertThat(meters.snapshot().restored()).isEqualTo(1_000);
  }

  @Test
  void shouldTellTheSameInTheSnapshotAsInTheMeters() {
    FrameTelemetry restored = told(FrameOutcome.RESTORED, "a");
    restored.setTimings(new StageTimings(1_000L, 2_000L, 3_000L, 4_000L));
    restored.setBatchSize(4);
    restored.setAgeMicros(5_000L);
    meters.count(restored);
    meters.countDeadLetter("IMAGE_EMPTY");
    meters.countThreadFailure();
    meters.countClockSkew();

    FrameMeters.Snapshot snapshot = meters.snapshot();
    assertThat(snapshot.restored()).isEqualTo(1);
    assertThat(snapshot.deadLetterReasons()).containsEntry("IMAGE_EMPTY", 1L);
    assertThat(snapshot.threadFailures()).isEqualTo(1);
    assertThat(snapshot.clockSkews()).isEqualTo(1);
    assertThat(stage("queue").totalTime(MICROSECONDS)).isEqualTo(1_000);
    assertThat(stage("decode").count()).isEqualTo(1);
    assertThat(stage("infer").totalTime(MICROSECONDS)).isEqualTo(3_000);
    assertThat(registry.get("perceive.batch.size").summary().totalAmount()).isEqualTo(4);
    assertThat(registry.get("perceive.frame.age").timer().count()).isEqualTo(1);
  }

  @Test
  void shouldCountTiersAndRoutesAndNoPassOfTheNetworkForAFrameThatPassesThrough() {
    FrameTelemetry passed = told(FrameOutcome.PASSED_THROUGH, "a");
    passed.setTimings(new StageTimings(1_000L, 2_000L, 0L, null));
    passed.setBatchSize(4);
    passed.setRoute(FrameRoute.PASS_THROUGH);
    passed.setTiersBefore(new TierProbabilities(0.1f, 0.2f, 0.7f));
    passed.setTiersBeforeMicros(300L);
    meters.count(passed);
    FrameTelemetry restored = told(FrameOutcome.RESTORED, "a");
    restored.setRoute(FrameRoute.FULL);
    restored.setTiersBefore(new TierProbabilities(0.5f, 0.4f, 0.1f));
    restored.setTiersAfter(new TierProbabilities(0.1f, 0.6f, 0.3f));
    meters.count(restored);

    assertThat(registry.get("perceive.routes").tag("route", "pass_through").counter().count())
        .isEqualTo(1);
    assertThat(registry.get("perceive.routes").tag("route", "full").counter().count()).isEqualTo(1);
    assertThat(tier("before", "excellent")).isEqualTo(1);
    assertThat(tier("before", "terrible")).isEqualTo(1);
    assertThat(tier("after", "mediocre")).isEqualTo(1);
    assertThat(tier("after", "excellent")).isZero();
    assertThat(stage("infer").count()).isZero();
    assertThat(stage("judge_before").count()).isEqualTo(1);
    assertThat(registry.get("perceive.batch.size").summary().totalAmount()).isZero();
  }

  private Timer stage(String stage) {
    return registry.get("perceive.stage").tag("stage", stage).timer();
  }

  private double tier(String when, String tier) {
    return registry.get("perceive.tiers").tags("when", when, "tier", tier).counter().count();
  }
}
