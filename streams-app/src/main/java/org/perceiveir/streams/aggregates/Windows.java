package org.perceiveir.streams.aggregates;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameRoute;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.OpenWindow;
import org.perceiveir.schemas.avro.OutcomeCounts;
import org.perceiveir.schemas.avro.OutcomeTally;
import org.perceiveir.schemas.avro.SequenceSpan;
import org.perceiveir.schemas.avro.SourceState;
import org.perceiveir.schemas.avro.SourceTelemetry;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.avro.TierCounts;
import org.perceiveir.schemas.avro.TierProbabilities;
import org.perceiveir.schemas.avro.TierTally;

/** Adds telemetry to the windows of a source. */
final class Windows {
  /** Names of degradations or bundles that are counted apart; a broken one may make up many. */
  static final int MAX_NAMES = 32;

  private static final String OTHER = "other";

  private final long sizeMs;

  Windows(long sizeMs) {
    this.sizeMs = sizeMs;
  }

  /** Begin of the window that holds a time. */
  long startOf(long timeMs) {
    return Math.floorDiv(timeMs, sizeMs) * sizeMs;
  }

  long endOf(OpenWindow window) {
    return window.getStartMs() + sizeMs;
  }

  long sizeMs() {
    return sizeMs;
  }

  /** Adds a record to the window that begins at {@code startMs}, which is opened if need be. */
  void add(SourceState state, long startMs, FrameTelemetry telemetry) {
    OpenWindow window = window(state, startMs);
    boolean replayed = telemetry.getAttempt() > 0;
    FrameOutcome outcome = telemetry.getOutcome();
    window.setFrames(window.getFrames() + 1);
    count(window.getOutcomes(), outcome);
    count(window.getTiersBefore(), telemetry.getTiersBefore());
    count(window.getTiersAfter(), telemetry.getTiersAfter());
    count(window.getDegradations(), telemetry.getDegradation());
    String bundle = telemetry.getBundleName();
    count(window.getBundles(), bundle == null ? null : bundle + " " + telemetry.getBundleVersion());
    FrameRoute route = telemetry.getRoute();
    count(window.getRoutes(), route == null ? null : route.name());
    StageTimings timings = telemetry.getTimings();
    Sketches.add(window.getAge(), telemetry.getAgeMicros());
    Sketches.add(window.getQueue(), timings.getQueueMicros());
    Sketches.add(window.getDecode(), timings.getDecodeMicros());
    Sketches.add(window.getInfer(), timings.getInferMicros());
    Sketches.add(window.getEncode(), timings.getEncodeMicros());
    window.setBytesIn(window.getBytesIn() + telemetry.getBytesIn());
    window.setBytesOut(window.getBytesOut() + telemetry.getBytesOut());
    if (replayed) {
      window.setReplayed(window.getReplayed() + 1);
    } else {
      tally(window, telemetry);
      FrameIdentity identity = telemetry.getIdentity();
      if (identity != null) {
        window.setSequences(span(window.getSequences(), identity));
      }
    }
  }

  private static void tally(OpenWindow window, FrameTelemetry telemetry) {
    OutcomeTally live = window.getLive();
    live.setFrames(live.getFrames() + 1);
    if (telemetry.getOutcome() == FrameOutcome.SHED) {
      live.setShed(live.getShed() + 1);
    } else if (telemetry.getOutcome() == FrameOutcome.DEAD_LETTERED) {
      live.setDeadLettered(live.getDeadLettered() + 1);
    }
    TierProbabilities probabilities = telemetry.getTiersBefore();
    if (probabilities != null) {
      TierTally tiers = window.getLiveTiers();
      tiers.setFrames(tiers.getFrames() + 1);
      switch (Tier.of(probabilities)) {
        case TERRIBLE -> tiers.setTerrible(tiers.getTerrible() + 1);
        case MEDIOCRE -> {}
        case EXCELLENT -> tiers.setExcellent(tiers.getExcellent() + 1);
      }
    }
  }

  private static void count(OutcomeCounts counts, FrameOutcome outcome) {
    switch (outcome) {
      case RESTORED -> counts.setRestored(counts.getRestored() + 1);
      case PASSED_THROUGH -> counts.setPassedThrough(counts.getPassedThrough() + 1);
      case SHED -> counts.setShed(counts.getShed() + 1);
      case DEAD_LETTERED -> counts.setDeadLettered(counts.getDeadLettered() + 1);
    }
  }

  private static void count(TierCounts counts, @Nullable TierProbabilities probabilities) {
    if (probabilities != null) {
      switch (Tier.of(probabilities)) {
        case TERRIBLE -> counts.setTerrible(counts.getTerrible() + 1);
        case MEDIOCRE -> counts.setMediocre(counts.getMediocre() + 1);
        case EXCELLENT -> counts.setExcellent(counts.getExcellent() + 1);
      }
    }
  }

