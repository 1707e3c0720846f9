package org.perceiveir.model.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.tile.Tile;
import org.perceiveir.imaging.tile.TileGrid;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.degradation.DegradationEstimate;
import org.perceiveir.model.degradation.DegradationPrototypes;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.network.PixelValues;
import org.perceiveir.model.nn.Formulation;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.PlaceholderWithDefault;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * A bundle's network in a TensorFlow session, restoring frames of any size from 1x1.
 *
 * <p><u>Data path</u>. Pixels go in and come out as bytes; the graph divides by 255, restores,
 * clips to 0..1 and rounds to the nearest byte. Frames are padded in Java to sides that the network
 * takes and cut back exactly. A batch holds frames of one size only, because channel attention and
 * global pooling see the padding.
 *
 * <p><u>Memory</u>. Every tensor is closed in the call that made it; graph and session are closed
 * in {@link #close}. One pass through the network takes at most {@code maxTileSide}^2 pixels; only
 * the semantic encoder is shown a frame as a whole, which takes 15 bytes a pixel until it is
 * resized: larger batches are split, larger frames are cut into tiles that blend over their overlap
 * and share the features of the whole frame. Running out of memory inside a CPU kernel would end
 * the process, so the bound is set beforehand.
 *
 * <p><u>Threads</u>. Any number of threads may call {@link #restore(List)}; {@link #close} waits
 * for them.
 */
public final class RestorationSession implements Restorer {
  private final String bundleName;
  private final String bundleVersion;
  private final String bundleSha256;
  private final String device;
  private final SessionOptions options;
  private final Padding padding;
  private final int multiple;
  private final Graph graph;
  private final Session session;
  private final Placeholder<TUint8> pixels;
  private final @Nullable PlaceholderWithDefault<TInt32> frameSize;
  private final @Nullable PlaceholderWithDefault<TFloat32> pooled;
  private final @Nullable PlaceholderWithDefault<TFloat32> semantic;
  private final Operand<TUint8> restored;
  private final @Nullable Operand<TFloat32> z;
  private final @Nullable DegradationPrototypes prototypes;
  private final ReentrantReadWriteLock lifecycle = new ReentrantReadWriteLock();
  private boolean closed;

  private RestorationSession(
      ModelBundle bundle,
      SessionOptions options,
      String device,
      Graph graph,
      Session session,
      Endpoints endpoints) {
    Preset preset = bundle.preset();
    // Not the bundle itself: its weights are in the session now, and the heap need not hold them.
    this.bundleName = bundle.name();
    this.bundleVersion = bundle.version();
    this.bundleSha256 = bundle.sha256();
    this.options = options;
    this.device = device;
    this.padding = Padding.of(preset.backbone());
    this.multiple = preset.padMultiple();
    this.graph = graph;
    this.session = session;
    this.pixels = endpoints.pixels;
    this.frameSize = endpoints.frameSize;
    this.pooled = endpoints.pooled;
    this.semantic = endpoints.semantic;
    this.restored = endpoints.restored;
    this.z = endpoints.z;
    this.prototypes = bundle.prototypes();
  }

  /**
   * Where tensors go in and come out.
   *
   * @param pixels padded frames
   * @param frameSize height and width without the padding, for the semantic encoder; null without
   * @param pooled what Z is made of, {@code (batch, channels)}; null without CFE
   * @param semantic F_1 to F_4 side by side, {@code (batch, 4 * features)}; null without SGM
   * @param restored padded frames
   * @param z Z, {@code (batch, features)}; null without CFE
   */
  private record Endpoints(
      Placeholder<TUint8> pixels,
      @Nullable PlaceholderWithDefault<TInt32> frameSize,
      @Nullable PlaceholderWithDefault<TFloat32> pooled,
      @Nullable PlaceholderWithDefault<TFloat32> semantic,
      Operand<TUint8> restored,
      @Nullable Operand<TFloat32> z) {}

  /**
   * Builds the bundle's network and loads its weights.
   *
   * @throws IllegalArgumentException if the device is not there, or the weights do not fit the
   *     preset or the frozen encoder
   */
  public static RestorationSession open(ModelBundle bundle, SessionOptions options) {
    return open(bundle, options, Formulation.INFERENCE);
  }

  /** The same in a formulation other than the one that is served, to compare them. */
  public static RestorationSession open(
      ModelBundle bundle, SessionOptions options, Formulation formulation) {
    ConfigProto config = config(options);
    String device = Devices.choose(options.device(), Devices.ids(TensorFlowDevices.names(config)));
    Graph graph = new Graph();
    Session session = null;
    boolean opened = false;
    try {
      Ops tf = Ops.create(graph).withDevice(deviceSpec(device));
      // As variables: constants gain two hundredths and take nearly three times the memory.
      ParamStore params = ParamStore.frozen(tf, "", bundle.weights());
      FrozenEncoder encoder = bundle.encoder();
      Map<String, FloatTensor> encoderWeights = encoder == null ? Map.of() : encoder.weights();
      // Nothing of it is rewritten, so it needs no second copy in the heap.
      ParamStore frozen = new ParamStore(tf, "semantic.");
      Endpoints endpoints = endpoints(tf, params, frozen, bundle.preset(), encoder, formulation);
      params.check(bundle.weights());
      session = new Session(graph, config);
      params.load(session);
      frozen.assign(session, encoderWeights);
      opened = true;
      return new RestorationSession(bundle, options, device, graph, session, endpoints);
    } finally {
      if (!opened) {
        if (session != null) {
          session.close();
        }
        graph.close();
      }
    }
  }

  private static DeviceSpec deviceSpec(String device) {
    DeviceSpec.Builder spec = DeviceSpec.newBuilder();
    return device.equals("cpu")
        ? spec.deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build()
        : spec.deviceType(DeviceSpec.DeviceType.GPU)
            .deviceIndex(Integer.parseInt(device.substring("gpu:".length())))
            .build();
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

  private static Endpoints endpoints(
      Ops tf,
      ParamStore params,
      ParamStore frozen,
      Preset preset,
      @Nullable FrozenEncoder encoder,
      Formulation formulation) {
    Placeholder<TUint8> pixels =
        tf.placeholder(TUint8.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
    Operand<TFloat32> images = PixelValues.toUnit(tf, pixels);
    PerceiveIrNetwork network = PerceiveIrNetwork.build(tf, params, preset, formulation);
    Preset.Cfe cfe = preset.cfe();
    PlaceholderWithDefault<TFloat32> pooled = null;
    Operand<TFloat32> z = null;
    // Without prompt guidance nothing reads Z and F_l: no tile must compute or wait for them.
    boolean guides = preset.pgm() != null;
    if (cfe != null && !guides) {
      z = network.features(images);
    } else if (cfe != null) {
      int channels = cfe.channels().get(cfe.channels().size() - 1);
      pooled = tf.placeholderWithDefault(network.poolFeatures(images), Shape.of(-1, channels));
      z = network.projectFeatures(pooled);
    }
    Preset.Sgm sgm = preset.sgm();
    PlaceholderWithDefault<TInt32> frameSize = null;
    PlaceholderWithDefault<TFloat32> semantic = null;
    List<Operand<TFloat32>> features = List.of();
    if (sgm != null && encoder != null && !guides) {
      features = SemanticGuidance.of(tf, frozen, sgm, encoder).features(images);
    } else if (sgm != null && encoder != null) {
      Operand<TInt32> paddedSize =
          tf.slice(tf.shape(pixels), tf.constant(new int[] {1}), tf.constant(new int[] {2}));
      frameSize = tf.placeholderWithDefault(paddedSize, Shape.of(2));
      Operand<TFloat32> frames = withoutPadding(tf, images, frameSize);
      List<Operand<TFloat32>> own = SemanticGuidance.of(tf, frozen, sgm, encoder).features(frames);
      semantic =
          tf.placeholderWithDefault(
              tf.concat(own, tf.constant(1)), Shape.of(-1, (long) own.size() * sgm.features()));
      features = new ArrayList<>();
      for (int i = 0; i < own.size(); i++) {
        features.add(
            tf.slice(
                semantic,
                tf.constant(new int[] {0, i * sgm.features()}),
                tf.constant(new int[] {-1, sgm.features()})));
      }
    }
    Operand<TFloat32> y = network.restore(images, z, features);
    return new Endpoints(pixels, frameSize, pooled, semantic, PixelValues.toBytes(tf, y), z);
  }

  /** The padding is the network's need; an encoder that saw it would see another scene. */
  private static Operand<TFloat32> withoutPadding(
      Ops tf, Operand<TFloat32> images, Operand<TInt32> frameSize) {
    Operand<TInt32> size =
        tf.concat(
            List.of(tf.constant(new int[] {-1}), frameSize, tf.constant(new int[] {3})),
            tf.constant(0));
    return tf.slice(images, tf.constant(new int[] {0, 0, 0, 0}), size);
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
    lifecycle.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the session of bundle " + bundleName + " is closed");
      }
      List<RestoredImage> result = new ArrayList<>(frames.size());
      if (Math.max(width, height) > options.maxTileSide()) {
        for (RgbImage frame : frames) {
          result.add(restoreInTiles(frame));
        }
        return result;
      }
      long limit = (long) options.maxTileSide() * options.maxTileSide();
      int inOnePass = (int) Math.max(1, limit / ((long) width * height));
      for (int from = 0; from < frames.size(); from += inOnePass) {
        int to = Math.min(frames.size(), from + inOnePass);
        result.addAll(pass(frames.subList(from, to), WholeFrame.NONE));
      }
      return result;
    } catch (TFInvalidArgumentException e) {
      throw e;
    } catch (TensorFlowException e) {
      // Out of memory, a lost device: the next frame would fare no better.
      throw new IllegalStateException(
          "the network cannot run on " + device + ": " + e.getMessage(), e);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  /** Restores one frame of any size. */
  public RgbImage restore(RgbImage frame) {
    return restore(List.of(frame)).get(0);
  }

  private RestoredImage restoreInTiles(RgbImage frame) {
    TileGrid grid =
        TileGrid.of(frame.width(), frame.height(), options.maxTileSide(), options.tileOverlap());
    List<RgbImage> pieces = grid.cut(frame);
    WholeFrame whole =
        new WholeFrame(
            pooled == null ? null : pooledOverTiles(grid, pieces),
            semantic == null ? null : fetch(semantic, frame));
    List<RgbImage> restoredPieces = new ArrayList<>(pieces.size());
    DegradationEstimate seen = null;
    for (RgbImage piece : pieces) {
      RestoredImage done = pass(List.of(piece), whole).get(0);
      restoredPieces.add(done.image());
      // All tiles share the whole frame's Z; without prompt guidance the first speaks for all.
      seen = seen == null ? done.degradation() : seen;
    }
    return new RestoredImage(grid.join(restoredPieces), seen);
  }

  /**
   * What the tiles of one frame share.
   *
   * @param pooled for Z; null where each pass computes its own
   * @param semantic F_1 to F_4; null where each pass computes its own
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared, only handed on.
  private record WholeFrame(float @Nullable [] pooled, float @Nullable [] semantic) {
    static final WholeFrame NONE = new WholeFrame(null, null);
  }

  /** The whole frame's pooled features: the mean of its tiles', weighted by their areas. */
  private float[] pooledOverTiles(TileGrid grid, List<RgbImage> pieces) {
    if (pooled == null) {
      throw new IllegalStateException("the preset has no compact feature extraction");
    }
    double[] sum = new double[0];
    double area = 0;
    for (int i = 0; i < pieces.size(); i++) {
      Tile tile = grid.tiles().get(i);
      float[] values = fetch(pooled, pieces.get(i));
      if (sum.length == 0) {
        sum = new double[values.length];
      }
      double weight = (double) tile.width() * tile.height();
      for (int c = 0; c < values.length; c++) {
        sum[c] += weight * values[c];
      }
      area += weight;
    }
    float[] mean = new float[sum.length];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = (float) (sum[c] / area);
    }
    return mean;
  }

  /** Features of one picture; only what they need is computed. */
  private float[] fetch(Operand<TFloat32> features, RgbImage picture) {
    try (TUint8 input = padded(List.of(picture));
        TInt32 size = TInt32.vectorOf(picture.height(), picture.width())) {
      Session.Runner runner = session.runner().feed(pixels, input).fetch(features);
      if (frameSize != null) {
        runner.feed(frameSize, size);
      }
      try (Result result = runner.run()) {
        float[] values = new float[(int) result.get(0).size()];
        result.get(0).asRawTensor().data().asFloats().read(values);
        return values;
      }
    }
  }

  private TUint8 padded(List<RgbImage> frames) {
    int width = Padding.up(frames.get(0).width(), multiple);
    int height = Padding.up(frames.get(0).height(), multiple);
    int frameBytes = Math.toIntExact(3L * width * height);
    byte[] batch = new byte[Math.multiplyExact(frameBytes, frames.size())];
    for (int i = 0; i < frames.size(); i++) {
      padding.pad(frames.get(i), width, height, batch, i * frameBytes);
    }
    return TUint8.tensorOf(
        Shape.of(frames.size(), height, width, 3), DataBuffers.of(batch, true, false));
  }

  private List<RestoredImage> pass(List<RgbImage> frames, WholeFrame whole) {
    int width = frames.get(0).width();
    int height = frames.get(0).height();
    int paddedWidth = Padding.up(width, multiple);
    byte[] output;
    float[] features = new float[0];
    try (TUint8 input = padded(frames);
        TInt32 size = TInt32.vectorOf(height, width);
        TFloat32 givenPooled = repeated(whole.pooled, frames.size());
        TFloat32 givenSemantic = repeated(whole.semantic, frames.size())) {
      Session.Runner runner = session.runner().feed(pixels, input).fetch(restored);
      if (frameSize != null) {
        runner.feed(frameSize, size);
      }
      if (pooled != null && givenPooled != null) {
        runner.feed(pooled, givenPooled);
      }
      if (semantic != null && givenSemantic != null) {
        runner.feed(semantic, givenSemantic);
      }
      if (z != null && prototypes != null) {
        runner.fetch(z);
      }
      try (Result result = runner.run()) {
        output = new byte[(int) result.get(0).size()];
        result.get(0).asRawTensor().data().read(output);
        if (result.size() > 1) {
          features = new float[(int) result.get(1).size()];
          result.get(1).asRawTensor().data().asFloats().read(features);
        }
      }
    }
    int frameBytes = output.length / frames.size();
    List<RestoredImage> images = new ArrayList<>(frames.size());
    for (int i = 0; i < frames.size(); i++) {
      images.add(
          new RestoredImage(
              Padding.crop(output, i * frameBytes, paddedWidth, width, height),
              prototypes == null ? null : estimate(prototypes, features, i, frames.size())));
    }
    return images;
  }

  private static DegradationEstimate estimate(
      DegradationPrototypes prototypes, float[] features, int index, int frames) {
    int size = features.length / frames;
    return prototypes.nearest(Arrays.copyOfRange(features, index * size, (index + 1) * size));
  }

  /**
   * Z of one frame as the compact feature extraction gives it, of the whole frame.
   *
   * @return one value for each feature; empty where the preset has no compact feature extraction
   * @throws IllegalStateException if the session is closed
   */
  public float[] features(RgbImage frame) {
    if (z == null) {
      return new float[0];
    }
    lifecycle.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the session of bundle " + bundleName + " is closed");
      }
      return fetch(z, frame);
    } finally {
      lifecycle.readLock().unlock();
    }
  }

  private static @Nullable TFloat32 repeated(float @Nullable [] features, int times) {
    if (features == null) {
      return null;
    }
    float[] values = new float[features.length * times];
    for (int i = 0; i < times; i++) {
      System.arraycopy(features, 0, values, i * features.length, features.length);
    }
    return TFloat32.tensorOf(Shape.of(times, features.length), DataBuffers.of(values, true, false));
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
    lifecycle.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        session.close();
        graph.close();
      }
    } finally {
      lifecycle.writeLock().unlock();
    }
  }
}
