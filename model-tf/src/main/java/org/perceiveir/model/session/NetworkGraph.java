package org.perceiveir.model.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
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
import org.perceiveir.model.scope.NativeScope;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.PlaceholderWithDefault;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * A bundle's network as a graph with its session: bytes in, bytes out.
 *
 * <p>Pixels go in and come out as bytes; the graph divides by 255, restores, clips to 0..1 and
 * rounds to the nearest byte. Frames are padded in Java to sides that the network takes and cut
 * back exactly. Every tensor is closed in the call that made it; graph and session belong to a
 * scope.
 */
final class NetworkGraph implements Network {
  private final Padding padding;
  private final int multiple;
  private final Session session;
  private final Placeholder<TUint8> pixels;
  private final @Nullable PlaceholderWithDefault<TInt32> frameSize;
  private final @Nullable PlaceholderWithDefault<TFloat32> pooled;
  private final @Nullable PlaceholderWithDefault<TFloat32> semantic;
  private final Operand<TUint8> restored;
  private final @Nullable Operand<TFloat32> z;
  private final @Nullable DegradationPrototypes prototypes;

  private NetworkGraph(ModelBundle bundle, Session session, Endpoints endpoints) {
    Preset preset = bundle.preset();
    this.padding = Padding.of(preset.backbone());
    this.multiple = preset.padMultiple();
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
   * Builds a bundle's network and loads its weights.
   *
   * @param scope gets graph and session
   * @param device as {@link Devices#choose} gives it
   * @throws IllegalArgumentException if the weights do not fit the preset or the frozen encoder
   */
  static NetworkGraph open(
      NativeScope scope,
      ModelBundle bundle,
      ConfigProto config,
      String device,
      Formulation formulation) {
    Graph graph = scope.own(new Graph());
    Ops tf = Ops.create(graph).withDevice(deviceSpec(device));
    // As variables: constants gain two hundredths and take nearly three times the memory.
    ParamStore params = ParamStore.frozen(tf, "", bundle.weights());
    FrozenEncoder encoder = bundle.encoder();
    Map<String, FloatTensor> encoderWeights = encoder == null ? Map.of() : encoder.weights();
    // Nothing of it is rewritten, so it needs no second copy in the heap.
    ParamStore frozen = new ParamStore(tf, "semantic.");
    Endpoints endpoints = endpoints(tf, params, frozen, bundle.preset(), encoder, formulation);
    params.check(bundle.weights());
    Session session = scope.own(new Session(graph, config));
    params.load(session);
    frozen.assign(session, encoderWeights);
    return new NetworkGraph(bundle, session, endpoints);
  }

  private static DeviceSpec deviceSpec(String device) {
    DeviceSpec.Builder spec = DeviceSpec.newBuilder();
    return device.equals("cpu")
        ? spec.deviceType(DeviceSpec.DeviceType.CPU).deviceIndex(0).build()
        : spec.deviceType(DeviceSpec.DeviceType.GPU)
            .deviceIndex(Integer.parseInt(device.substring("gpu:".length())))
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
  public float @Nullable [] pooled(RgbImage picture) {
    return pooled == null ? null : fetch(pooled, picture);
  }

  @Override
  public float @Nullable [] semantic(RgbImage picture) {
    return semantic == null ? null : fetch(semantic, picture);
  }

  @Override
  public float[] z(RgbImage picture) {
    return z == null ? new float[0] : fetch(z, picture);
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

  @Override
  public List<RestoredImage> restore(List<RgbImage> frames, WholeFrame whole) {
    int width = frames.get(0).width();
    int height = frames.get(0).height();
    int paddedWidth = Padding.up(width, multiple);
    byte[] output;
    float[] features = new float[0];
    try (TUint8 input = padded(frames);
        TInt32 size = TInt32.vectorOf(height, width);
        TFloat32 givenPooled = repeated(whole.pooled(), frames.size());
        TFloat32 givenSemantic = repeated(whole.semantic(), frames.size())) {
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
}
