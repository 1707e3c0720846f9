package org.perceiveir.cli.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.capture.VideoAddress;
import org.perceiveir.cli.cluster.LocalCluster;
import org.perceiveir.cli.cluster.ServiceCheck;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.lifetime.ScratchDirectory;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.frame.FramePayload;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.HttpSettings;
import org.perceiveir.streams.config.LivePageSettings;
import org.perceiveir.streams.config.ModelControlSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.TierSettings;
import org.perceiveir.streams.limits.MeasuredSpeed;
import org.perceiveir.streams.live.LivePage;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.service.Bundles;
import org.perceiveir.streams.service.PerceiveService;
import org.perceiveir.streams.topics.TopicAdmin;

/**
 * The whole path in one process: broker, registry, the streaming service as it is in production,
 * and sources around it whose clean frames are known.
 *
 * <pre>
 *   clean frames -&gt; degrade -&gt; frames.degraded -&gt; service -&gt; frames.restored -&gt; PSNR, page
 *                                                         \-&gt; telemetry.frames -&gt; books
 * </pre>
 *
 * <p>Results are read committed only. At the end the committed telemetry is balanced against the
 * offsets of the input topic, and against the number of frames that came back.
 */
public final class Demo {
  /** The page's port where it is free and none is asked for. */
  public static final int USUAL_PORT = 8765;

  private static final Duration STALLED = Duration.ofSeconds(90);
  private static final Duration DRAIN = Duration.ofSeconds(30);
  private static final Duration DRAIN_WHEN_INTERRUPTED = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final double SHARE_OF_CAPACITY = 0.7;

  /** In an overload, what an operator of a live view would set. */
  private static final Duration MAX_AGE = Duration.ofSeconds(1);

  private final DemoSettings settings;
  private final Interruption interruption;
  private final PrintWriter out;
  private final PrintWriter err;
  private final Scoreboard scores = new Scoreboard();
  private final FirstPairs sheet = new FirstPairs();
  private final List<String> names = new ArrayList<>();
  private final Map<String, Long> byModel = new HashMap<>();
  private final Map<String, String> notes = new ConcurrentHashMap<>();
  private final AtomicBoolean swapped = new AtomicBoolean();
  private final ImageDecoder decoder =
      new ImageDecoder(new DecodeLimits(1 << 15, 1 << 15, 200_000_000, Integer.MAX_VALUE, 64));

  /** A demo that has not begun. */
  public Demo(DemoSettings settings, Interruption interruption, PrintWriter out, PrintWriter err) {
    this.settings = settings;
    this.interruption = interruption;
    this.out = out;
    this.err = err;
    for (int i = 1; i <= settings.sources(); i++) {
      names.add("camera-" + i);
    }
  }

  /**
   * Runs to the end, or until it is interrupted, and reports.
   *
   * @throws CommandFailure if a part cannot start, the pipeline stalls or the books do not balance
   */
  public void run() throws IOException, InterruptedException {
    ModelBundle bundle = ModelBundle.read(settings.bundle());
    try (RealFrames files = realFrames()) {
      run(bundle, files);
    }
  }

  private @Nullable RealFrames realFrames() {
    if (settings.input().isEmpty()) {
      return null;
    }
    Path input = settings.input().get();
    if (VideoAddress.mayTellASecret(input.toString())) {
      throw new CommandFailure(
          "--input is neither a file nor a directory",
          "name a directory of images or a video file; ./perceive publish reads cameras");
    }
    return Files.isRegularFile(input) ? VideoFrames.open(input) : FrameFiles.open(input, err);
  }

