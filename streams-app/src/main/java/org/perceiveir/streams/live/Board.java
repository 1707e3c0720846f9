package org.perceiveir.streams.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.streams.config.LivePageSettings;
import org.perceiveir.streams.log.PlainText;
import org.perceiveir.streams.source.SourceReader;
import org.perceiveir.streams.topology.EndedFrame;
import org.perceiveir.streams.topology.FrameListener;

/**
 * What the live page shows, kept up by the stream threads.
 *
 * <p><u>Cost.</u> A stream thread counts under a lock that is held for microseconds. Pixels it only
 * hands over, by reference, at most once an interval and source; the page's own thread scales and
 * encodes them. If that thread is behind, the picture is dropped.
 *
 * <p><u>Bounds.</u> Tiles: {@code live.page.sources.max}; one that has been silent for {@value
 * #SILENT_MS} ms makes room for a new source, the one silent for longest first, and while none is,
 * a new source is counted and has no tile. Each keeps one minute of counts and at most {@value
 * SourceTile#KEPT_PICTURES} pairs of pictures; all pictures together stay within the bytes given
 * here, the oldest go first. Dead letters: {@link LetterShelf}, of which at most {@value
 * #WAITING_LETTERS} wait to be looked at. Events: {@value #EVENTS}. Pixels that wait: {@link
 * Press}.
 *
 * <p>Thread-safe.
 */
final class Board implements FrameListener {
  static final int EVENTS = 20;
  static final long SILENT_MS = 10_000;
  static final int WAITING_LETTERS = 4;

  /** While nobody watches, so that a page that is opened has pictures of a moment ago. */
  private static final int SELDOM = 20;

  private final LivePageSettings settings;
  private final InstantSource clock;
  private final BooleanSupplier watched;
  private final Press press;
  private final Pictures pictures;
  private final long pictureBytes;
  private final AtomicInteger lettersWaiting = new AtomicInteger();

  // Guarded by this.
  private final Deque<Kept> kept = new ArrayDeque<>();
  private long keptBytes;
  private final Map<String, SourceTile> tiles = new LinkedHashMap<>(16, 0.75f, true);
  private final long[] totals = new long[Timeline.BEFORE];
  private final Timeline all = new Timeline();
  private final LetterShelf letters = new LetterShelf();
  private final Deque<Event> events = new ArrayDeque<>();
  private int lastTile;
  private long lastPicture;
  private long lastLetter;
  private long forgotten;
  private long crowdedMs = Long.MIN_VALUE;

  private record Kept(SourceTile tile, PicturePair pair) {}

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
   * @param crowded whether there were just now more sources than tiles
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Seen(
      long nowMs,
      long[] totals,
      double framesPerSecond,
      long forgotten,
      boolean crowded,
      List<SourceTile.Seen> sources,
      List<LetterSample> letters,
      List<Event> events) {}

  /**
   * An empty board.
   *
   * @param watched whether somebody looks at the page
   * @param press takes the pictures that are to be made
   * @param pictureBytes what all pictures that are kept may take
   */
  Board(
      LivePageSettings settings,
      InstantSource clock,
      BooleanSupplier watched,
      Press press,
      Pictures pictures,
      long pictureBytes) {
    this.settings = settings;
    this.clock = clock;
    this.watched = watched;
    this.press = press;
    this.pictures = pictures;
    this.pictureBytes = pictureBytes;
  }

