package org.perceiveir.streams.live;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.streams.config.LivePageSettings;
import org.perceiveir.streams.log.PlainText;
import org.perceiveir.streams.topology.EndedFrame;
import org.perceiveir.streams.topology.FrameListener;

/**
 * What the live page shows, kept up by the stream threads.
 *
 * <p><u>Cost.</u> A stream thread counts under a lock that is held for microseconds. Pixels it only
 * hands over, by reference, at most once an interval and source; the page's own thread scales and
 * encodes them. If that thread is behind, the picture is dropped.
 *
 * <p><u>Bounds.</u> Tiles: {@code live.page.sources.max}, the one silent for longest goes first.
 * Each keeps {@value SourceTile#KEPT_PICTURES} pairs of pictures and one minute of counts. Dead
 * letters: {@link LetterShelf}. Events: {@value #EVENTS}. Pixels that wait: {@link Press}.
 *
 * <p>Thread-safe.
 */
final class Board implements FrameListener {
  static final int EVENTS = 20;

  /** While nobody watches, so that a page that is opened has pictures of a moment ago. */
  private static final int SELDOM = 20;

  private final LivePageSettings settings;
  private final InstantSource clock;
  private final BooleanSupplier watched;
  private final Press press;
  private final Pictures pictures;

  // Guarded by this.
  private final Map<String, SourceTile> tiles = new LinkedHashMap<>(16, 0.75f, true);
  private final long[] totals = new long[Timeline.BEFORE];
  private final Timeline all = new Timeline();
  private final LetterShelf letters = new LetterShelf();
  private final Deque<Event> events = new ArrayDeque<>();
  private int lastTile;
  private long lastPicture;
  private long lastLetter;
  private long forgotten;

  /**
   * Something that happened once.
   *
   * @param epochMs when, in milliseconds since 1970
   * @param kind {@code model} or {@code state}
   * @param text what, plain
   */
  record Event(long epochMs, String kind, String text) {}

  /**
   * Everything at one moment.
   *
   * @param nowMs the moment, in milliseconds since 1970
   * @param totals attempts by outcome, of all sources
   * @param framesPerSecond of all sources
   * @param forgotten tiles given up for others
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Seen(
      long nowMs,
      long[] totals,
      double framesPerSecond,
      long forgotten,
      List<SourceTile.Seen> sources,
      List<LetterSample> letters,
      List<Event> events) {}

  /**
   * An empty board.
   *
   * @param watched whether somebody looks at the page
   * @param press takes the pictures that are to be made
   */
  Board(
      LivePageSettings settings,
      InstantSource clock,
      BooleanSupplier watched,
      Press press,
      Pictures pictures) {
    this.settings = settings;
    this.clock = clock;
    this.watched = watched;
    this.press = press;
    this.pictures = pictures;
  }

  @Override
  public void ended(EndedFrame frame) {
    long now = clock.millis();
    FrameTelemetry telemetry = frame.telemetry();
    FrameIdentity identity = telemetry.getIdentity();
    RgbImage degraded = frame.degraded();
    EndedFrame.Dead dead = frame.dead();
    SourceTile tile;
    boolean picture;
    boolean letter;
    String sender = dead == null ? "" : source(telemetry, dead);
    synchronized (this) {
      int outcome = Timeline.column(telemetry.getOutcome());
      totals[outcome]++;
      all.count(Math.floorDiv(now, 1000L), outcome);
      tile = identity == null ? null : tile(identity.getSourceId());
      if (tile != null) {
        tile.count(telemetry, now);
      }
      picture =
          tile != null
              && degraded != null
              && dead == null
              && telemetry.getOutcome() != FrameOutcome.SHED
              && tile.takePicture(now, intervalMs());
      letter = dead != null && letters.take(sender, now);
    }
    if (picture && tile != null && degraded != null && identity != null) {
      takePicture(tile, identity.getSequence(), degraded, frame.restored());
    }
    if (letter && dead != null) {
      takeLetter(telemetry, dead, sender, now);
    }
  }

  private long intervalMs() {
    return settings.interval().toMillis() * (watched.getAsBoolean() ? 1 : SELDOM);
  }