  private void run(ModelBundle bundle, @Nullable RealFrames files)
      throws IOException, InterruptedException {
    int width = files == null ? DrawnFrames.WIDTH : files.maxWidth();
    int height = files == null ? DrawnFrames.HEIGHT : files.maxHeight();
    int port = settings.page() ? pagePort() : -1;
    say("starting a Kafka broker, a schema registry and the restoration service ...");
    try (LocalCluster cluster = LocalCluster.start("perceive-demo-", Map.of());
        ScratchDirectory scratch = ScratchDirectory.create("perceive-demo-models-")) {
      ServiceConfig config = config(cluster, width, height, scratch.path(), port);
      if (settings.scenario() == Scenario.SWAP) {
        ModelSwap.prepare(bundle, scratch.path());
      }
      try (TopicAdmin topics = TopicAdmin.open(config)) {
        topics.create();
      }
      try (PerceiveService service = new PerceiveService(config, Bundles.of(config))) {
        service.start();
        service
            .observability()
            .server()
            .ifPresent(
                server ->
                    say(
                        "open http://localhost:"
                            + server.port()
                            + LivePage.path()
                            + " in a browser; Ctrl-C ends the demo"));
        stream(config, service, files, service.livePage().orElse(null));
      }
    }
  }

  /** The port of the page; 0 takes a free one. */
  private int pagePort() {
    int wanted = settings.port().orElse(USUAL_PORT);
    try (ServerSocket free = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    } catch (IOException e) {
      if (settings.port().isEmpty()) {
        return 0;
      }
      throw new CommandFailure(
          "--port " + wanted + " is taken",
          "choose another --port, or leave it out for a free one",
          e);
    }
  }

  private ServiceConfig config(LocalCluster cluster, int width, int height, Path models, int port) {
    Map<String, String> values = cluster.settings("perceive-demo");
    values.put(ServiceConfig.BUNDLE, settings.bundle().toString());
    values.put(ServiceConfig.DEVICE, settings.device());
    values.put(ServiceConfig.WARMUP_FRAME_SIZE, width + "x" + height);
    values.put(HttpSettings.PORT, Integer.toString(port));
    values.put(LivePageSettings.ENABLED, Boolean.toString(port >= 0));
    settings
        .perceiver()
        .ifPresent(
            perceiver -> {
              values.put(TierSettings.PERCEIVER, perceiver.toString());
              values.put(TierSettings.AFTER_SAMPLE, "1");
            });
    // The demo keeps the books itself, twice a second.
    values.put(ServiceConfig.BOOKS_AUDIT_INTERVAL_MS, "-1");
    // A noisy PNG is a little larger than its pixels.
    long largest = Math.max(10L << 20, 16L * width * height / 5);
    values.put(ServiceConfig.FRAME_MAX_BYTES, Long.toString(Math.min(90L << 20, largest)));
    if (settings.scenario() == Scenario.OVERLOAD) {
      values.put(ServiceConfig.FRAME_MAX_AGE_MS, Long.toString(MAX_AGE.toMillis()));
    }
    if (settings.scenario() == Scenario.SWAP) {
      values.put(ModelControlSettings.DIRECTORY, models.toString());
    }
    return ServiceConfig.of(values);
  }

  private Traffic traffic(PerceiveService service) {
    MeasuredSpeed speed = service.timeLimits().orElseThrow().speed();
    double frameMs = speed.frameMs() + speed.codecMs();
    Pace pace = new Pace(frameMs / SHARE_OF_CAPACITY, settings.sources());
    return switch (settings.scenario()) {
      case STEADY -> pace;
      case SWAP -> ModelSwap.traffic(pace, settings.frames(), swapped);
      case OVERLOAD -> new Rush(pace, frameMs, settings.frames());
      case POISON -> new BadCamera(pace, settings.sources() - 1);
    };
  }