  @Override
  public void ended(EndedFrame frame) {
    long now = clock.millis();
    long intervalMs = intervalMs();
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
      tile = identity == null ? null : tile(identity.getSourceId(), now);
      if (tile != null) {
        tile.count(telemetry, now);
      }
      picture =
          tile != null
              && degraded != null
              && dead == null
              && telemetry.getOutcome() != FrameOutcome.SHED
              && tile.takePicture(now, intervalMs);
      letter = dead != null && letters.take(sender, now);
    }
    if (picture && tile != null && degraded != null && identity != null) {
      takePicture(tile, identity.getSequence(), now, degraded, frame.restored());
    }
    if (letter && dead != null) {
      takeLetter(telemetry, dead, PlainText.of(sender, SourceReader.MAX_SOURCE_ID), now);
    }
  }

  private long intervalMs() {
    return settings.interval().toMillis() * (watched.getAsBoolean() ? 1 : SELDOM);
  }

  /**
   * Makes room first, so that there are never more tiles than allowed. A tile is not taken from a
   * source that sends: two would take it from each other with every frame.
   */
  private @Nullable SourceTile tile(String source, long nowMs) {
    SourceTile known = tiles.get(source);
    if (known != null) {
      return known;
    }
    if (tiles.size() >= settings.maxSources()) {
      Iterator<SourceTile> eldestFirst = tiles.values().iterator();
      SourceTile eldest = eldestFirst.next();
      if (!eldest.isSilent(nowMs, SILENT_MS)) {
        crowdedMs = nowMs;
        return null;
      }
      eldestFirst.remove();
      drop(eldest);
      forgotten++;
    }
    SourceTile made = new SourceTile(++lastTile, source);
    tiles.put(source, made);
    return made;
  }

  private void takePicture(
      SourceTile tile, long sequence, long nowMs, RgbImage degraded, @Nullable RgbImage restored) {
    boolean large = bytes(degraded, restored) > press.room() / 2;
    long most = press.room() / 4;
    RgbImage before = large ? pictures.thinned(degraded, most) : degraded;
    RgbImage after = large && restored != null ? pictures.thinned(restored, most) : restored;
    int width = degraded.width();
    int height = degraded.height();
    press.offer(
        bytes(before, after),
        () -> {
          byte[] left = pictures.jpeg(before);
          byte[] right = after == null ? null : pictures.jpeg(after);
          keep(tile, sequence, nowMs, width, height, left, right);
        });
  }

  private synchronized void keep(
      SourceTile tile,
      long sequence,
      long takenMs,
      int width,
      int height,
      byte[] left,
      byte @Nullable [] right) {
    if (tile.isGivenUp()) {
      return;
    }
    PicturePair pair =
        new PicturePair(++lastPicture, sequence, takenMs, width, height, left, right);
    kept.addLast(new Kept(tile, pair));
    keptBytes += pair.bytes();
    PicturePair old = tile.show(pair);
    if (old != null) {
      kept.removeIf(each -> each.pair().id() == old.id());
      keptBytes -= old.bytes();
    }
    while (keptBytes > pictureBytes) {
      Kept oldest = kept.removeFirst();
      oldest.tile().forget(oldest.pair());
      keptBytes -= oldest.pair().bytes();
    }
  }

  private void drop(SourceTile tile) {
    tile.giveUp();
    kept.removeIf(
        each -> {
          boolean gone = each.tile() == tile;
          if (gone) {
            keptBytes -= each.pair().bytes();
          }
          return gone;
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
      if (lettersWaiting.incrementAndGet() > WAITING_LETTERS) {
        lettersWaiting.decrementAndGet();
        return;
      }
      FrameEncoding encoding = dead.encoding();
      int width = dead.width();
      int height = dead.height();
      boolean taken =
          press.offer(
              payload.length,
              () -> {
                lettersWaiting.decrementAndGet();
                Pictures.Letter seen = pictures.letter(payload, encoding, width, height);
                addLetter(telemetry, source, reason, message, now, seen);
              });
      if (!taken) {
        lettersWaiting.decrementAndGet();
      }
      return;
    }
    Pictures.Letter head =
        payload == null
            ? Pictures.dumped(dead.value(), "no pixels could be read")
            : Pictures.dumped(payload, "too large to be shown here");
    addLetter(telemetry, source, reason, message, now, head);
  }

  /** As it came: made plain only where a sample is taken. */
  private static String source(FrameTelemetry telemetry, EndedFrame.Dead dead) {
    FrameIdentity identity = telemetry.getIdentity();
    if (identity != null) {
      return identity.getSourceId();
    }
    byte[] key = dead.key();
    return key == null
        ? SourceReader.UNKNOWN
        : new String(key, 0, Math.min(key.length, SourceReader.MAX_SOURCE_ID), UTF_8);
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
        crowdedMs != Long.MIN_VALUE && now >= crowdedMs && now - crowdedMs < SILENT_MS,
        tiles.values().stream().map(tile -> tile.seen(now)).toList(),
        letters.all(),
        List.copyOf(events));
  }
}
