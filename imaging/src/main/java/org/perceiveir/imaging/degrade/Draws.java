package org.perceiveir.imaging.degrade;

/**
 * The random numbers of a degradation: SplitMix64 (Steele, Lea, Flood 2014) with a fast normal
 * distribution.
 *
 * <p>Own code rather than {@link java.util.SplittableRandom} because reported figures depend on
 * these numbers, and the JDK promises its sequences only within a release.
 *
 * <p>Normal samples come from a table of the inverse distribution function at the midpoints of
 * 65536 equal probabilities, four samples to a 64-bit draw. That bounds them to 4.3 standard
 * deviations (a true normal exceeds that once in 60000 samples) and costs about 1 ns a sample,
 * where a polar or Box-Muller method costs 20 to 50.
 */
final class Draws {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private static final int QUANTILES = 1 << 16;
  private static final float[] NORMAL = normalQuantiles();

  private long state;
  private long pool;
  private int pooled;

  private Draws(long state) {
    this.state = state;
  }

  /** What stays the same over a sequence. */
  static Draws ofScene(DegradationType type, long seed) {
    return new Draws(start(type, seed));
  }

  /** What changes from frame to frame. */
  static Draws ofMoment(DegradationType type, long seed, long frame) {
    return new Draws(mix(start(type, seed) + mix(frame + 1)));
  }

  /** Each type has numbers of its own, so that one seed gives unrelated damage of two types. */
  private static long start(DegradationType type, long seed) {
    return mix(seed + GOLDEN_GAMMA * type.id().hashCode());
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** Uniform in [low, high). */
  double uniform(double low, double high) {
    return low + (high - low) * ((nextLong() >>> 11) * 0x1.0p-53);
  }

  /** Normal with mean 0 and variance 1. */
  float gaussian() {
    if (pooled == 0) {
      pool = nextLong();
      pooled = 4;
    }
    float sample = NORMAL[(int) (pool & (QUANTILES - 1))];
    pool >>>= 16;
    pooled--;
    return sample;
  }

  /** A well mixed 64-bit hash, the output function of SplitMix64. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /**
   * Integrates the quantile function's equation dz/dp = sqrt(2 pi) exp(z^2 / 2) outwards from the
   * median (Runge-Kutta of order 4, finer steps in the tail).
   */
  private static float[] normalQuantiles() {
    float[] table = new float[QUANTILES];
    int half = QUANTILES / 2;
    double z = 0;
    double p = 0.5;
    for (int i = 0; i < half; i++) {
      double target = (half + i + 0.5) / QUANTILES;
      int steps = i < half - 64 ? 1 : 256;
      double dp = (target - p) / steps;
      for (int s = 0; s < steps; s++) {
        double k1 = slope(z);
        double k2 = slope(z + 0.5 * dp * k1);
        double k3 = slope(z + 0.5 * dp * k2);
        double k4 = slope(z + dp * k3);
        z += dp / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
      }
      p = target;
      table[half + i] = (float) z;
      table[half - 1 - i] = (float) -z;
    }
    return table;
  }

  private static double slope(double z) {
    return StrictMath.sqrt(2 * StrictMath.PI) * StrictMath.exp(0.5 * z * z);
  }
}
