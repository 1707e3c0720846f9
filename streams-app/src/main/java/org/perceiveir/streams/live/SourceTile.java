package org.perceiveir.streams.live;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.TierProbabilities;
import org.perceiveir.streams.log.PlainText;

/** What the page knows of one source. Guarded by its {@link Board}. */
final class SourceTile {
  /** A browser asks for a picture a moment after it was told of it. */
  static final int KEPT_PICTURES = 4;

  private static final int FPS_SECONDS = 10;
  private static final int LONGEST_REASON = 200;

  final int id;
  final String name;
  private final long[] outcomes = new long[Timeline.BEFORE];
  private final Timeline timeline = new Timeline();
  private final Deque<PicturePair> pictures = new ArrayDeque<>();
  private boolean givenUp;
  private long seenMs;
  private long pictureMs = Long.MIN_VALUE;
  private @Nullable FrameTelemetry latest;
  private @Nullable FrameTelemetry judged;
  private long judgedMs;
  private @Nullable TierProbabilities after;
  private long afterMs;
  private @Nullable String reason;
  private long reasonMs;

  /** Of a source that nothing is known of. */
  SourceTile(int id, String source) {
    this.id = id;
    this.name = PlainText.of(source);
  }

  /** Notes that the board has the tile no more; a picture may still be on its way to it. */
  void giveUp() {
    givenUp = true;
  }

  boolean isGivenUp() {
    return givenUp;
  }

  /** Whether nothing came for so long; after a clock was set back, until something comes. */
  boolean isSilent(long nowMs, long spanMs) {
    return nowMs < seenMs || nowMs - seenMs >= spanMs;
  }

  /** Counts an attempt. */
  void count(FrameTelemetry telemetry, long nowMs) {
    long second = Math.floorDiv(nowMs, 1000L);
    int outcome = Timeline.column(telemetry.getOutcome());
    outcomes[outcome]++;
    timeline.count(second, outcome);
    seenMs = nowMs;
    latest = telemetry;
    TierProbabilities before = telemetry.getTiersBefore();
    if (before != null) {
      judged = telemetry;
      judgedMs = nowMs;
      timeline.count(second, Timeline.BEFORE + likeliest(before));
    }
    TierProbabilities seenAfter = telemetry.getTiersAfter();
    if (seenAfter != null) {
      after = seenAfter;
      afterMs = nowMs;
      timeline.count(second, Timeline.AFTER + likeliest(seenAfter));
    }
    String why = telemetry.getReason();
    if (why != null) {
      reason = why;
      reasonMs = nowMs;
    }
  }

  private static int likeliest(TierProbabilities tiers) {
    if (tiers.getTerrible() >= tiers.getMediocre() && tiers.getTerrible() >= tiers.getExcellent()) {
      return 0;
    }
    return tiers.getMediocre() >= tiers.getExcellent() ? 1 : 2;
  }

  /** Whether a picture is due; if so, the next one is due an interval later. */
  boolean takePicture(long nowMs, long intervalMs) {
    // A clock that was set back must not end the pictures.
    if (pictureMs != Long.MIN_VALUE && nowMs >= pictureMs && nowMs - pictureMs < intervalMs) {
      return false;
    }
    pictureMs = nowMs;
    return true;
  }

  /** Shows a pair; returns the one that is given up for it. */
  @Nullable PicturePair show(PicturePair pair) {
    pictures.addLast(pair);
    return pictures.size() > KEPT_PICTURES ? pictures.removeFirst() : null;
  }

  void forget(PicturePair pair) {
    pictures.removeIf(each -> each.id() == pair.id());
  }

  @Nullable PicturePair picture(long pictureId) {
    for (PicturePair pair : pictures) {
      if (pair.id() == pictureId) {
        return pair;
      }
    }
    return null;
  }

  /** What is known now; shares nothing that changes. */
  Seen seen(long nowMs) {
    long second = Math.floorDiv(nowMs, 1000L);
    FrameTelemetry last = latest;
    // What is older than the timeline is no longer so.
    long oldestMs = nowMs - 1000L * Timeline.SECONDS;
    FrameTelemetry tiers = judgedMs < oldestMs ? null : judged;
    return new Seen(
        id,
        name,
        outcomes.clone(),
        timeline.framesPerSecond(second, FPS_SECONDS),
        seenMs,
        last,
        tiers == null ? null : tiers.getTiersBefore(),
        afterMs < oldestMs ? null : after,
        reason == null ? null : PlainText.of(reason, LONGEST_REASON),
        reasonMs,
        pictures.peekLast(),
        timeline.until(second));
  }

  /**
   * A tile at one moment.
   *
   * @param id the number of the source on this page
   * @param name of the source, plain
   * @param outcomes attempts by outcome, see {@link Timeline}
   * @param framesPerSecond over the last ten seconds
   * @param seenMs when the last attempt ended, in milliseconds since 1970
   * @param latest the last attempt
   * @param before the last tiers of an input frame; null where no perceiver looked for a minute
   * @param after the last tiers of a restored frame; null where no perceiver looked for a minute
   * @param reason the last reason of a frame that was not restored; null where there was none
   * @param reasonMs its time
   * @param picture the newest pictures; null before the first
   * @param timeline see {@link Timeline}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Seen(
      int id,
      String name,
      long[] outcomes,
      double framesPerSecond,
      long seenMs,
      @Nullable FrameTelemetry latest,
      @Nullable TierProbabilities before,
      @Nullable TierProbabilities after,
      @Nullable String reason,
      long reasonMs,
      @Nullable PicturePair picture,
      int[][] timeline) {}
}
