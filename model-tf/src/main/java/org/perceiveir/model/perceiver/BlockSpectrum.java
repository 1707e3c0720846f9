package org.perceiveir.model.perceiver;

import java.util.List;
import org.perceiveir.model.preset.PresetException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Shows an encoder how strong each frequency is in place of pixels.
 *
 * <pre>
 *   block of P x P pixels, P the encoder's patch
 *     -&gt; cosine transform of brightness, and of two colour differences up to one half-wave
 *     -&gt; mean square of each band u + v = const, logarithm
 *     -&gt; the band's value at every place (u, v) of the block's first channel; the colour bands, the
 *        mean brightness and the mean colours in the two others
 * </pre>
 *
 * <p>Quality shows in how much energy there is at which frequency: noise adds some everywhere,
 * smoothing takes the high ones away. A transformer from scratch finds squares and logarithms late,
 * and on a few hundred photographs not before it knows them by heart. Fine colour is left out: in
 * photographs that were JPEG once it is missing, restored or not, and a perceiver that sees it
 * learns which photographs were, instead of which are good.
 *
 * <p>The result has the shape of the images, so the encoder is CLIP's as it is. Gradients reach the
 * images.
 */
public final class BlockSpectrum {
  private static final double[][] COLOURS = {
    {1 / Math.sqrt(3), 1 / Math.sqrt(3), 1 / Math.sqrt(3)},
    {1 / Math.sqrt(2), -1 / Math.sqrt(2), 0},
    {1 / Math.sqrt(6), 1 / Math.sqrt(6), -2 / Math.sqrt(6)}
  };

  /** Bands of each colour difference: the mean and one half-wave. */
  private static final int COLOUR_BANDS = 2;

  /** Far below the energy of rounding to 8 bits, 1e-6: bounds the logarithm and its gradient. */
  private static final float FLOOR = 1e-7f;

  /** Centre and half width of the logarithms in photographs. */
  private static final float LOG_MEAN = -7f;

  private static final float LOG_SPREAD = 2.5f;
  private static final float MEAN_SPREAD = 0.25f;

  private final int patch;
  private final int bands;

  private BlockSpectrum(int patch) {
    this.patch = patch;
    this.bands = 2 * patch - 1;
  }

  /**
   * The spectra of square images.
   *
   * @param images {@code (batch, size, size, 3)}, RGB in 0..1
   * @param size a multiple of the patch
   * @param patch side of a block in pixels
   * @return {@code (batch, size, size, 3)}, about -2..2
   * @throws PresetException if the size is no multiple of the patch, or the patch below 2
   */
  public static Operand<TFloat32> of(Ops tf, Operand<TFloat32> images, int size, int patch) {
    if (patch < 2 || size % patch != 0) {
      throw new PresetException(
          "spectra of "
              + size
              + " pixels in patches of "
              + patch
              + ": the size must be a multiple of a patch of 2 or more");
    }
    return new BlockSpectrum(patch).apply(tf, images, size / patch);
  }

  private Operand<TFloat32> apply(Ops tf, Operand<TFloat32> images, int side) {
    Operand<TFloat32> apart =
        tf.linalg.transpose(
            tf.reshape(images, tf.array(-1, side, patch, side, patch, 3)),
            tf.array(0, 1, 3, 2, 4, 5));
    Operand<TFloat32> blocks = tf.reshape(apart, tf.array(-1, 3 * patch * patch));
    Operand<TFloat32> coefficients = tf.linalg.matMul(blocks, tf.constant(waves()));
    Operand<TFloat32> energies =
        tf.linalg.matMul(tf.math.square(coefficients), tf.constant(bandMeans()));
    Operand<TFloat32> logs =
        tf.math.div(
            tf.math.sub(
                tf.math.log(tf.math.add(energies, tf.constant(FLOOR))), tf.constant(LOG_MEAN)),
            tf.constant(LOG_SPREAD));
    Operand<TFloat32> means =
        tf.math.div(
            tf.math.sub(
                tf.linalg.matMul(blocks, tf.constant(colourMeans())),
                tf.constant(new float[] {0.5f, 0, 0})),
            tf.constant(MEAN_SPREAD));
    Operand<TFloat32> features = tf.concat(List.of(logs, means), tf.constant(1));
    Operand<TFloat32> laid = tf.linalg.matMul(features, tf.constant(places()));
    Operand<TFloat32> back =
        tf.linalg.transpose(
            tf.reshape(laid, tf.array(-1, side, side, patch, patch, 3)),
            tf.array(0, 1, 3, 2, 4, 5));
    return tf.reshape(back, tf.array(-1, side * patch, side * patch, 3));
  }

