package org.perceiveir.streams.service;

import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.TierSettings;
import org.perceiveir.streams.control.HeldModel;
import org.perceiveir.streams.control.ModelFolder;
import org.perceiveir.streams.control.ModelPlaces;
import org.perceiveir.streams.control.ModelRefusedException;
import org.perceiveir.streams.limits.TimeLimits;
import org.perceiveir.streams.pass.DeviceGate;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.pass.ModelSlot;
import org.perceiveir.streams.pass.RoutedPass;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.TierJudge;

/**
 * The networks of a running service, exchanged between two passes.
 *
 * <p><u>Time.</u> The time limits of Kafka's clients were derived from the network of the start and
 * cannot change while they run. A candidate is timed as that one was, while no frame is in its pass
 * ({@link DeviceGate}), and refused if a round would outlast them. The machine may be busier now
 * than it was at the start; so one that seems too slow is timed again in turns with the network in
 * use, and what counts is how the quickest passes compare. What is left bounds the size of frames:
 * {@link #maxFramePixels} follows the networks in use.
 *
 * <p><u>Memory.</u> While a network is exchanged both are in memory, and a shadow stays beside the
 * network in use. Whoever gives the order must have the room.
 */
final class LiveModels implements ModelPlaces, AutoCloseable {
  /** A pass that takes longer than this hangs; it closes its network itself if it ever ends. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int ATTEMPTS = 3;
  private static final double HOPELESS = 4;
  private static final int MIN_TURNS = 3;

  /** Times below this say nothing about how busy the machine is. */
  private static final double MEASURABLE_MS = 1;

  private final ServiceConfig config;
  private final Networks networks;
  private final DeviceGate gate;
  private final RoutedPass pass;
  private final @Nullable TierJudge judge;
  private final TimeLimits limits;
  private final Map<ModelSlotName, ModelSlot> slots = new EnumMap<>(ModelSlotName.class);
  private final Map<ModelSlotName, Double> frameMs = new EnumMap<>(ModelSlotName.class);
  private final Set<ModelSlotName> ordered = EnumSet.noneOf(ModelSlotName.class);
  private double share;
  private boolean closed;
  private volatile long maxFramePixels;

  /**
   * The networks of the start.
   *
   * @param networks opens further ones
   * @param gate all passes go through it
   * @param pass runs the frames
   * @param inUse the slots that hold a network; they stay the caller's
   * @param measuredMs time of one frame through each, in milliseconds
   * @param judge of the passes, if any
   * @param limits what was derived from the networks of the start
   */
  LiveModels(
      ServiceConfig config,
      Networks networks,
      DeviceGate gate,
      RoutedPass pass,
      Map<ModelSlotName, ModelSlot> inUse,
      Map<ModelSlotName, Double> measuredMs,
      @Nullable TierJudge judge,
      TimeLimits limits) {
    this.config = config;
    this.networks = networks;
    this.gate = gate;
    this.pass = pass;
    this.judge = judge;
    this.limits = limits;
    this.slots.putAll(inUse);
    this.frameMs.putAll(measuredMs);
    this.maxFramePixels = limits.maxFramePixels();
  }

  /** The largest frame for which a transaction has time, with the networks in use. */
  long maxFramePixels() {
    return maxFramePixels;
  }

  @Override
  public Optional<HeldModel> held(ModelSlotName name) {
    ModelSlot slot = slot(name);
    if (slot == null) {
      return Optional.empty();
    }
    boolean small = maxFramePixels < limits.maxFramePixels();
    return Optional.of(
        new HeldModel(
            slot.identity(),
            sha256(slot),
            frameMs.getOrDefault(name, 0.0),
            name == ModelSlotName.SHADOW ? OptionalDouble.of(share) : OptionalDouble.empty(),
            small && ordered.contains(name)
                ? Optional.of(
                    "with the time it takes, frames above "
                        + maxFramePixels
                        + " pixels are dead-lettered")
                : Optional.empty()));
  }

