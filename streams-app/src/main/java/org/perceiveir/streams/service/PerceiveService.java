package org.perceiveir.streams.service;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.streams.aggregates.Aggregates;
import org.perceiveir.streams.batch.BatcherClosedException;
import org.perceiveir.streams.batch.FrameWindow;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.books.BooksAudit;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.TierSettings;
import org.perceiveir.streams.control.InstanceName;
import org.perceiveir.streams.control.ModelControl;
import org.perceiveir.streams.limits.BatchPlan;
import org.perceiveir.streams.limits.MeasuredSpeed;
import org.perceiveir.streams.limits.MemoryLimits;
import org.perceiveir.streams.limits.TimeLimits;
import org.perceiveir.streams.live.LivePage;
import org.perceiveir.streams.log.LoudAtFirst;
import org.perceiveir.streams.meters.FrameMeters;
import org.perceiveir.streams.observability.Observability;
import org.perceiveir.streams.observability.Observed;
import org.perceiveir.streams.pass.DeviceGate;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.pass.ModelSlot;
import org.perceiveir.streams.pass.RoutedPass;
import org.perceiveir.streams.pass.TierJudge;
import org.perceiveir.streams.payload.Payloads;
import org.perceiveir.streams.topics.ClusterFacts;
import org.perceiveir.streams.topics.TopicAdmin;
import org.perceiveir.streams.topology.Collaborators;
import org.perceiveir.streams.topology.FrameLimit;
import org.perceiveir.streams.topology.FrameListener;
import org.perceiveir.streams.topology.FrameSerdes;
import org.perceiveir.streams.topology.RestorationTopology;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service: checks its topics, warms the network up, derives its time limits and runs the stream
 * threads.
 *
 * <pre>
 *   CREATED --start()--> STARTING --threads started--> RUNNING --close()--> CLOSING --> CLOSED
 *      |                    |  |                          |                    ^
 *      |                    |  +--refused------+          +--fatal--> FAILED --+ close()
 *      |                    |                  v                        ^
 *      +-----close()--------+--> CLOSING     FAILED (cause kept) -------+
 * </pre>
 *
 * <p>A stream thread that ends by an exception is replaced after a pause that grows up to {@value
 * #MAX_PAUSE_MS} ms: its transaction is aborted and its records are read again, so an outage (of
 * the registry, say) only delays them. An {@link Error} and a batcher that cannot restore any more
 * are fatal: the service stops and is FAILED, for a supervisor to start it anew.
 */
