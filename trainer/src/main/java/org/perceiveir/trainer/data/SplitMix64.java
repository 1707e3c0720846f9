package org.perceiveir.trainer.data;

/** Random streams of their own for neighbouring numbers. */
public final class SplitMix64 {
  private SplitMix64() {}

  /** SplitMix64's finaliser: the seeds of neighbouring steps get unrelated streams. */
  public static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