  /** The networks by their slots, at any time. */
  synchronized Map<ModelSlotName, ModelIdentity> identities() {
    Map<ModelSlotName, ModelIdentity> identities = new EnumMap<>(ModelSlotName.class);
    slots.forEach((name, slot) -> identities.put(name, slot.identity()));
    return identities;
  }

  private synchronized @Nullable ModelSlot slot(ModelSlotName name) {
    return slots.get(name);
  }

  private static Optional<String> sha256(ModelSlot slot) {
    try {
      return slot.use(Restorer::bundleSha256);
    } catch (IllegalStateException e) {
      // Closed meanwhile: the service ends.
      return Optional.empty();
    }
  }

  @Override
  public void load(ModelSlotName name, String bundle, Optional<String> sha256, double wantedShare) {
    ModelFolder folder =
        config
            .modelControl()
            .directory()
            .map(ModelFolder::new)
            .orElseThrow(() -> new ModelRefusedException("this service takes no orders"));
    if (name == ModelSlotName.LIGHT && slot(name) == null) {
      throw noLightWay();
    }
    install(name, () -> networks.candidate(folder.resolve(bundle), sha256), wantedShare);
    ordered.add(name);
  }

  private static ModelRefusedException noLightWay() {
    return new ModelRefusedException(
        "this service has no light way; set "
            + TierSettings.LIGHT_BUNDLE
            + " and the routes that use it, and restart it");
  }

  @Override
  public void unload(ModelSlotName name) {
    switch (name) {
      case SHADOW -> endShadow();
      case LIGHT -> {
        if (slot(name) == null) {
          throw noLightWay();
        }
        restore(name, () -> networks.light().orElseThrow(LiveModels::noLightWay));
      }
      case FULL -> restore(name, networks::full);
    }
  }

  private void restore(ModelSlotName name, Supplier<Restorer> configured) {
    if (ordered.contains(name)) {
      try {
        install(name, configured, 0);
      } catch (ConfigurationException e) {
        throw new ModelRefusedException(String.valueOf(e.getMessage()), e);
      }
      ordered.remove(name);
    }
  }

  private void endShadow() {
    gate.alone(
        () -> {
          pass.shadow(null, 0);
          return true;
        });
    ModelSlot ended;
    synchronized (this) {
      ended = slots.remove(ModelSlotName.SHADOW);
    }
    ordered.remove(ModelSlotName.SHADOW);
    frameMs.remove(ModelSlotName.SHADOW);
    if (ended != null) {
      ended.close();
    }
    maxFramePixels = limits.maxFramePixels(slowestMs(frameMs, 0));
  }

  private void install(ModelSlotName name, Supplier<Restorer> opener, double wantedShare) {
    Restorer candidate = opener.get();
    boolean installed = false;
    try {
      Map<ModelSlotName, Double> next = new EnumMap<>(ModelSlotName.class);
      next.putAll(frameMs);
      double nextShare = name == ModelSlotName.SHADOW ? wantedShare : share;
      double slowest = timed(name, candidate, next, nextShare);
      long pixels = limits.maxFramePixels(slowest);
      // Never above what the slower of the two has time for.
      maxFramePixels = Math.min(maxFramePixels, pixels);
      if (name == ModelSlotName.SHADOW) {
        putShadow(candidate, wantedShare);
        installed = true;
        share = wantedShare;
      } else {
        ModelSlot slot = slot(name);
        if (slot == null) {
          throw new ModelRefusedException("there is no slot " + name);
        }
        boolean unused = slot.exchange(candidate, PATIENCE);
        installed = true;
      }
      frameMs.putAll(next);
      maxFramePixels = pixels;
    } finally {
      if (!installed) {
        candidate.close();
        maxFramePixels = limits.maxFramePixels(slowestMs(frameMs, share));
      }
    }
  }