  /** Makes room first, so that there are never more tiles than allowed. */
  private SourceTile tile(String source) {
    SourceTile known = tiles.get(source);
    if (known != null) {
      return known;
    }
    if (tiles.size() >= settings.maxSources()) {
      tiles.remove(tiles.keySet().iterator().next());
      forgotten++;
    }
    SourceTile made = new SourceTile(++lastTile, source);
    tiles.put(source, made);
    return made;
  }

  private void takePicture(
      SourceTile tile, long sequence, RgbImage degraded, @Nullable RgbImage restored) {
    boolean large = bytes(degraded, restored) > press.room() / 2;
    RgbImage before = large ? pictures.thinned(degraded) : degraded;
    RgbImage after = large && restored != null ? pictures.thinned(restored) : restored;
    int width = degraded.width();
    int height = degraded.height();
    press.offer(
        bytes(before, after),
        () -> {
          byte[] left = pictures.jpeg(before);
          byte[] right = after == null ? null : pictures.jpeg(after);
          synchronized (this) {
            tile.show(new PicturePair(++lastPicture, sequence, width, height, left, right));
          }
        });
  }

  private static long bytes(RgbImage degraded, @Nullable RgbImage restored) {
    return (long) degraded.rgb().length + (restored == null ? 0 : restored.rgb().length);
  }

  /** Holds the payload at most, and of what is too large to be decoded only the first bytes. */
  private void takeLetter(FrameTelemetry telemetry, EndedFrame.Dead dead, String source, long now) {
    byte[] payload = dead.payload();
    String reason = dead.reason().name();
    String message = PlainText.of(dead.message(), 300);
    long most = Math.min(press.room() / 2, Pictures.MAX_LETTER_BYTES);
    if (payload != null && payload.length <= most) {
      FrameEncoding encoding = dead.encoding();
      int width = dead.width();
      int height = dead.height();
      press.offer(
          payload.length,
          () ->
              addLetter(
                  telemetry,
                  source,
                  reason,
                  message,
                  now,
                  pictures.letter(payload, encoding, width, height)));
      return;
    }
    Pictures.Letter head =
        payload == null
            ? Pictures.dumped(dead.value(), "no pixels could be read")
            : Pictures.dumped(payload, "too large to be shown here");
    addLetter(telemetry, source, reason, message, now, head);
  }

  private static String source(FrameTelemetry telemetry, EndedFrame.Dead dead) {
    FrameIdentity identity = telemetry.getIdentity();
    if (identity != null) {
      return PlainText.of(identity.getSourceId(), 249);
    }
    byte[] key = dead.key();
    return key == null ? "unknown" : PlainText.of(key);
  }

  private synchronized void addLetter(
      FrameTelemetry telemetry,
      String source,
      String reason,
      String message,
      long now,
      Pictures.Letter seen) {
    letters.add(
        new LetterSample(
            ++lastLetter,
            source,
            reason,
            message,
            telemetry.getInputTopic()
                + "-"
                + telemetry.getInputPartition()
                + " offset "
                + telemetry.getInputOffset(),
            now,
            telemetry.getBytesIn(),
            seen.picture(),
            seen.dump(),
            seen.note()));
  }

  /** Notes what happened. */
  synchronized void note(String kind, String text) {
    events.addLast(new Event(clock.millis(), kind, PlainText.of(text, 300)));
    if (events.size() > EVENTS) {
      events.removeFirst();
    }
  }

  /** A picture that is still kept. */
  synchronized @Nullable PicturePair picture(int tileId, long pictureId) {
    for (SourceTile tile : tiles.values()) {
      if (tile.id == tileId) {
        return tile.picture(pictureId);
      }
    }
    return null;
  }

  /** A dead letter that is still kept. */
  synchronized @Nullable LetterSample letter(long id) {
    return letters.sample(id);
  }

  /** Everything now. */
  synchronized Seen seen() {
    long now = clock.millis();
    return new Seen(
        now,
        totals.clone(),
        all.framesPerSecond(Math.floorDiv(now, 1000L), 10),
        forgotten,
        tiles.values().stream().map(tile -> tile.seen(now)).toList(),
        letters.all(),
        List.copyOf(events));
  }
}
