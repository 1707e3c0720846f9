package org.perceiveir.model.perceiver;

import java.util.ArrayList;
import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.network.PixelValues;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.scope.NativeScope;
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
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * A perceiver in a TensorFlow session, judging images of any size from 1x1.
 *
 * <p>Every tensor is closed in the call that made it; graph and session are closed in {@link
 * #close}, which waits for the calls that run. Any number of threads may call {@link
 * #assess(List)}.
 */
public final class PerceiverSession implements AutoCloseable {
  private final PerceiverBundle bundle;
  private final NativeScope scope;
  private final Session session;
  private final Placeholder<TUint8> pixels;
  private final Operand<TFloat32> probabilities;

  private PerceiverSession(
      PerceiverBundle bundle,
      NativeScope scope,
      Session session,
      Placeholder<TUint8> pixels,
      Operand<TFloat32> probabilities) {
    this.bundle = bundle;
    this.scope = scope;
    this.session = session;
    this.pixels = pixels;
    this.probabilities = probabilities;
  }

  /**
   * Builds the perceiver and loads its weights.
   *
   * @param threads threads within an operation, at least 1; TensorFlow fixes this for the process
   *     with its first session
   * @throws org.perceiveir.model.nn.WeightMismatchException listing every tensor that does not fit
   */
  public static PerceiverSession open(PerceiverBundle bundle, int threads) {
    ConfigProto config =
        ConfigProto.newBuilder()
            .setIntraOpParallelismThreads(threads)
            .setInterOpParallelismThreads(threads)
            .setAllowSoftPlacement(true)
            .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true))
            .setGraphOptions(
                GraphOptions.newBuilder()
                    .setRewriteOptions(RewriterConfig.newBuilder().setDisableMetaOptimizer(true)))
            .build();
    try (NativeScope opening = NativeScope.named("the session of perceiver " + bundle)) {
      Graph graph = opening.own(new Graph());
      Ops tf = Ops.create(graph);
      ParamStore frozen = new ParamStore(tf, "perceiver.");
      Placeholder<TUint8> pixels =
          tf.placeholder(TUint8.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
      Operand<TFloat32> probabilities =
          Perceiver.of(tf, frozen, bundle).probabilities(PixelValues.toUnit(tf, pixels));
      frozen.check(bundle.weights());
      Session session = opening.own(new Session(graph, config));
      frozen.assign(session, bundle.weights());
      return new PerceiverSession(bundle, opening.handOver(), session, pixels, probabilities);
    }
  }

  /** The perceiver. */
  public PerceiverBundle bundle() {
    return bundle;
  }

  /**
   * Judges images, each on its own.
   *
   * @param images any number, of any sizes
   * @return one assessment for each, in the same order
   * @throws IllegalStateException if it is closed, or its device cannot compute any more
   */
  public List<Assessment> assess(List<RgbImage> images) {
    try {
      return scope.use(() -> images.stream().map(this::one).toList());
    } catch (TFInvalidArgumentException e) {
      // The image's own fault.
      throw e;
    } catch (TensorFlowException e) {
      throw new IllegalStateException("the perceiver cannot run: " + e.getMessage(), e);
    }
  }

  /** Judges one image. */
  public Assessment assess(RgbImage image) {
    return assess(List.of(image)).get(0);
  }

  private Assessment one(RgbImage image) {
    PerceiverForm form = bundle.form();
    float[] values = new float[form.tiers().size()];
    try (TUint8 fed =
            TUint8.tensorOf(
                Shape.of(1, image.height(), image.width(), 3),
                DataBuffers.of(image.rgb(), true, false));
        Result result = session.runner().feed(pixels, fed).fetch(probabilities).run()) {
      result.get(0).asRawTensor().data().asFloats().read(values);
    }
    List<Float> list = new ArrayList<>(values.length);
    for (float value : values) {
      list.add(value);
    }
    return new Assessment(form.tiers().get(form.decide(list)), form.tiers(), list);
  }

  /** Waits for the images that are being judged, then frees all native memory; may be repeated. */
  @Override
  public void close() {
    scope.close();
  }
}