  /** Pixel of a block, as rows of the matrices count them. */
  private int pixel(int y, int x, int colour) {
    return (y * patch + x) * 3 + colour;
  }

  /** {@code (3 P^2, P^2 + 6)}: an orthonormal cosine transform of each colour's coefficients. */
  private float[][] waves() {
    float[][] matrix = new float[3 * patch * patch][coefficients()];
    for (int c = 0; c < 3; c++) {
      for (int v = 0; v < patch; v++) {
        for (int u = 0; u < patch; u++) {
          int column = coefficient(c, u, v);
          if (column >= 0) {
            for (int y = 0; y < patch; y++) {
              for (int x = 0; x < patch; x++) {
                double wave = cosine(u, x) * cosine(v, y);
                for (int rgb = 0; rgb < 3; rgb++) {
                  matrix[pixel(y, x, rgb)][column] = (float) (wave * COLOURS[c][rgb]);
                }
              }
            }
          }
        }
      }
    }
    return matrix;
  }

  private double cosine(int waves, int at) {
    return Math.sqrt((waves == 0 ? 1.0 : 2.0) / patch)
        * Math.cos(Math.PI * (at + 0.5) * waves / patch);
  }

  private int coefficients() {
    return patch * patch + 2 * 3;
  }

  /** Column of a coefficient, below 0 for one that is left out. */
  private int coefficient(int colour, int u, int v) {
    if (colour == 0) {
      return v * patch + u;
    }
    return u + v < COLOUR_BANDS ? patch * patch + (colour - 1) * 3 + 2 * v + u : -1;
  }

  /** {@code (P^2 + 6, 2 P - 1 + 4)}: the mean of each band. */
  private float[][] bandMeans() {
    float[][] matrix = new float[coefficients()][bands + 2 * COLOUR_BANDS];
    for (int c = 0; c < 3; c++) {
      for (int v = 0; v < patch; v++) {
        for (int u = 0; u < patch; u++) {
          int row = coefficient(c, u, v);
          if (row >= 0) {
            matrix[row][band(c, u + v)] = 1f / inBand(u + v);
          }
        }
      }
    }
    return matrix;
  }

  private int band(int colour, int sum) {
    return colour == 0 ? sum : bands + (colour - 1) * COLOUR_BANDS + sum;
  }

  private int inBand(int sum) {
    return sum < patch ? sum + 1 : bands - sum;
  }

  /** {@code (3 P^2, 3)}: mean brightness in 0..1, mean colour differences. */
  private float[][] colourMeans() {
    float[][] matrix = new float[3 * patch * patch][3];
    double each = 1.0 / (patch * patch);
    for (int i = 0; i < matrix.length; i++) {
      matrix[i][0] = (float) (each / 3);
      matrix[i][1] = (float) (each * COLOURS[1][i % 3]);
      matrix[i][2] = (float) (each * COLOURS[2][i % 3]);
    }
    return matrix;
  }

  /** {@code (2 P - 1 + 4 + 3, 3 P^2)}: where each figure stands in the block. */
  private float[][] places() {
    int logs = bands + 2 * COLOUR_BANDS;
    float[][] matrix = new float[logs + 3][3 * patch * patch];
    for (int v = 0; v < patch; v++) {
      for (int u = 0; u < patch; u++) {
        int sum = u + v;
        matrix[sum][pixel(v, u, 0)] = 1;
        matrix[sum < COLOUR_BANDS ? band(1, sum) : logs][pixel(v, u, 1)] = 1;
        int second = sum < COLOUR_BANDS ? band(2, sum) : logs + 1 + sum % 2;
        matrix[second][pixel(v, u, 2)] = 1;
      }
    }
    return matrix;
  }
}