  private void putShadow(Restorer candidate, double wantedShare) {
    ModelSlot slot;
    ModelSlot before;
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the service ends");
      }
      slot = new ModelSlot(candidate);
      before = slots.put(ModelSlotName.SHADOW, slot);
    }
    gate.alone(
        () -> {
          pass.shadow(slot, wantedShare);
          return true;
        });
    if (before != null) {
      before.close();
    }
  }

  /**
   * Warms a candidate up and times it; where it seems too slow, several times and beside the
   * network in use, for a busy machine is no fault of the candidate.
   *
   * @param next gets its time
   * @return the slowest way a frame may then go, in milliseconds
   * @throws ModelRefusedException if the time limits do not leave that
   */
  private double timed(
      ModelSlotName name, Restorer candidate, Map<ModelSlotName, Double> next, double nextShare) {
    double most = limits.longestFrameMs();
    double slowest = Double.POSITIVE_INFINITY;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      next.put(name, attempt == 0 ? warmUp(candidate) : asAtTheStart(candidate));
      slowest = slowestMs(next, nextShare);
      double once = next.getOrDefault(ModelSlotName.SHADOW, 0.0);
      if (slowest <= most && limits.leaveTimeFor(slowest, once)) {
        return slowest;
      }
      if (attempt > 0 && slowest > HOPELESS * most) {
        break;
      }
    }
    throw new ModelRefusedException(
        String.format(
            Locale.ROOT,
            "a frame of %s would take %.0f ms with it, and the time limits of this run leave %.0f ms"
                + " (they were derived for %.0f ms); name it in the configuration and restart, then"
                + " they are derived for it, or use a faster one",
            config.warmupFrameSize(),
            Math.max(slowest, next.getOrDefault(ModelSlotName.SHADOW, 0.0)),
            most,
            limits.speed().frameMs()));
  }

  /**
   * The time that a candidate would have taken at the start: that of the network in use then, times
   * how the two compare now. They take turns, and of each the quickest time counts: another program
   * slows some passes of either, and seldom all. Of single frames only: each pass keeps the frames
   * waiting.
   */
  private double asAtTheStart(Restorer candidate) {
    ModelSlot inUse = slot(ModelSlotName.FULL);
    if (inUse == null) {
      return warmUp(candidate);
    }
    ModelSlot other = new ModelSlot(candidate);
    double now = Double.POSITIVE_INFINITY;
    double time = Double.POSITIVE_INFINITY;
    int turns = Math.max(MIN_TURNS, config.warmupFrames());
    // One that is hopeless is not run any longer than it takes to see that.
    for (int turn = 0; turn < turns && (turn == 0 || time <= hopelessMs()); turn++) {
      now = Math.min(now, warmUp(inUse, Double.POSITIVE_INFINITY, 1, 1));
      time = Math.min(time, warmUp(other, hopelessMs(), 1, 1));
    }
    double atTheStart = Math.max(MEASURABLE_MS, frameMs.getOrDefault(ModelSlotName.FULL, 0.0));
    return time * atTheStart / Math.max(MEASURABLE_MS, now);
  }

  private double warmUp(Restorer candidate) {
    return warmUp(
        new ModelSlot(candidate),
        hopelessMs(),
        config.warmupFrames(),
        limits.batches().batchSize());
  }

  private double hopelessMs() {
    return HOPELESS * limits.longestFrameMs();
  }

  private double warmUp(ModelSlot slot, double hopelessMs, int frames, int batch) {
    return WarmUp.measure(
            new RoutedPass(slot, null, judge, RoutingPolicy.allFull(), 1),
            work -> () -> gate.alone(work),
            hopelessMs,
            config.warmupFrameSize(),
            frames,
            batch)
        .frameMs();
  }

  /** The slowest way a frame may go, with its part of the shadow. */
  private static double slowestMs(Map<ModelSlotName, Double> frameMs, double share) {
    return Math.max(
            frameMs.getOrDefault(ModelSlotName.FULL, 0.0),
            frameMs.getOrDefault(ModelSlotName.LIGHT, 0.0))
        + share * frameMs.getOrDefault(ModelSlotName.SHADOW, 0.0);
  }

  /** Closes the shadow; the other slots are their owner's. */
  @Override
  public void close() {
    ModelSlot shadow;
    synchronized (this) {
      closed = true;
      shadow = slots.remove(ModelSlotName.SHADOW);
    }
    if (shadow != null) {
      shadow.close();
    }
  }
}