  private static void count(Map<String, Long> counts, @Nullable String name) {
    if (name != null) {
      boolean room = counts.containsKey(name) || counts.size() < MAX_NAMES;
      counts.merge(room ? name : OTHER, 1L, Long::sum);
    }
  }

  private static SequenceSpan span(@Nullable SequenceSpan span, FrameIdentity identity) {
    long epoch = identity.getStreamEpoch();
    long sequence = identity.getSequence();
    if (span == null) {
      return new SequenceSpan(epoch, sequence, epoch, sequence);
    }
    if (isBefore(epoch, sequence, span.getFirstEpoch(), span.getFirstSequence())) {
      span.setFirstEpoch(epoch);
      span.setFirstSequence(sequence);
    } else if (isBefore(span.getLastEpoch(), span.getLastSequence(), epoch, sequence)) {
      span.setLastEpoch(epoch);
      span.setLastSequence(sequence);
    }
    return span;
  }

  private static boolean isBefore(long epoch, long sequence, long otherEpoch, long otherSequence) {
    return epoch < otherEpoch || (epoch == otherEpoch && sequence < otherSequence);
  }

  private static OpenWindow window(SourceState state, long startMs) {
    int at = 0;
    for (OpenWindow window : state.getWindows()) {
      if (window.getStartMs() == startMs) {
        return window;
      }
      if (window.getStartMs() < startMs) {
        at++;
      }
    }
    OpenWindow opened = open(startMs);
    state.getWindows().add(at, opened);
    return opened;
  }

  private static OpenWindow open(long startMs) {
    OpenWindow window = new OpenWindow();
    window.setStartMs(startMs);
    window.setOutcomes(new OutcomeCounts(0L, 0L, 0L, 0L));
    window.setTiersBefore(new TierCounts(0L, 0L, 0L));
    window.setTiersAfter(new TierCounts(0L, 0L, 0L));
    window.setDegradations(new HashMap<>());
    window.setBundles(new HashMap<>());
    window.setRoutes(new HashMap<>());
    window.setAge(Sketches.empty());
    window.setQueue(Sketches.empty());
    window.setDecode(Sketches.empty());
    window.setInfer(Sketches.empty());
    window.setEncode(Sketches.empty());
    window.setLive(new OutcomeTally(startMs, 0L, 0L, 0L));
    window.setLiveTiers(new TierTally(startMs, 0L, 0L, 0L));
    return window;
  }

  /** A source that was never heard of. */
  static SourceState newSource() {
    SourceState state = new SourceState();
    state.setWindows(new ArrayList<>());
    state.setOutcomes(new OutcomeTally(0L, 0L, 0L, 0L));
    state.setTiers(new TierTally(0L, 0L, 0L, 0L));
    state.setAlerts(new HashMap<>());
    return state;
  }

  /**
   * What is written of a window when it is over.
   *
   * @param late frames that came too late and were not told of yet
   */
  SourceTelemetry telemetry(String source, OpenWindow window, long late) {
    SourceTelemetry record = new SourceTelemetry();
    record.setSource(source);
    record.setWindowStartMicros(TimeUnit.MILLISECONDS.toMicros(window.getStartMs()));
    record.setWindowEndMicros(TimeUnit.MILLISECONDS.toMicros(endOf(window)));
    record.setFrames(window.getFrames());
    record.setFramesPerSecond(window.getFrames() * 1_000.0 / sizeMs);
    record.setOutcomes(window.getOutcomes());
    record.setTiersBefore(known(window.getTiersBefore()));
    record.setTiersAfter(known(window.getTiersAfter()));
    record.setDegradations(window.getDegradations());
    record.setBundles(window.getBundles());
    record.setRoutes(window.getRoutes());
    record.setAge(Sketches.percentiles(window.getAge()));
    record.setQueue(Sketches.percentiles(window.getQueue()));
    record.setDecode(Sketches.percentiles(window.getDecode()));
    record.setInfer(Sketches.percentiles(window.getInfer()));
    record.setEncode(Sketches.percentiles(window.getEncode()));
    record.setBytesIn(window.getBytesIn());
    record.setBytesOut(window.getBytesOut());
    record.setSequences(window.getSequences());
    record.setReplayed(window.getReplayed());
    record.setLate(late);
    return record;
  }

  private static @Nullable TierCounts known(TierCounts counts) {
    boolean none = counts.getTerrible() + counts.getMediocre() + counts.getExcellent() == 0;
    return none ? null : counts;
  }

  /** Quality of a frame. */
  private enum Tier {
    TERRIBLE,
    MEDIOCRE,
    EXCELLENT;

    /** The most probable one, the worse of two that are equal. */
    static Tier of(TierProbabilities probabilities) {
      float terrible = probabilities.getTerrible();
      float mediocre = probabilities.getMediocre();
      float excellent = probabilities.getExcellent();
      if (terrible >= mediocre && terrible >= excellent) {
        return TERRIBLE;
      }
      return mediocre >= excellent ? MEDIOCRE : EXCELLENT;
    }
  }
}