  private void stream(
      ServiceConfig config,
      PerceiveService service,
      @Nullable RealFrames files,
      @Nullable LivePage page)
      throws IOException, InterruptedException {
    ModelIdentity model = service.model().orElseThrow();
    String bundle = model.bundle() + " " + model.version();
    say(
        settings.frames()
            + " frames from "
            + settings.sources()
            + (settings.sources() == 1 ? " source, " : " sources, ")
            + (files == null ? "drawn scenes, " : files.label() + ", ")
            + settings.degradation().map(d -> d.id()).orElse("mixed")
            + " degradation, model "
            + bundle
            + " on "
            + model.device());

    List<CleanFrames> clean = new ArrayList<>();
    for (int i = 0; i < settings.sources(); i++) {
      clean.add(files == null ? DrawnFrames.source(i) : files.source(i, settings.sources()));
    }
    DegradationPlan plan =
        settings
            .degradation()
            .map(DegradationPlan::only)
            .orElseGet(() -> DegradationPlan.mixed(settings.frames() / settings.sources()));
    Books books;
    long returned;
    try (CommittedRecords<RestoredFrame> restored =
            CommittedRecords.restored(config, CommittedRecords.From.BEGINNING);
        FramePublisher publisher = FramePublisher.open(config);
        FrameSender sender =
            new FrameSender(publisher, clean, names, plan, settings.frames(), traffic(service));
        ModelSwap swap =
            settings.scenario() == Scenario.SWAP
                ? ModelSwap.begin(config, sender, settings.frames(), swapped, this::say)
                : null) {
      sender.start();
      returned = follow(config, service, restored, sender, page, bundle, model.device());
      if (swap != null) {
        swap.finish();
      }
    }
    // The keeper that followed the stream is not trusted with the verdict: this one starts afresh.
    try (BookKeeper keeper = BookKeeper.open(config)) {
      books = keeper.settle(interruption.isRequested() ? DRAIN_WHEN_INTERRUPTED : DRAIN);
    }
    finish(report(service, books, bundle, model.device()), complaint(books, returned), page);
  }

  /** Reads what comes back until nothing is on its way any more; returns how many frames did. */
  private long follow(
      ServiceConfig config,
      PerceiveService service,
      CommittedRecords<RestoredFrame> restored,
      FrameSender sender,
      @Nullable LivePage page,
      String bundle,
      String device)
      throws IOException, InterruptedException {
    long returned = 0;
    long lastProgress = System.nanoTime();
    long lastSaid = System.nanoTime();
    long lastShown = 0;
    long endBy = Long.MAX_VALUE;
    Consumer<FrameTelemetry> withoutResult = telemetry -> drop(sender, telemetry);
    try (BookWatch books = BookWatch.open(config, withoutResult)) {
      while (!(sender.isDone() && sender.onTheirWay().isEmpty()) && System.nanoTime() < endBy) {
        var entries = restored.poll(POLL);
        long now = System.nanoTime();
        for (CommittedRecords.Entry<RestoredFrame> entry : entries) {
          returned++;
          receive(entry.value(), sender, now);
        }
        if (!entries.isEmpty()) {
          lastProgress = now;
        }
        checkAlive(service, sender, now - lastProgress);
        if (interruption.isRequested() && endBy == Long.MAX_VALUE) {
          say("ending: waiting for the frames on their way ...");
          sender.stop();
          endBy = now + DRAIN_WHEN_INTERRUPTED.toNanos();
        }
        if (now - lastSaid > (page == null ? 2_000_000_000L : 5_000_000_000L)) {
          sayProgress();
          lastSaid = now;
        }
        if (page != null && now - lastShown > 500_000_000L) {
          page.show(
              DemoFigures.of(
                  report(service, books.latest(), bundle, device), notes, Optional.empty()));
          lastShown = now;
        }
      }
    }
    // A sender that failed at its first frame leaves nothing to wait for.
    checkAlive(service, sender, 0);
    return returned;
  }

  private static void drop(FrameSender sender, FrameTelemetry telemetry) {
    FrameOutcome outcome = telemetry.getOutcome();
    var identity = telemetry.getIdentity();
    if (identity != null
        && (outcome == FrameOutcome.SHED || outcome == FrameOutcome.DEAD_LETTERED)) {
      sender.onTheirWay().remove(key(identity.getSourceId(), identity.getSequence()));
    }
  }

  private static SentFrame.Key key(String sourceId, long sequence) {
    int number = Integer.parseInt(sourceId.substring(sourceId.lastIndexOf('-') + 1));
    return new SentFrame.Key(number - 1, sequence);
  }

