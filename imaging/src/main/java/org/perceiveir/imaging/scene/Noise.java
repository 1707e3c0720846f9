package org.perceiveir.imaging.scene;

/** Hashes and value noise, periodic so that textures tile without a seam. */
final class Noise {
  private Noise() {}

  /** Mixes a seed with two coordinates to 32 even bits (multiply and xor-shift rounds). */
  static int hash(int seed, int x, int y) {
    int h = seed ^ (x * 0x27D4EB2D) ^ Integer.rotateLeft(y * 0x165667B1, 15);
    h = (h ^ (h >>> 16)) * 0x7FEB352D;
    h = (h ^ (h >>> 15)) * 0x846CA68B;
    return h ^ (h >>> 16);
  }

  /** Uniform in 0..1. */
  static float uniform(int seed, int x, int y) {
    return (hash(seed, x, y) >>> 8) * 0x1.0p-24f;
  }

  /** Value noise in 0..1 on the integer lattice, repeating after {@code period} cells. */
  static float value(int seed, float x, float y, int period) {
    int cellX = (int) Math.floor(x);
    int cellY = (int) Math.floor(y);
    float fx = smooth(x - cellX);
    float fy = smooth(y - cellY);
    int left = wrap(cellX, period);
    int right = left + 1 == period ? 0 : left + 1;
    int top = wrap(cellY, period);
    int bottom = top + 1 == period ? 0 : top + 1;
    float above = mix(uniform(seed, left, top), uniform(seed, right, top), fx);
    float below = mix(uniform(seed, left, bottom), uniform(seed, right, bottom), fx);
    return mix(above, below, fy);
  }

  /**
   * Fractal sum of value noise in 0..1: each octave has twice the frequency and half the weight.
   */
  static float fractal(int seed, float x, float y, int period, int octaves) {
    float sum = 0;
    float total = 0;
    float weight = 1;
    float scale = 1;
    for (int octave = 0; octave < octaves; octave++) {
      sum += weight * value(seed + octave, x * scale, y * scale, period << octave);
      total += weight;
      weight *= 0.5f;
      scale *= 2;
    }
    return sum / total;
  }

  /** Most cells need no division. */
  private static int wrap(int cell, int period) {
    return cell >= 0 && cell < period ? cell : Math.floorMod(cell, period);
  }

  static float mix(float a, float b, float share) {
    return a + (b - a) * share;
  }

  static float clamp(float value) {
    return Math.max(0, Math.min(1, value));
  }

  /** 0 below {@code low}, 1 above {@code high}, smooth between. */
  static float step(float low, float high, float value) {
    return smooth(clamp((value - low) / (high - low)));
  }

  private static float smooth(float t) {
    return t * t * (3 - 2 * t);
  }
}
