package org.perceiveir.streams.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.service.Networks;
import org.perceiveir.streams.service.PerceiveService;
import org.perceiveir.streams.topics.TopicAdmin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One scenario: topics of its own, service processes, cameras and the checker, with all times drawn
 * from a seed. A run has one or more rounds; each is counted by itself, and the services of one are
 * there in the next.
 */
final class FaultRun implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FaultRun.class);

  /** Longest wait for anything that should take seconds. */
  static final Duration LONG = Duration.ofSeconds(60);

  /** The service cannot start in this time on a machine that does nothing else. */
  private static final Duration START = Duration.ofSeconds(30);

  /**
   * Services here have a short transaction timeout, to be taken over from within seconds. Where the
   * machine pauses just while one is warmed up, it takes its device for a slow one and refuses it:
   * it is started again then, as a supervisor would.
   */
  private static final String TOO_SHORT = "kafka.transaction.timeout.ms=8000: must be at least";

  private static final String STARTED_AGAIN = "is started again: the machine paused at its warm-up";
  private static final int MOST_PAUSES = 3;
  private static final int FPS = 200;
  private static final int HEAP_MB = 512;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Path dir;
  private final ServiceConfig config;
  private final Path file;
  private final List<ServiceProcess> processes = new ArrayList<>();
  private final List<PerceiveService> services = new ArrayList<>();
  private final List<Cameras> cameras = new ArrayList<>();
  private Random random;
  private @Nullable DeliveryChecker checker;
  private DeliveryChecker.Mark begin = DeliveryChecker.Mark.START;
  private DeviceScript device = DeviceScript.sound();
  private int openTransactionsAtKills;

  private FaultRun(Path dir, Map<String, String> settings, long seed) {
    this.dir = dir;
    settings.put("kafka.state.dir", dir.resolve("state").toString());
    this.config = ServiceConfig.of(settings);
    this.random = new Random(seed);
    this.file = write(settings);
  }

  /**
   * A run with its topics created.
   *
   * @param seed of all random times
   * @param pairs further settings, key after key
   */
  static FaultRun open(FaultCluster cluster, Mode mode, long seed, String... pairs) {
    FaultRun run = openWithoutTopics(cluster, mode, seed, pairs);
    run.createTopics();
    return run;
  }

  /** A run whose topics are still to be created. */
  static FaultRun openWithoutTopics(FaultCluster cluster, Mode mode, long seed, String... pairs) {
    Map<String, String> settings =
        settings(cluster.bootstrapServers(), cluster.registry().url(), mode);
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    settings.values().removeIf(String::isEmpty);
    return new FaultRun(cluster.newDir("run"), settings, seed);
  }

  private static Map<String, String> settings(String brokers, String registry, Mode mode) {
    String own = "faults-" + NUMBER.incrementAndGet();
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", brokers);
    settings.put("schema.registry.url", registry);
    settings.put("application.id", own);
    settings.put("topic.input", own + ".degraded");
    settings.put("topic.restored", own + ".restored");
    settings.put("topic.telemetry", own + ".telemetry");
    settings.put("topic.dead.letter", own + ".dead-letter");
    settings.put("aggregates.enabled", "false");
    settings.put("topics.partitions", "8");
    settings.put("frame.max.bytes", "65536");
    settings.put("warmup.frame.size", "32x24");
    settings.put("warmup.frames", "1");
    // Take-over within seconds: who is silent for this long is dead, and so is its transaction. No
    // shorter than what a service asks for that was warmed up on a busy machine.
    if (mode != Mode.ASYNC_STREAMS_PROTOCOL) {
      settings.put("kafka.session.timeout.ms", "1500");
      settings.put("kafka.heartbeat.interval.ms", "300");
    }
    settings.put("kafka.transaction.timeout.ms", "8000");
    // The derived interval follows the warm-up, which on a busy machine may not fit into the above.
    settings.put("kafka.commit.interval.ms", "200");
    settings.putAll(mode.settings());
    return settings;
  }

  private Path write(Map<String, String> settings) {
    Path written = dir.resolve("service.properties");
    Properties properties = new Properties();
    properties.putAll(settings);
    try (Writer writer = Files.newBufferedWriter(written)) {
      properties.store(writer, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return written;
  }

  ServiceConfig config() {
    return config;
  }

  void createTopics() {
    try (TopicAdmin topics = TopicAdmin.open(config)) {
      topics.create();
    }
  }

  /** The device of the processes that are started from now on. */
  void use(DeviceScript script) {
    device = script;
  }

  /** Begins a new round; what was published before is counted no more. */
  void begin(long seed) {
    random = new Random(seed);
    begin = checker().mark();
    openTransactionsAtKills = 0;
  }

  DeliveryChecker checker() {
    if (checker == null) {
      checker = DeliveryChecker.open(config);
    }
    return checker;
  }

  /** Forgets what was read and reads from the beginning, for a topic that was made anew. */
  void readAnew() {
    Objects.requireNonNull(checker).close();
    checker = null;
    begin = DeliveryChecker.Mark.START;
  }

  /** Starts a service and does not wait for it. */
  ServiceProcess launch(String... more) {
    List<String> arguments = new ArrayList<>(List.of(file.toString(), device.toArgument()));
    arguments.addAll(List.of(more));
    ServiceProcess process =
        ServiceProcess.start(
            dir.resolve("process-" + (processes.size() + 1) + ".log"),
            HEAP_MB,
            FaultyServiceMain.class,
            arguments);
    processes.add(process);
    return process;
  }

  /** Starts a service and waits until it runs. */
  ServiceProcess start(String... more) {
    ServiceProcess started = launch(more);
    for (int pauses = 0; ; pauses++) {
      try {
        started.awaitLine(FaultyServiceMain.RUNNING, START);
        break;
      } catch (AssertionError e) {
        if (pauses == MOST_PAUSES || started.isAlive() || !started.log().contains(TOO_SHORT)) {
          throw e;
        }
        say(STARTED_AGAIN);
        started = launch(more);
      }
    }
    say(started.log().lines().filter(l -> l.startsWith("running")).findFirst().orElse(""));
    return started;
  }

  /** Starts a service in this JVM, where a test can look at it and its clock. */
  PerceiveService startHere(InstantSource clock) {
    for (int pauses = 0; ; pauses++) {
      PerceiveService service =
          new PerceiveService(
              config,
              Networks.only(() -> new SimulatedDevice(device, config.warmupFrameSize())),
              clock);
      services.add(service);
      try {
        service.start();
        return service;
      } catch (ConfigurationException e) {
        if (pauses == MOST_PAUSES || !String.valueOf(e.getMessage()).contains(TOO_SHORT)) {
          throw e;
        }
        say(STARTED_AGAIN);
      }
    }
  }

  /** The first process that runs; starts one if there is none. */
  ServiceProcess running() {
    return processes.stream().filter(ServiceProcess::isAlive).findFirst().orElseGet(this::start);
  }

  /** Starts the cameras. */
  void film() {
    cameras.add(Cameras.roll(config, cameras.size() + 1L, FPS));
  }

  /** Stops the cameras; every frame is in the topic then. */
  int cut() {
    return cameras.get(cameras.size() - 1).cut();
  }

  /** Films until the service restores frames of this round. */
  void filmUntilRestored() {
    film();
    await("restored frames", () -> checker().restored(begin) > 50);
    say("restores");
  }

  /** A time from the seed, in milliseconds. */
  long drawn(int from, int to) {
    return (long) from + random.nextInt(to - from);
  }

  private void say(String what) {
    log.info("{} {}", config.applicationId(), what);
  }

  /** Lets time pass; the checker goes on reading. */
  void pass(long millis) {
    long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    while (System.nanoTime() < end) {
      checker().read();
    }
  }

  /** Reads until something holds. */
  void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("no " + what + " after " + LONG + "\n" + logs());
      }
      cameras.forEach(Cameras::check);
      checker().read();
    }
  }

  /** SIGKILL, and a look at which transactions that left open. */
  void kill(ServiceProcess process) {
    process.kill();
    say("is killed");
    openTransactionsAtKills += checker().openTransactions();
  }

  /** Transactions that were open when processes were killed, over this round. */
  int openTransactionsAtKills() {
    return openTransactionsAtKills;
  }

  /** Stops the cameras and waits until the services are through. */
  Delivery settle() {
    cut();
    Delivery delivery = checker().settle(begin, LONG);
    log.info("{} open at kills: {}", delivery, openTransactionsAtKills);
    return delivery;
  }

  /** As above; nothing may be lost, doubled or out of order, and the books must say so too. */
  Delivery settleExactly() {
    Delivery delivery = settle();
    assertThat(delivery)
        .withFailMessage(() -> delivery + "\n" + logs())
        .matches(Delivery::isExactlyOnce);
    assertBooksAgree();
    return delivery;
  }

  /**
   * How long the partitions of a dead instance stood still: from a moment until every partition had
   * an outcome of a record that was published after it.
   *
   * @param decided seconds until the survivors had decided it
   * @param visible seconds until readers of committed records saw it
   */
  record TakeOver(double decided, double visible) {}

  /** Waits until every partition has been taken over, and tells how long that took. */
  TakeOver awaitTakeOver(long fromMs, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (System.nanoTime() < deadline) {
      checker().read();
      Map<Integer, Long> decided = new HashMap<>();
      Map<Integer, Long> visible = new HashMap<>();
      Set<Integer> partitions = new HashSet<>();
      for (DeliveryChecker.Sent sent : checker().sent(DeliveryChecker.Mark.START)) {
        partitions.add(sent.partition);
        if (sent.appendedMs > fromMs && sent.seenMs() > 0) {
          decided.merge(sent.partition, sent.processedMs(), Math::min);
          visible.merge(sent.partition, sent.seenMs(), Math::min);
        }
      }
      if (visible.keySet().containsAll(partitions)) {
        return new TakeOver(secondsUntilLast(decided, fromMs), secondsUntilLast(visible, fromMs));
      }
    }
    throw new AssertionError("no take-over after " + timeout + "\n" + logs());
  }

  private static double secondsUntilLast(Map<Integer, Long> times, long fromMs) {
    return (Collections.max(times.values()) - fromMs) / 1e3;
  }

  /** The product's own books must say of the whole run what the checker says. */
  void assertBooksAgree() {
    Delivery delivery = checker().settle(DeliveryChecker.Mark.START, LONG);
    try (BookKeeper keeper = BookKeeper.open(config)) {
      Books books = keeper.settle(LONG);
      assertThat(books.missing()).isEqualTo(delivery.untold());
      assertThat(books.doubled()).isEqualTo(delivery.toldTwice());
      assertThat(books.received()).isEqualTo(delivery.in());
    }
  }

  /** What the processes printed last, for the message of a failure. */
  String logs() {
    StringBuilder logs = new StringBuilder();
    processes.forEach(process -> logs.append(process.tail()).append('\n'));
    services.forEach(
        service ->
            logs.append(service.state())
                .append(' ')
                .append(service.meters())
                .append(' ')
                .append(service.failure())
                .append('\n'));
    if (!services.isEmpty()) {
      Thread.getAllStackTraces()
          .forEach(
              (thread, stack) -> {
                if (thread.getName().matches(".*-StreamThread-\\d+|perceive-.*")) {
                  logs.append(thread).append('\n');
                  Stream.of(stack)
                      .limit(20)
                      .forEach(at -> logs.append("  ").append(at).append('\n'));
                }
              });
    }
    return logs.toString();
  }

  /** No process survives a test. */
  @Override
  public void close() {
    processes.forEach(ServiceProcess::close);
    services.forEach(PerceiveService::close);
    cameras.forEach(Cameras::close);
    if (checker != null) {
      checker.close();
    }
  }
}
