package org.perceiveir.model.nn;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How a parameter starts: PyTorch's default for convolutions and linear layers is uniform in
 * +-1/sqrt(fan in).
 *
 * @param kind constant or uniform
 * @param value the constant, or the bound of the uniform distribution
 */
public record Initializer(Kind kind, double value) {

  /** The two kinds. */
  public enum Kind {
    /** Every element is the value. */
    CONSTANT,
    /** Elements are uniform in +-value. */
    UNIFORM
  }

  /** Zero everywhere. */
  public static final Initializer ZEROS = new Initializer(Kind.CONSTANT, 0);

  /** One everywhere. */
  public static final Initializer ONES = new Initializer(Kind.CONSTANT, 1);

  /** Uniform in +-1/sqrt(fan in). */
  public static Initializer fanIn(long fanIn) {
    return new Initializer(Kind.UNIFORM, 1 / Math.sqrt((double) fanIn));
  }

  /** Makes {@code count} numbers; the same seed gives the same numbers. */
  float[] make(int count, long seed) {
    float[] values = new float[count];
    if (kind == Kind.CONSTANT) {
      Arrays.fill(values, (float) value);
    } else {
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < count; i++) {
        values[i] = (float) random.nextDouble(-value, value);
      }
    }
    return values;
  }
}