  private void receive(RestoredFrame frame, FrameSender sender, long now) throws IOException {
    SentFrame.Key key = key(frame.getIdentity().getSourceId(), frame.getIdentity().getSequence());
    SentFrame sent = sender.onTheirWay().remove(key);
    if (sent == null) {
      throw new CommandFailure(
          "frame " + key.sequence() + " of source " + key.source() + " came back twice",
          "this breaks the exactly-once promise: please report it");
    }
    if (!(FramePayload.of(frame) instanceof FramePayload.Inline inline)) {
      throw new IllegalStateException("the demo's service writes no frames outside Kafka");
    }
    byModel.merge(frame.getBundleName() + " " + frame.getBundleVersion(), 1L, Long::sum);
    byte[] encoded = inline.bytes();
    RgbImage image =
        frame.getEncoding() == FrameEncoding.RGB8
            ? decoder.decodeRgb8(encoded, frame.getWidth(), frame.getHeight())
            : decoder.decode(encoded);
    double psnr = Psnr.between(sent.truth(), image);
    scores.add(sent.type(), sent.psnrDegraded(), psnr, sent.sentNanos(), now);
    if (settings.picture().isPresent() && sheet.wants(sent.type())) {
      sheet.offer(sent.type(), decoder.decode(sent.degraded()), image);
    }
    notes.put(
        names.get(key.source()),
        DemoFigures.note(
            sent.type().id(),
            Math.min(Scoreboard.MAX_PSNR, sent.psnrDegraded()),
            Math.min(Scoreboard.MAX_PSNR, psnr)));
  }

  private void checkAlive(PerceiveService service, FrameSender sender, long idleNanos) {
    Throwable sending = sender.failure();
    if (sending instanceof CommandFailure failure) {
      throw failure;
    }
    if (sending != null) {
      throw new CommandFailure(
          "frames cannot be sent: " + sending.getMessage(),
          "try fewer --sources or smaller frames",
          sending);
    }
    ServiceCheck.running(service);
    if (idleNanos > STALLED.toNanos()) {
      throw new CommandFailure(
          "no frame came back for " + STALLED.toSeconds() + " s",
          "the machine may be too busy: try smaller frames or fewer --sources");
    }
  }

  private static String complaint(Books books, long returned) {
    if (!books.settled()) {
      return books.summary();
    }
    long expected = books.restored() + books.passedThrough();
    return expected == returned
        ? ""
        : "telemetry speaks of "
            + expected
            + " frames in the restored topic, "
            + returned
            + " came";
  }

  private void finish(DemoReport report, String complaint, @Nullable LivePage page)
      throws IOException {
    boolean balanced = complaint.isEmpty();
    report.toLines().forEach(out::println);
    say("  books        " + (balanced ? "balance" : "DO NOT BALANCE: " + complaint));
    if (page != null) {
      String message =
          balanced ? "The demo has finished, the books balance." : "The books do not balance.";
      page.show(DemoFigures.of(report, notes, Optional.of(message)));
    }
    if (settings.report().isPresent()) {
      ObjectNode json = report.toJson();
      json.put("balanced", balanced);
      WholeFile.write(settings.report().get(), json);
      say("  report       " + settings.report().get());
    }
    if (settings.picture().isPresent() && !sheet.isEmpty()) {
      Path picture = settings.picture().get();
      WholeFile.write(picture, ImageEncoder.encode(sheet.draw(), ImageFormat.PNG));
      say("  picture      " + picture + " (" + Files.size(picture) / 1024 + " KiB)");
    }
    if (!balanced) {
      throw new CommandFailure(
          "the books do not balance: " + complaint,
          interruption.isRequested()
              ? "it was interrupted with frames on their way"
              : "this breaks the exactly-once promise: please report it");
    }
  }

  private DemoReport report(PerceiveService service, Books books, String bundle, String device) {
    return new DemoReport(
        books,
        scores.framesPerSecond(),
        scores.latency(),
        scores.overall(),
        scores.byDegradation(),
        service.meters().deadLetterReasons(),
        new TreeMap<>(byModel),
        bundle,
        device);
  }

  private void sayProgress() {
    Scoreboard.Quality quality = scores.overall();
    say(
        String.format(
            Locale.ROOT,
            "  %d/%d frames, %.1f frames/s, PSNR %.1f -> %.1f dB",
            quality.frames(),
            settings.frames(),
            scores.framesPerSecond(),
            quality.degraded(),
            quality.restored()));
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
