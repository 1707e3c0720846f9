package org.perceiveir.model.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.tile.Tile;
import org.perceiveir.imaging.tile.TileGrid;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.degradation.DegradationEstimate;
import org.perceiveir.model.nn.Formulation;
import org.perceiveir.model.scope.NativeScope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TFResourceExhaustedException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/**
 * A bundle's network in a TensorFlow session, restoring frames of any size from 1x1.
 *
 * <p><u>Batches</u>. A batch holds frames of one size only, because channel attention and global
 * pooling see the padding.
 *
 * <p><u>Memory</u>. Graph and session belong to a scope that is closed in {@link #close}. How large
 * a pass may be is decided when the session is opened: on the CPU from the {@link MemoryModel} of
 * the bundle and the {@link MemoryBudget}, because running out of memory inside a CPU kernel would
 * end the process. Larger batches are split, larger frames are cut into tiles that blend over their
 * overlap and share the features Z and F_1 to F_4 of the whole frame. Only the semantic encoder is
 * shown a frame as a whole.
 *
 * <p>On a GPU nothing is known beforehand and nothing breaks: a pass that finds too little memory
 * halves its batch or its tile and is tried again, down to the smallest, and passes of that size
 * are not made any more.
 *
 * <p><u>Threads</u>. Any number of threads may call {@link #restore(List)}; their passes share the
 * memory budget. {@link #close} waits for them.
 */
public final class RestorationSession implements Restorer {
  private static final Logger log = LoggerFactory.getLogger(RestorationSession.class);

  private final String bundleName;
  private final String bundleVersion;
  private final String bundleSha256;
  private final String device;
  private final int multiple;
  private final MemoryModel model;
  private final MemoryBudget memory;
  private final NativeScope scope;
  private final Network network;

  /** Only ever replaced by a smaller one. */
  private volatile TilePlan plan;

  /** Package-private: tests put their own network in place of TensorFlow's. */
  RestorationSession(
      ModelBundle bundle,
      String device,
      MemoryModel model,
      MemoryBudget memory,
      TilePlan plan,
      NativeScope scope,
      Network network) {
    // Not the bundle itself: its weights are in the session now, and the heap need not hold them.
    this.bundleName = bundle.name();
    this.bundleVersion = bundle.version();
    this.bundleSha256 = bundle.sha256();
    this.device = device;
    this.multiple = bundle.preset().padMultiple();
    this.model = model;
    this.plan = plan;
    this.memory = isGpu() ? MemoryBudget.unlimited() : memory;
    this.scope = scope;
    this.network = network;
  }

  /**
   * Builds the bundle's network and loads its weights.
   *
   * @throws IllegalArgumentException if the device is not there, the weights do not fit the preset
   *     or the frozen encoder, or not even the smallest tile fits into the memory budget
   */
  public static RestorationSession open(ModelBundle bundle, SessionOptions options) {
    return open(bundle, options, Formulation.INFERENCE);
  }

  /** The same in a formulation other than the one that is served, to compare them. */
  public static RestorationSession open(
      ModelBundle bundle, SessionOptions options, Formulation formulation) {
    ConfigProto config = config(options);
    String device = Devices.choose(options.device(), Devices.ids(TensorFlowDevices.names(config)));
    MemoryModel model = MemoryModel.of(bundle);
    TilePlan plan = plan(model, options, device, bundle.preset().padMultiple());
    try (NativeScope opening = NativeScope.named("the session of bundle " + bundle.name())) {
      Network network = NetworkGraph.open(opening, bundle, config, device, formulation);
      return new RestorationSession(
          bundle, device, model, options.memory(), plan, opening.handOver(), network);
    }
  }

  private static TilePlan plan(
      MemoryModel model, SessionOptions options, String device, int multiple) {
    if (!device.equals(Devices.CPU)) {
      return TilePlan.unbounded(options, multiple);
    }
    TilePlan plan = TilePlan.within(model, options, multiple);
    if (plan.side() < options.maxTileSide()) {
      log.info(
          "tiles of {} instead of {} pixels: a pass of {}x{} takes {} MiB, the memory budget is {}",
          plan.side(),
          options.maxTileSide(),
          options.maxTileSide(),
          options.maxTileSide(),
          MemoryBudget.mebi(model.passBytes((long) options.maxTileSide() * options.maxTileSide())),
          options.memory());
    }
    return plan;
  }

