package org.perceiveir.streams.live;

import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.http.OperationsServer;
import org.perceiveir.streams.log.LoudAtFirst;
import org.perceiveir.streams.observability.Observed;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.topology.EndedFrame;
import org.perceiveir.streams.topology.FrameListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The live page of one instance.
 *
 * <pre>
 *   stream threads --ended--> Board --pixels, now and then--> Press --> this thread: scale, encode
 *                               |                                          |
 *   browsers <--events-- Watchers <-----state, twice a second--------------+
 * </pre>
 *
 * <p>It shows attempts of this instance, as its meters count them: an attempt whose transaction
 * aborts is seen again. Nothing that it does can hold up, fail or change a frame. Thread-safe.
 */
public final class LivePage implements FrameListener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LivePage.class);

  private static final long TICK_MS = 500;
  private static final long LAST_STATE_MS = 500;

  /**
   * Pixels that wait, pictures that are kept and the decoding of a dead letter take at most this
   * each, and at most a 32nd of the heap: together a tenth, of the quarter that {@link
   * org.perceiveir.streams.limits.MemoryLimits} leaves.
   */
  private static final long MOST_BYTES = 64L << 20;

  private static final int DECODER_BYTES_PER_PIXEL = 24;

  private final Observed service;
  private final Press press;
  private final Board board;
  private final StateJson json;
  private final Watchers watchers;
  private final LoudAtFirst warnings = new LoudAtFirst();
  private final Thread thread = new Thread(this::run, "perceive-live-page");
  private final Map<ModelSlotName, ModelIdentity> lastModels = new EnumMap<>(ModelSlotName.class);
  private @Nullable String lastState;
  private volatile @Nullable ExtraFigures extra;
  private volatile boolean closed;

  private LivePage(ServiceConfig config, Observed service, InstantSource clock) {
    this.service = service;
    long share = Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / 32);
    this.press = new Press(share);
    this.watchers =
        new Watchers(
            this::state,
            () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
            Watchers.STREAM_MS);
    this.board =
        new Board(
            config.livePage(),
            clock,
            watchers::isWatched,
            press,
            new Pictures(
                config.livePage().pictureSize(),
                Math.min(Pictures.MAX_LETTER_PIXELS, share / DECODER_BYTES_PER_PIXEL)),
            share);
    this.json = new StateJson(config, service);
    thread.setDaemon(true);
  }

  /**
   * Opens the page, if it is configured and a port is open.
   *
   * @param service what is shown beside the frames
   * @param server serves it; closed by its owner, after the page
   */
  public static Optional<LivePage> open(
      ServiceConfig config,
      Observed service,
      Optional<OperationsServer> server,
      InstantSource clock) {
    if (!config.livePage().enabled() || server.isEmpty()) {
      return Optional.empty();
    }
    OperationsServer serving = server.get();
    LivePage page = new LivePage(config, service, clock);
    new LiveRoutes(serving, page.board, page.watchers, new BrowserPass(serving.port(), clock))
        .open();
    page.thread.start();
    return Optional.of(page);
  }

  /** The path under which the server has it. */
  public static String path() {
    return LiveRoutes.PATH;
  }

  @Override
  public void ended(EndedFrame frame) {
    if (closed) {
      return;
    }
    try {
      board.ended(frame);
    } catch (RuntimeException e) {
      // Whatever is wrong with the page is none of the frame's business.
      warnings.warn(log, "live page", "a frame", "cannot be shown: " + e);
    }
  }

  /** Shows figures of the program that runs the service, in place of those it gave before. */
  public void show(ExtraFigures figures) {
    extra = figures;
  }

  private String state() {
    return json.of(board.seen(), extra, press.dropped());
  }

  private void run() {
    long due = System.nanoTime();
    try {
      while (!closed) {
        long left = TimeUnit.NANOSECONDS.toMillis(due - System.nanoTime());
        if (left <= 0) {
          due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TICK_MS);
          guarded(this::tick);
        } else {
          work(left);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(long millis) throws InterruptedException {
    try {
      press.workFor(millis);
    } catch (RuntimeException | Error e) {
      // One picture is nothing; without its thread the page would be dead and look alive.
      warnings.warn(log, "live page", "a picture", "cannot be made: " + e);
    }
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      warnings.warn(log, "live page", "the state", "cannot be shown: " + e);
    }
  }

  private void tick() {
    noteChanges();
    if (watchers.isWatched()) {
      watchers.show(state());
    }
  }

  private void noteChanges() {
    String now = service.state();
    if (!now.equals(lastState)) {
      lastState = now;
      board.note("state", now);
    }
    Map<ModelSlotName, ModelIdentity> models = service.models();
    for (ModelSlotName slot : ModelSlotName.values()) {
      ModelIdentity before = lastModels.get(slot);
      ModelIdentity after = models.get(slot);
      if (after == null ? before != null : !after.equals(before)) {
        board.note("model", change(slot, before, after));
      }
    }
    lastModels.clear();
    lastModels.putAll(models);
  }

  private static String change(
      ModelSlotName slot, @Nullable ModelIdentity before, @Nullable ModelIdentity after) {
    String name = slot.name().toLowerCase(Locale.ROOT);
    if (after == null) {
      return name + " network ended: " + before;
    }
    return before == null
        ? name + " network in use: " + after
        : name + " network exchanged: " + before.bundle() + " " + before.version() + " → " + after;
  }

  /** Shows the last state, ends the streams and its thread. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    thread.interrupt();
    try {
      thread.join(LAST_STATE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    press.clear();
    guarded(() -> watchers.show(state()));
    watchers.end(LAST_STATE_MS);
  }
}
