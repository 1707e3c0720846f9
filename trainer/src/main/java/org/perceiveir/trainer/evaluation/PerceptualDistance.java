package org.perceiveir.trainer.evaluation;

import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.lpips.Lpips;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.scope.NativeScope;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.PublicWeights;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * LPIPS of two images, with the trunk that the user has brought.
 *
 * <p>VGG-16 takes about 1.2 KB of memory a pixel, AlexNet a tenth of that. Native memory is freed
 * in {@link #close}. Not thread-safe.
 */
public final class PerceptualDistance implements AutoCloseable {
  /** 2048x2048: a pass of VGG-16 then takes about 5 GB. */
  static final int MOST_PIXELS = 1 << 22;

  private static final float SCALE = 1f / 255f;

  private final String trunk;
  private final NativeScope scope;
  private final Session session;
  private final Placeholder<TFloat32> first;
  private final Placeholder<TFloat32> second;
  private final Operand<TFloat32> distance;

  /**
   * Builds the distance.
   *
   * @param encoder VGG-16 or AlexNet, as {@code ./perceive model import} leaves it
   * @throws IllegalArgumentException if it is another network, or VGG-16 of other widths than the
   *     public one
   */
  public PerceptualDistance(EncoderDirectory encoder) {
    Lpips.Trunk kind = trunk(encoder.kind());
    this.trunk = kind == Lpips.Trunk.VGG16 ? "VGG-16" : "AlexNet";
    try (NativeScope opening = NativeScope.named("the LPIPS distance")) {
      Graph graph = opening.own(new Graph());
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      first = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, -1, -1, 3)));
      second = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(1, -1, -1, 3)));
      distance = new Lpips(tf, params, kind).distance(first, second);
      session = opening.own(new Session(graph));
      params.assign(session, kind.features(encoder.weights()));
      scope = opening.handOver();
    } catch (WeightMismatchException e) {
      throw new IllegalArgumentException(
          "LPIPS needs the public " + trunk + ", not one of other sizes: " + e.summary(), e);
    }
  }

  private static Lpips.Trunk trunk(PublicWeights.Kind kind) {
    return switch (kind) {
      case VGG16 -> Lpips.Trunk.VGG16;
      case ALEXNET -> Lpips.Trunk.ALEXNET;
      default ->
          throw new IllegalArgumentException(
              "LPIPS needs a trunk of kind alexnet or vgg16, this encoder is "
                  + kind.id()
                  + ": import one with ./perceive model import");
    };
  }

  /** The trunk's name, for the protocol. */
  public String trunk() {
    return trunk;
  }

  /**
   * The distance.
   *
   * @param a both sides at least 31, at most 2048x2048 pixels
   * @param b of the same size
   * @return at least 0, which equal images have
   * @throws IllegalArgumentException if the sizes differ or there are too many pixels
   */
  public double between(RgbImage a, RgbImage b) {
    if (a.width() != b.width() || a.height() != b.height()) {
      throw new IllegalArgumentException(
          "images of " + size(a) + " and " + size(b) + " cannot be compared");
    }
    if ((long) a.width() * a.height() > MOST_PIXELS) {
      throw new IllegalArgumentException(
          "an image of " + size(a) + " is too large for LPIPS, which takes 2048x2048 pixels");
    }
    try (TFloat32 left = tensor(a);
        TFloat32 right = tensor(b);
        Result result =
            session.runner().feed(first, left).feed(second, right).fetch(distance).run()) {
      float[] value = new float[1];
      result.get(0).asRawTensor().data().asFloats().read(value);
      return value[0];
    }
  }

  private static String size(RgbImage image) {
    return image.width() + "x" + image.height();
  }

  private static TFloat32 tensor(RgbImage image) {
    byte[] rgb = image.rgb();
    float[] values = new float[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      values[i] = (rgb[i] & 0xFF) * SCALE;
    }
    return TFloat32.tensorOf(
        Shape.of(1, image.height(), image.width(), 3), DataBuffers.of(values, true, false));
  }

  @Override
  public void close() {
    scope.close();
  }
}
