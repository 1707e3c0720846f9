package org.perceiveir.model.session;

/**
 * How TensorFlow takes the memory of GPUs. It fixes this for the process at its first session.
 *
 * @param fraction share of a GPU's memory that may be taken, above 0 to 1; 0 leaves it to
 *     TensorFlow
 * @param growth whether it is taken as it is needed, not all at once
 */
public record GpuMemory(double fraction, boolean growth) {
  /** What is needed, as it is needed. */
  public static final GpuMemory AS_NEEDED = new GpuMemory(0, true);

  /** Checks the share. */
  public GpuMemory {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "the share of a GPU's memory is " + fraction + ": it must be from 0 to 1");
    }
  }
}
