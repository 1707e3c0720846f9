package org.perceiveir.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.perceiveir.cli.bench.MemoryLine.Sample;
import org.perceiveir.cli.cluster.LocalCluster;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.lifetime.ScratchDirectory;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.schemas.avro.ModelState;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.streams.PerceiveStreamsMain;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ModelControlSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.TierSettings;
import org.perceiveir.streams.control.InstanceAnswer;
import org.perceiveir.streams.control.ModelOrders;
import org.perceiveir.streams.topics.TopicAdmin;

/**
 * Lets the service run for long while its model is exchanged again and again, and watches how much
 * memory it holds.
 *
 * <p>The service is the production entry point in a process of its own; broker and load are in this
 * one, so that what is measured is the service alone.
 */
public final class SoakBench {
  private static final List<String> NAMES = List.of("model-a", "model-b");
  private static final Duration ANSWER = Duration.ofMinutes(2);
  private static final Duration START = Duration.ofMinutes(3);
  private static final Duration SETTLE = Duration.ofMinutes(3);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final int SHADOW_EVERY = 4;
  private static final String RESIDENT = "VmRSS:";

  private final SoakSettings settings;
  private final String commandLine;
  private final Interruption interruption;
  private final PrintWriter out;
  private int turns;
  private int refused;

  /**
   * A soak.
   *
   * @param out gets a line for each exchange of the model
   */
  public SoakBench(
      SoakSettings settings, String commandLine, Interruption interruption, PrintWriter out) {
    this.settings = settings;
    this.commandLine = commandLine;
    this.interruption = interruption;
    this.out = out;
  }

  /**
   * Runs for the whole duration.
   *
   * @throws CommandFailure if the service fails, an order is refused or the books do not balance
   */
  public SoakReport run() throws IOException, InterruptedException {
    if (!Files.isReadable(Path.of("/proc/self/status"))) {
      throw new CommandFailure(
          "this system does not tell how much memory a process holds (/proc/PID/status)",
          "run the soak on Linux");
    }
    Instant when = Instant.now();
    try (LocalCluster cluster = LocalCluster.start("perceive-soak-", retention());
        ScratchDirectory scratch = ScratchDirectory.create("perceive-soak-files-")) {
      Path models = Files.createDirectories(scratch.path().resolve("models"));
      for (String name : NAMES) {
        copy(settings.bundle(), models.resolve(name));
      }
      Map<String, String> values = values(cluster, models);
      ServiceConfig config = ServiceConfig.of(values);
      try (TopicAdmin topics = TopicAdmin.open(config)) {
        topics.create();
      }
      Path file = scratch.path().resolve("service.properties");
      write(values, file);
      Process service = start(file, scratch.path().resolve("service.log"));
      Thread end = new Thread(service::destroyForcibly);
      Runtime.getRuntime().addShutdownHook(end);
      try {
        awaitStart(service, config, scratch.path().resolve("service.log"));
        List<Sample> samples = new ArrayList<>();
        int loads = soak(service, config, scratch.path().resolve("service.log"), samples);
        Books books;
        try (BookKeeper keeper = BookKeeper.open(config)) {
          books = keeper.settle(SETTLE);
        }
        if (!books.settled()) {
          throw new CommandFailure(
              "the books do not balance: " + books.summary(), "look with ./perceive books");
        }
        return new SoakReport(
            settings, Machine.here(), commandLine, when, samples, loads, refused, books.summary());
      } finally {
        service.destroy();
        if (!service.waitFor(30, TimeUnit.SECONDS)) {
          service.destroyForcibly();
        }
        removeHook(end);
      }
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending; the hook does the rest.
    }
  }

  /** An hour of frames must not fill the disk. */
  private static Map<String, String> retention() {
    return Map.of("log.segment.bytes", "16777216", "log.retention.check.interval.ms", "10000");
  }

  private Map<String, String> values(LocalCluster cluster, Path models) {
    Map<String, String> values = cluster.settings("perceive-soak");
    values.put(ServiceConfig.BUNDLE, settings.bundle().toAbsolutePath().toString());
    values.put(TierSettings.PERCEIVER, settings.perceiver().toAbsolutePath().toString());
    values.put(TierSettings.AFTER_SAMPLE, "1");
    values.put(ModelControlSettings.DIRECTORY, models.toString());
    values.put(ServiceConfig.WARMUP_FRAME_SIZE, settings.size().toString());
    values.put(ServiceConfig.FRAMES_RETENTION_BYTES, Long.toString(64L << 20));
    values.put(ServiceConfig.FRAME_MAX_BYTES, Long.toString(1L << 20));
    return values;
  }

