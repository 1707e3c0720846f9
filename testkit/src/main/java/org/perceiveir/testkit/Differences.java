package org.perceiveir.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/** How far numbers are from what they should be. */
public final class Differences {
  private Differences() {}

  /**
   * The absolute difference that a share of the elements do not exceed.
   *
   * <p>A gradient has kinks, at a ReLU, a pooling or an absolute value. Another processor adds in
   * another order and can come down on the other side of one: the elements that a single feature
   * sees then differ, and no others.
   *
   * @param share of the elements, 0 to 1; with 1 the largest difference
   * @return infinite where something within the share is not a number
   */
  public static double within(double share, float[] found, float[] expected) {
    assertThat(found).hasSameSizeAs(expected).isNotEmpty();
    double[] differences = new double[found.length];
    for (int i = 0; i < found.length; i++) {
      double difference = Math.abs((double) found[i] - expected[i]);
      differences[i] = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }
    Arrays.sort(differences);
    return differences[(int) Math.ceil(share * differences.length) - 1];
  }
}
