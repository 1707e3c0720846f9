package org.perceiveir.model.vit;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * {@code (x - mean) / deviation} of each colour, as a public encoder was trained with.
 *
 * @param mean of red, green and blue
 * @param deviation of red, green and blue
 */
public record ImageStandardization(List<Double> mean, List<Double> deviation) {
  /** openai/CLIP. */
  public static final ImageStandardization CLIP =
      new ImageStandardization(
          List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711));

  /** ImageNet's: DINOv2 and torchvision. */
  public static final ImageStandardization IMAGENET =
      new ImageStandardization(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

  /** Copies the lists. */
  public ImageStandardization {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }

  /**
   * Standardises images.
   *
   * @param images {@code (batch, height, width, 3)}, RGB in 0..1
   * @return the same shape, about -2..3
   */
  public Operand<TFloat32> apply(Ops tf, Operand<TFloat32> images) {
    return tf.math.div(tf.math.sub(images, colours(tf, mean)), colours(tf, deviation));
  }

  private static Operand<TFloat32> colours(Ops tf, List<Double> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return tf.constant(floats);
  }
}