public final class PerceiveService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PerceiveService.class);

  private static final long FIRST_PAUSE_MS = 200;
  static final long MAX_PAUSE_MS = 5_000;
  private static final long CALM_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  /** Where the service is in its life. */
  public enum State {
    /** Nothing is open. */
    CREATED,
    /** Checks topics, loads and warms up. */
    STARTING,
    /** Processes frames, or waits for a rebalance or an outage to end. */
    RUNNING,
    /** Commits and closes. */
    CLOSING,
    /** Everything is closed. */
    CLOSED,
    /** Stopped by a fatal error; to be closed. */
    FAILED;

    /** The states that may follow this one. */
    public Set<State> next() {
      return switch (this) {
        case CREATED -> EnumSet.of(STARTING, CLOSING);
        case STARTING -> EnumSet.of(RUNNING, FAILED, CLOSING);
        case RUNNING -> EnumSet.of(CLOSING, FAILED);
        case FAILED -> EnumSet.of(CLOSING);
        case CLOSING -> EnumSet.of(CLOSED);
        case CLOSED -> EnumSet.noneOf(State.class);
      };
    }
  }

  private final ServiceConfig config;
  private final Networks networks;
  private final InstantSource clock;
  private final Observability observability;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger failuresInARow = new AtomicInteger();

  /** Held while the service is opened or closed; never by a stream thread. */
  private final Object opening = new Object();

  private final Object monitor = new Object();
  private State state = State.CREATED;
  private @Nullable Throwable failure;
  private volatile @Nullable ModelSlot full;
  private volatile @Nullable ModelSlot light;
  private volatile @Nullable TierJudge judge;
  private volatile boolean warm;
  private final Map<ModelSlotName, Double> frameMs = new EnumMap<>(ModelSlotName.class);
  private volatile @Nullable LiveModels models;
  private volatile @Nullable ModelControl control;
  private volatile @Nullable MicroBatcher batcher;
  private volatile @Nullable FrameWindow window;
  private volatile @Nullable Payloads payloads;
  private volatile @Nullable KafkaStreams streams;
  private volatile @Nullable BooksAudit audit;
  private volatile @Nullable Aggregates aggregates;
  private volatile @Nullable LivePage livePage;
  private volatile @Nullable TimeLimits limits;
  private volatile @Nullable MemoryLimits memory;
  private volatile long lastFailureNanos;

  /**
   * A service that is yet to be started.
   *
   * @param config its configuration
   * @param networks opens the networks when the service starts; the service closes them
   */
  public PerceiveService(ServiceConfig config, Networks networks) {
    this(config, networks, InstantSource.system());
  }

  /**
   * As above, with one network and nobody who judges.
   *
   * @param restorers opens the network when the service starts; the service closes it
   */
  public PerceiveService(ServiceConfig config, Supplier<Restorer> restorers) {
    this(config, Networks.only(restorers));
  }

  /**
   * As above, with a clock of the caller's.
   *
   * @param clock tells the age of frames and when an outcome was decided
   */
  public PerceiveService(ServiceConfig config, Networks networks, InstantSource clock) {
    this.config = config;
    this.networks = networks;
    this.clock = clock;
    this.observability = new Observability(config, new View(), clock);
  }

  /**
   * Starts the service; returns when the stream threads run.
   *
   * @throws ConfigurationException if the configuration cannot work: topics missing, bundle or
   *     device unusable, or a frame that takes longer than a transaction may
   * @throws IllegalStateException if it was started before
   */
  public void start() {
    synchronized (opening) {
      enter(State.STARTING);
      try {
        observability.open();
        livePage = LivePage.open(config, new View(), observability.server(), clock).orElse(null);
        open();
        enter(State.RUNNING);
      } catch (RuntimeException | Error e) {
        fail(e);
        throw e;
      }
    }
  }

  private void open() {
    ClusterFacts cluster;
    try (TopicAdmin topics = TopicAdmin.open(config)) {
      cluster = topics.check();
    }
    ModelSlot opened = new ModelSlot(networks.full());
    full = opened;
    MeasuredSpeed speed = openOthersAndMeasure(opened);
    warm = true;
    ServiceLimits bounds = ServiceLimits.derive(config, cluster, speed);
    TimeLimits derived = bounds.time();
    MemoryLimits room = bounds.memory();
    BatchPlan batches = bounds.batches();
    limits = derived;
    memory = room;
    log.info("{}", derived.summary());
    log.info("heap: {}, frames up to {} pixels", room.formula(), room.maxFramePixels());

    Payloads outside = Payloads.open(config);
    payloads = outside;
    TierSettings tiers = config.tiers();
    RoutedPass routed = new RoutedPass(opened, light, judge, tiers.policy(), tiers.afterShare());
    DeviceGate gate = new DeviceGate();
    LiveModels live =
        new LiveModels(config, networks, gate, routed, slots(), frameMs, judge, derived);
    models = live;
    MicroBatcher shared =
        new MicroBatcher(
            gate.through(routed),
            batches.batchSize(),
            config.batchMaxDelay(),
            derived.patience(),
            derived.stallLimit());
    batcher = shared;
    shared.start();
    FrameWindow frames =
        new FrameWindow(
            batches.windowFrames(), room.windowBytes(), config.frameMaxAge().orElse(Duration.ZERO));
    window = frames;
    Properties settings = new Properties();
    settings.putAll(ClientSettings.streams(config, derived.streamsSettings()));
    if (config.modelControl().isOn()) {
      String instance = InstanceName.fresh(config);
      settings.put(StreamsConfig.CLIENT_ID_CONFIG, instance);
      ModelControl orders = ModelControl.start(config, instance, live, clock);
      control = orders;
      orders.awaitWantedState();
    }
    KafkaStreams created =
        new KafkaStreams(
            RestorationTopology.build(
                config,
                new Collaborators(
                    shared,
                    frames,
                    FrameSerdes.confluent(config.serdeSettings()),
                    observability.meters(),
                    observability.tracer(),
                    new LoudAtFirst(),
                    new FrameLimit(live::maxFramePixels, room.maxFramePixels()),
                    outside,
                    listener(),
                    clock)),
            new StreamsConfig(settings));
    streams = created;
    observability.watch(created);
    created.setUncaughtExceptionHandler(this::threadFailed);
    created.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.ERROR) {
            fail(new IllegalStateException("the stream threads have stopped"));
          }
        });
    created.start();
    audit = BooksAudit.start(config);
    aggregates = Aggregates.start(config);
    log.info(
        "{} restores {} with bundle {}, {} stream threads",
        config.applicationId(),
        config.inputTopic(),
        opened.identity(),
        config.streamThreads());
  }

  /**
   * The limits follow from the slowest way a frame may go, whatever way the warm-up's frames went.
   */
  private MeasuredSpeed openOthersAndMeasure(ModelSlot opened) {
    TierJudge perceiver = networks.judge().orElse(null);
    judge = perceiver;
    if (perceiver != null) {
      log.info("tiers are told by the perceiver {}", perceiver.name());
    }
    ModelSlot lighter = networks.light().map(ModelSlot::new).orElse(null);
    light = lighter;
    if (lighter != null) {
      log.info("frames of the light way go through bundle {}", lighter.identity());
    }
    MeasuredSpeed speed = WarmUp.measure(config, opened, perceiver);
    frameMs.put(ModelSlotName.FULL, speed.frameMs());
    if (lighter == null) {
      return speed;
    }
    MeasuredSpeed other = WarmUp.measure(config, lighter, perceiver);
    frameMs.put(ModelSlotName.LIGHT, other.frameMs());
    return other.frameMs() > speed.frameMs() ? other : speed;
  }

  private Map<ModelSlotName, ModelSlot> slots() {
    Map<ModelSlotName, ModelSlot> slots = new EnumMap<>(ModelSlotName.class);
    ModelSlot first = full;
    ModelSlot second = light;
    if (first != null) {
      slots.put(ModelSlotName.FULL, first);
    }
    if (second != null) {
      slots.put(ModelSlotName.LIGHT, second);
    }
    return slots;
  }

  private FrameListener listener() {
    LivePage page = livePage;
    return page == null ? FrameListener.NONE : page;
  }

  /** Runs on the thread that ends. */
  private StreamThreadExceptionResponse threadFailed(Throwable thrown) {
    observability.meters().countThreadFailure();
    if (isFatal(thrown)) {
      log.error("a stream thread failed in a way that no other thread could mend", thrown);
      fail(thrown);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    long now = System.nanoTime();
    if (now - lastFailureNanos > CALM_NANOS) {
      failuresInARow.set(0);
    }
    lastFailureNanos = now;
    int failures = failuresInARow.incrementAndGet();
    long pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS << Math.min(failures - 1, 10));
    if (failures == 1) {
      log.warn("a stream thread failed; its work is undone and begun again", thrown);
    } else if (LoudAtFirst.isLoud(failures)) {
      log.warn(
          "a stream thread failed for the {}. time in a row: {}; the next one begins in {} ms",
          failures,
          String.valueOf(root(thrown)),
          pause);
    }
    try {
      boolean closes = closing.await(pause, TimeUnit.MILLISECONDS);
      log.debug("replacing the thread, closing: {}", closes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  private static boolean isFatal(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof Error || t instanceof BatcherClosedException) {
        return true;
      }
    }
    return false;
  }

  private static Throwable root(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** Where the service is in its life. */
  public State state() {
    synchronized (monitor) {
      return state;
    }
  }

  /** What made the service FAILED, if it is or was. */
  public Optional<Throwable> failure() {
    synchronized (monitor) {
      return Optional.ofNullable(failure);
    }
  }

  /** Whether the stream threads have their partitions and process. */
  public boolean isProcessing() {
    KafkaStreams current = streams;
    return state() == State.RUNNING
        && current != null
        && current.state() == KafkaStreams.State.RUNNING;
  }

  /** Counters of this process; attempts, not books. */
  public FrameMeters.Snapshot meters() {
    return observability.meters().snapshot();
  }

  /** What the service shows of itself. */
  public Observability observability() {
    return observability;
  }

  /** The books of the application as the last audit saw them; all zero before the first. */
  public Books books() {
    BooksAudit audited = audit;
    return audited == null ? Books.NONE : audited.latest();
  }

  /** The application that sums telemetry up and raises alerts; empty before the start. */
  public Optional<Aggregates> aggregates() {
    return Optional.ofNullable(aggregates);
  }

  /** The live page; empty where none is configured, or before the start. */
  public Optional<LivePage> livePage() {
    return Optional.ofNullable(livePage);
  }

  /** The limits derived at the start; empty before. */
  public Optional<TimeLimits> timeLimits() {
    return Optional.ofNullable(limits);
  }

  /** The bound of the heap derived at the start; empty before. */
  public Optional<MemoryLimits> memoryLimits() {
    return Optional.ofNullable(memory);
  }

  /** The network in use; empty before the start. */
  public Optional<ModelIdentity> model() {
    return Optional.ofNullable(full).map(ModelSlot::identity);
  }

  /**
   * Blocks until the service has failed or was closed.
   *
   * @return FAILED, CLOSING or CLOSED
   */
  public State awaitEnd() throws InterruptedException {
    ended.await();
    return state();
  }

  private void enter(State next) {
    synchronized (monitor) {
      if (!state.next().contains(next)) {
        throw new IllegalStateException("a service cannot go from " + state + " to " + next);
      }
      state = next;
    }
  }

  private void fail(Throwable cause) {
    synchronized (monitor) {
      if (state.next().contains(State.FAILED)) {
        state = State.FAILED;
        failure = cause;
      }
    }
    ended.countDown();
  }

  /**
   * Commits what is done, gives the partitions back and closes everything. What is in work when
   * {@code close} takes too long is aborted and restored by another run. Waits for a start that is
   * under way. Idempotent.
   */
  @Override
  public void close() {
    synchronized (opening) {
      synchronized (monitor) {
        if (!state.next().contains(State.CLOSING)) {
          return;
        }
        state = State.CLOSING;
      }
      closing.countDown();
      closeAll();
      enter(State.CLOSED);
      LivePage page = livePage;
      if (page != null) {
        page.close();
      }
      observability.close();
      ended.countDown();
    }
  }

  private void closeAll() {
    BooksAudit audited = audit;
    if (audited != null) {
      audited.close();
    }
    Aggregates summed = aggregates;
    if (summed != null) {
      summed.close();
    }
    ModelControl orders = control;
    if (orders != null) {
      orders.close();
    }
    KafkaStreams running = streams;
    TimeLimits derived = limits;
    Duration timeout = derived == null ? CLOSE_TIMEOUT : derived.closeTimeout();
    // Without leaving, the group waits for the session timeout before others take over.
    CloseOptions leave =
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
            .withTimeout(timeout);
    if (running != null && !running.close(leave)) {
      log.warn("the stream threads did not end within {}; their work is undone", timeout);
    }
    Payloads outside = payloads;
    if (outside != null) {
      outside.close();
    }
    MicroBatcher shared = batcher;
    boolean idle = shared == null || shared.closeWithinStallLimit();
    String device = model().map(ModelIdentity::device).orElse("");
    if (idle) {
      closeNetworks();
    } else {
      log.error("a pass on {} does not end; the networks stay open until the process ends", device);
    }
  }

  private void closeNetworks() {
    LiveModels live = models;
    if (live != null) {
      live.close();
    }
    for (ModelSlot slot : Arrays.asList(full, light)) {
      if (slot != null) {
        slot.close();
      }
    }
    TierJudge opened = judge;
    if (opened != null) {
      opened.close();
    }
  }

  /** The configuration that the service was made with. */
  public ServiceConfig config() {
    return config;
  }

  /** What the gauges and the health pages see. */
  private final class View implements Observed {
    @Override
    public String state() {
      return PerceiveService.this.state().name();
    }

    @Override
    public List<String> states() {
      return Arrays.stream(State.values()).map(Enum::name).toList();
    }

    @Override
    public boolean isAlive() {
      State now = PerceiveService.this.state();
      return now != State.FAILED && now != State.CLOSED;
    }

    @Override
    public boolean isRunning() {
      return PerceiveService.this.state() == State.RUNNING;
    }

    @Override
    public boolean isWarm() {
      return warm;
    }

    @Override
    public Optional<String> streamsState() {
      return Optional.ofNullable(streams).map(current -> current.state().name());
    }

    @Override
    public Collection<ModelIdentity> networks() {
      return Stream.of(Optional.ofNullable(full), Optional.ofNullable(light))
          .flatMap(Optional::stream)
          .map(ModelSlot::identity)
          .distinct()
          .toList();
    }

    @Override
    public Map<ModelSlotName, ModelIdentity> models() {
      LiveModels live = models;
      if (live != null) {
        return live.identities();
      }
      Map<ModelSlotName, ModelIdentity> opened = new EnumMap<>(ModelSlotName.class);
      slots().forEach((name, slot) -> opened.put(name, slot.identity()));
      return opened;
    }

    @Override
    public Optional<MicroBatcher> batcher() {
      return Optional.ofNullable(batcher);
    }

    @Override
    public Optional<FrameWindow> window() {
      return Optional.ofNullable(window);
    }

    @Override
    public Optional<BooksAudit> audit() {
      return Optional.ofNullable(audit);
    }

    @Override
    public Optional<Aggregates> aggregates() {
      return PerceiveService.this.aggregates();
    }
  }
}