  static ConfigProto config(SessionOptions options) {
    return ConfigProto.newBuilder()
        .setIntraOpParallelismThreads(options.intraOpThreads())
        .setInterOpParallelismThreads(options.interOpThreads())
        // Integer shape arithmetic has no GPU kernels; the device was chosen and checked above.
        .setAllowSoftPlacement(true)
        .setGpuOptions(
            GPUOptions.newBuilder()
                .setAllowGrowth(options.gpuMemory().growth())
                .setPerProcessGpuMemoryFraction(options.gpuMemory().fraction()))
        .setGraphOptions(
            GraphOptions.newBuilder()
                .setRewriteOptions(
                    // Measured: no faster steady state, but seconds at the first frame of each
                    // size.
                    RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
        .build();
  }

  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    return restoreAndEstimate(frames).stream().map(RestoredImage::image).toList();
  }

  @Override
  public List<RestoredImage> restoreAndEstimate(List<RgbImage> frames) {
    if (frames.isEmpty()) {
      throw new IllegalArgumentException("a batch needs at least one frame");
    }
    int width = frames.get(0).width();
    int height = frames.get(0).height();
    for (RgbImage frame : frames) {
      if (frame.width() != width || frame.height() != height) {
        throw new IllegalArgumentException(
            "a batch holds frames of one size: "
                + width
                + "x"
                + height
                + " and "
                + frame.width()
                + "x"
                + frame.height());
      }
    }
    try {
      return scope.use(() -> inPasses(frames, width, height));
    } catch (TFInvalidArgumentException e) {
      throw e;
    } catch (TensorFlowException e) {
      // Out of memory, a lost device: the next frame would fare no better.
      throw new IllegalStateException(
          "the network cannot run on " + device + ": " + e.getMessage(), e);
    }
  }

  /** Restores one frame of any size. */
  public RgbImage restore(RgbImage frame) {
    return restore(List.of(frame)).get(0);
  }

  /**
   * Z of one frame as the compact feature extraction gives it, of the whole frame.
   *
   * @return one value for each feature; empty where the preset has no compact feature extraction
   * @throws IllegalStateException if the session is closed
   */
  public float[] features(RgbImage frame) {
    return scope.use(() -> guarded(List.of(frame), () -> network.z(frame)));
  }

  private List<RestoredImage> inPasses(List<RgbImage> frames, int width, int height) {
    while (true) {
      TilePlan current = plan;
      try {
        return inPasses(frames, width, height, current);
      } catch (PassTooLargeException e) {
        shrink(e);
      }
    }
  }

  private List<RestoredImage> inPasses(
      List<RgbImage> frames, int width, int height, TilePlan current) {
    List<RestoredImage> result = new ArrayList<>(frames.size());
    if (Math.max(width, height) > current.side()) {
      for (RgbImage frame : frames) {
        result.add(restoreInTiles(frame, current));
      }
      return result;
    }
    int inOnePass = current.framesInOnePass(width, height, multiple);
    for (int from = 0; from < frames.size(); from += inOnePass) {
      int to = Math.min(frames.size(), from + inOnePass);
      result.addAll(pass(frames.subList(from, to), Network.WholeFrame.NONE));
    }
    return result;
  }

  private RestoredImage restoreInTiles(RgbImage frame, TilePlan current) {
    TileGrid grid = TileGrid.of(frame.width(), frame.height(), current.side(), current.overlap());
    Network.WholeFrame whole =
        new Network.WholeFrame(pooledOverTiles(grid, frame), semanticOfWhole(frame));
    TileGrid.Blend blend = grid.blend();
    DegradationEstimate seen = null;
    for (Tile tile : grid.tiles()) {
      RestoredImage done = pass(List.of(grid.cut(frame, tile)), whole).get(0);
      blend.add(done.image());
      // All tiles share the whole frame's Z; without prompt guidance the first speaks for all.
      seen = seen == null ? done.degradation() : seen;
    }
    return new RestoredImage(blend.image(), seen);
  }

  /** The whole frame's pooled features: the mean of its tiles', which all have one area. */
  private float @Nullable [] pooledOverTiles(TileGrid grid, RgbImage frame) {
    double[] sum = new double[0];
    for (Tile tile : grid.tiles()) {
      RgbImage piece = grid.cut(frame, tile);
      float[] values =
          guarded(List.of(piece), () -> Optional.ofNullable(network.pooled(piece))).orElse(null);
      if (values == null) {
        return null;
      }
      if (sum.length == 0) {
        sum = new double[values.length];
      }
      for (int c = 0; c < values.length; c++) {
        sum[c] += values[c];
      }
    }
    float[] mean = new float[sum.length];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = (float) (sum[c] / grid.tiles().size());
    }
    return mean;
  }

