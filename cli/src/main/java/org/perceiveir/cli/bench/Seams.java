package org.perceiveir.cli.bench;

import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.tile.Tile;
import org.perceiveir.imaging.tile.TileGrid;

/**
 * How a tiled result differs from that of the whole frame, near the edges of tiles and elsewhere.
 *
 * <p>With d = tiled - whole in grey levels: a tile that is wrong as a whole shows as a large d
 * everywhere, one that lacks its surroundings as a larger d near its edges, and a seam, which the
 * eye sees, as a jump of d from one pixel to the next across an edge.
 *
 * @param near squares of d within {@value #REACH} pixels of an inner edge of a tile
 * @param far squares of d elsewhere
 * @param across squares of the jump of d across an inner edge
 * @param along squares of the jump of d between all other neighbours
 */
public record Seams(Sum near, Sum far, Sum across, Sum along) {
  static final int REACH = 8;

  static final Seams NONE = new Seams(Sum.NONE, Sum.NONE, Sum.NONE, Sum.NONE);

  /**
   * A sum of squares.
   *
   * @param squares the sum
   * @param count how many
   */
  public record Sum(double squares, long count) {
    static final Sum NONE = new Sum(0, 0);

    Sum plus(Sum other) {
      return new Sum(squares + other.squares, count + other.count);
    }

    /** Root of the mean square, in grey levels; 0 of nothing. */
    double rms() {
      return count == 0 ? 0 : Math.sqrt(squares / count);
    }
  }

  Seams plus(Seams other) {
    return new Seams(
        near.plus(other.near),
        far.plus(other.far),
        across.plus(other.across),
        along.plus(other.along));
  }

  /** Root of the mean square of d over all pixels. */
  double rms() {
    return near.plus(far).rms();
  }

  /**
   * Compares.
   *
   * @param grid that {@code tiled} was restored in
   */
  static Seams of(RgbImage whole, RgbImage tiled, TileGrid grid) {
    int width = whole.width();
    int height = whole.height();
    boolean[] columnEdges = new boolean[width];
    boolean[] rowEdges = new boolean[height];
    for (Tile tile : grid.tiles()) {
      mark(columnEdges, tile.x(), tile.width());
      mark(rowEdges, tile.y(), tile.height());
    }
    boolean[] nearColumn = widened(columnEdges);
    boolean[] nearRow = widened(rowEdges);
    double[] squares = new double[4];
    long[] counts = new long[4];
    byte[] a = whole.rgb();
    byte[] b = tiled.rgb();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < 3; c++) {
          int at = 3 * (y * width + x) + c;
          int d = difference(a, b, at);
          add(squares, counts, nearColumn[x] || nearRow[y] ? 0 : 1, d);
          if (x > 0) {
            add(squares, counts, columnEdges[x] ? 2 : 3, d - difference(a, b, at - 3));
          }
          if (y > 0) {
            add(squares, counts, rowEdges[y] ? 2 : 3, d - difference(a, b, at - 3 * width));
          }
        }
      }
    }
    return new Seams(
        new Sum(squares[0], counts[0]),
        new Sum(squares[1], counts[1]),
        new Sum(squares[2], counts[2]),
        new Sum(squares[3], counts[3]));
  }

  /** An edge lies in front of the pixel with its index; the image's own border is none. */
  private static void mark(boolean[] edges, int start, int length) {
    if (start > 0) {
      edges[start] = true;
    }
    if (start + length < edges.length) {
      edges[start + length] = true;
    }
  }

  private static boolean[] widened(boolean[] edges) {
    boolean[] near = new boolean[edges.length];
    for (int e = 0; e < edges.length; e++) {
      if (edges[e]) {
        for (int i = Math.max(0, e - REACH); i < Math.min(edges.length, e + REACH); i++) {
          near[i] = true;
        }
      }
    }
    return near;
  }

  private static int difference(byte[] a, byte[] b, int at) {
    return (b[at] & 0xFF) - (a[at] & 0xFF);
  }

  private static void add(double[] squares, long[] counts, int kind, int value) {
    squares[kind] += (double) value * value;
    counts[kind]++;
  }
}
