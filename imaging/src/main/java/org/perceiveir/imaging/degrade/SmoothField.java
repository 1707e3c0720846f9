package org.perceiveir.imaging.degrade;

/**
 * Value noise in 0..1 on a plane without end: uniform random values on a square lattice, blended by
 * a cubic smoothstep. The lattice has a random origin, so that small images start anywhere in a
 * cell. One row is evaluated at a time: two lattice rows are blended once for the row, which leaves
 * one multiplication and addition a pixel.
 */
final class SmoothField {
  private final long seed;
  private final int cell;
  private final int offsetX;
  private final int offsetY;
  private final float[] nodes;
  private final float[] blend;

  SmoothField(long seed, int cell, int width) {
    this.seed = seed;
    this.cell = cell;
    this.offsetX = (int) Math.floorMod(Draws.mix(seed ^ 0x5851F42D4C957F2DL), (long) cell);
    this.offsetY = (int) Math.floorMod(Draws.mix(seed ^ 0x14057B7EF767814FL), (long) cell);
    this.nodes = new float[(width + offsetX) / cell + 2];
    this.blend = new float[cell];
    for (int i = 0; i < cell; i++) {
      blend[i] = smoothstep((float) i / cell);
    }
  }

  /** Moves to row {@code y}. */
  void toRow(int y) {
    int row = (y + offsetY) / cell;
    float f = blend[(y + offsetY) % cell];
    for (int column = 0; column < nodes.length; column++) {
      float above = node(column, row);
      nodes[column] = above + f * (node(column, row + 1) - above);
    }
  }

  /** The field at column {@code x} of the current row. */
  float at(int x) {
    int column = (x + offsetX) / cell;
    float left = nodes[column];
    return left + blend[(x + offsetX) % cell] * (nodes[column + 1] - left);
  }

  private float node(int column, int row) {
    long key = ((long) row << 32) | (column & 0xFFFFFFFFL);
    return (Draws.mix(seed + Draws.mix(key)) >>> 40) * 0x1.0p-24f;
  }

  private static float smoothstep(float t) {
    return t * t * (3 - 2 * t);
  }
}