  private float @Nullable [] semanticOfWhole(RgbImage frame) {
    long bytes = model.frameBytes(pixels(frame));
    if (bytes > memory.bytes()) {
      throw new IllegalArgumentException(
          "a frame of "
              + frame.width()
              + "x"
              + frame.height()
              + " is too large: the semantic encoder sees it whole, which takes "
              + MemoryBudget.mebi(bytes)
              + " MiB, and the memory budget is "
              + memory
              + "; send smaller frames or raise the budget");
    }
    return memory.within(bytes, () -> Optional.ofNullable(network.semantic(frame))).orElse(null);
  }

  private List<RestoredImage> pass(List<RgbImage> frames, Network.WholeFrame whole) {
    return guarded(frames, () -> network.restore(frames, whole));
  }

  /**
   * A pass that waits for its share of the memory, and tells if a GPU had too little of its own.
   */
  private <T> T guarded(List<RgbImage> frames, Supplier<T> pass) {
    long bytes = model.passBytes(frames.size() * pixels(frames.get(0)));
    try {
      return memory.within(bytes, pass);
    } catch (TFResourceExhaustedException e) {
      // On the CPU the same shortage ends the process more often than not: no second attempt.
      throw isGpu() ? new PassTooLargeException(frames, e) : e;
    }
  }

  private long pixels(RgbImage frame) {
    return (long) Padding.up(frame.width(), multiple) * Padding.up(frame.height(), multiple);
  }

  private boolean isGpu() {
    return !device.equals(Devices.CPU);
  }

  /** A pass for which a GPU had too little memory. */
  private static final class PassTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int frames;
    private final int width;
    private final int height;
    private final TFResourceExhaustedException exhausted;

    PassTooLargeException(List<RgbImage> frames, TFResourceExhaustedException exhausted) {
      super(exhausted);
      this.frames = frames.size();
      this.width = frames.get(0).width();
      this.height = frames.get(0).height();
      this.exhausted = exhausted;
    }
  }

  /** Kept for good: a GPU that had no room once would be asked in vain for every later frame. */
  private synchronized void shrink(PassTooLargeException failed) {
    TilePlan smaller =
        plan.below(failed.frames, failed.width, failed.height, multiple)
            .orElseThrow(() -> failed.exhausted);
    if (smaller.equals(plan)) {
      return; // another thread met the same shortage first
    }
    plan = smaller;
    log.warn(
        "{} has too little memory for a pass of {} of {}x{} pixels; from now on tiles have at most"
            + " {} pixels a side, and a batch {} pixels: {}",
        device,
        failed.frames,
        failed.width,
        failed.height,
        smaller.side(),
        smaller.passPixels(),
        failed.exhausted.getMessage());
  }

  /** The longest side of a frame that is restored in one pass, in pixels. */
  public int tileSide() {
    return plan.side();
  }

  /** Pixels that neighbouring tiles share at least. */
  public int tileOverlap() {
    return plan.overlap();
  }

  /** What a pass takes on the CPU. */
  public MemoryModel memoryModel() {
    return model;
  }

  @Override
  public String bundleName() {
    return bundleName;
  }

  @Override
  public String bundleVersion() {
    return bundleVersion;
  }

  @Override
  public Optional<String> bundleSha256() {
    return Optional.of(bundleSha256);
  }

  @Override
  public String device() {
    return device;
  }

  /**
   * Waits for the frames that are being restored, then frees all native memory; may be called
   * again.
   */
  @Override
  public void close() {
    scope.close();
  }
}