  private static void write(Map<String, String> values, Path file) throws IOException {
    Properties properties = new Properties();
    properties.putAll(values);
    try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      properties.store(writer, "soak");
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private Process start(Path config, Path log) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms" + settings.heapMiB() + "m",
            "-Xmx" + settings.heapMiB() + "m",
            "-XX:+AlwaysPreTouch",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            "-cp",
            System.getProperty("java.class.path"),
            PerceiveStreamsMain.class.getName(),
            "--config",
            config.toString())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Ready is an instance that answers. */
  private void awaitStart(Process service, ServiceConfig config, Path log)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < deadline) {
      check(service, log);
      List<InstanceAnswer> answers =
          ModelOrders.of(config).send(ModelOrders.status(), Duration.ofSeconds(2));
      if (!answers.isEmpty() && answers.stream().allMatch(InstanceAnswer::complete)) {
        return;
      }
    }
    throw new CommandFailure(
        "the service has not started within " + START.toMinutes() + " minutes: " + tail(log),
        "look at its configuration");
  }

  private void check(Process service, Path log) throws IOException, InterruptedException {
    if (interruption.await(LOOK)) {
      throw new CommandFailure("interrupted", "no figures were written");
    }
    if (!service.isAlive()) {
      throw new CommandFailure(
          "the service has ended with code " + service.exitValue() + ": " + tail(log),
          "nothing can be measured");
    }
  }

  private static String tail(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log, StandardCharsets.UTF_8)) {
      return lines.reduce("", (before, line) -> line.isBlank() ? before : line);
    }
  }

  /** The load, the orders and the samples. */
  private int soak(Process service, ServiceConfig config, Path log, List<Sample> samples)
      throws IOException, InterruptedException {
    FrameSet frames = FrameSet.draw(settings.size(), ImageFormat.JPEG, 16);
    int count = (int) Math.ceil(settings.duration().toMillis() / 1e3 * settings.perSecond());
    long begin = System.nanoTime();
    long nextSample = begin;
    long nextLoad = begin + settings.reloadEvery().toNanos();
    int loads = 0;
    try (FramePublisher publisher = FramePublisher.open(config);
        SteadyLoad load =
            new SteadyLoad(
                publisher, frames, List.of("cam-1", "cam-2"), settings.perSecond(), count)) {
      load.start();
      while (System.nanoTime() - begin < settings.duration().toNanos()) {
        if (System.nanoTime() >= nextSample) {
          samples.add(
              new Sample((System.nanoTime() - begin) / 1e9, residentMiB(service.pid()), loads));
          nextSample = Math.max(nextSample + settings.sampleEvery().toNanos(), System.nanoTime());
        }
        if (System.nanoTime() >= nextLoad) {
          loads = exchange(config, loads, (System.nanoTime() - begin) / 1e9);
          nextLoad = Math.max(nextLoad + settings.reloadEvery().toNanos(), System.nanoTime());
        }
        check(service, log);
        Throwable lost = load.failure();
        if (lost != null) {
          throw new CommandFailure("a frame could not be sent: " + lost, "run again", lost);
        }
      }
    }
    return loads;
  }

  private int exchange(ServiceConfig config, int loads, double seconds) {
    int turn = turns++;
    String name = NAMES.get(turn % NAMES.size());
    long start = System.nanoTime();
    int done =
        loads + give(config, ModelOrders.load(ModelSlotName.FULL, name, Optional.empty(), null));
    if (turn % SHADOW_EVERY == 1) {
      done += give(config, ModelOrders.load(ModelSlotName.SHADOW, name, Optional.empty(), 0.5));
    } else if (turn % SHADOW_EVERY == 2) {
      int unused = give(config, ModelOrders.unload(ModelSlotName.SHADOW));
    }
    out.printf(
        Locale.ROOT,
        "%7.0f s  %d loads, the last in %d ms%n",
        seconds,
        done,
        (System.nanoTime() - start) / 1_000_000);
    out.flush();
    return done;
  }

  /**
   * Gives an order. While the machine is busy with something else a model may be refused as too
   * slow, or the answer may not come in time; that is counted, and an hour of samples is not lost.
   *
   * @return 1 if it was obeyed, 0 if it was refused
   */
  private int give(ServiceConfig config, ModelOrder order) {
    for (InstanceAnswer answer : ModelOrders.of(config).send(order, ANSWER)) {
      if (!answer.complete()) {
        refused++;
        out.println("not answered within " + ANSWER.toMinutes() + " minutes");
        return 0;
      }
      for (ModelStatus status : answer.statuses()) {
        if (status.getState() == ModelState.FAILED) {
          refused++;
          out.println("refused: " + status.getMessage());
          return 0;
        }
      }
    }
    return 1;
  }

  private static double residentMiB(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith(RESIDENT)) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
      }
    }
    throw new IOException("/proc/" + pid + "/status does not tell " + RESIDENT);
  }
}
