package org.perceiveir.model.nn;

import org.perceiveir.model.preset.Preset;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Compact feature extraction (CFE, spec section 1): residual blocks, global average pool and two
 * linear layers turn an image into Z, which tells degradations apart.
 */
public final class CompactFeatureExtraction {
  private final Layers layers;
  private final Preset.Cfe config;

  /** An extractor of this form. */
  public CompactFeatureExtraction(Layers layers, Preset.Cfe config) {
    this.layers = layers;
    this.config = config;
  }

  /**
   * Features of the residual blocks, averaged over pixels.
   *
   * <p>The average over a frame is the average of its tiles' averages, but for what the
   * convolutions see across the cuts; so a frame too large for one pass has one Z too.
   *
   * @param image {@code (batch, height, width, 3)} in 0..1
   * @return {@code (batch, channels of the last block)}
   */
  public Operand<TFloat32> pool(Operand<TFloat32> image) {
    Ops tf = layers.tf();
    int fold = config.unshuffle();
    boolean strided = fold > 1 && layers.has(Rewrite.STRIDED_FEATURES);
    Operand<TFloat32> x = fold == 1 || strided ? image : layers.pixelUnshuffle(image, 3, fold);
    int in = 3 * fold * fold;
    for (int i = 0; i < config.channels().size(); i++) {
      int out = config.channels().get(i);
      String name = "cfe.body." + i;
      boolean first = strided && i == 0;
      Operand<TFloat32> inner =
          layers.leakyRelu(
              first
                  ? layers.foldedConv(name + ".conv1", x, 3, fold, out, 3)
                  : layers.conv(name + ".conv1", x, in, out, 3, true));
      Operand<TFloat32> residual = layers.conv(name + ".conv2", inner, out, out, 3, true);
      Operand<TFloat32> skip = x;
      if (first) {
        skip =
            in == out
                ? layers.pixelUnshuffle(x, 3, fold)
                : layers.foldedConv(name + ".skip", x, 3, fold, out, 1);
      } else if (in != out) {
        skip = layers.conv(name + ".skip", x, in, out, 1, true);
      }
      x = tf.math.add(residual, skip);
      in = out;
    }
    return tf.math.mean(x, layers.ints(1, 2));
  }

  /**
   * Z of averaged features.
   *
   * @param pooled what {@link #pool} gives
   * @return {@code (batch, features)}
   */
  public Operand<TFloat32> project(Operand<TFloat32> pooled) {
    int in = config.channels().get(config.channels().size() - 1);
    Operand<TFloat32> hidden = layers.leakyRelu(layers.linear("cfe.mlp.0", pooled, in, in));
    return layers.linear("cfe.mlp.2", hidden, in, config.features());
  }
}
