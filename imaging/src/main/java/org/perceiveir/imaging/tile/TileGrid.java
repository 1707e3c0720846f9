package org.perceiveir.imaging.tile;

import java.util.ArrayList;
import java.util.List;
import org.perceiveir.imaging.RgbImage;

/**
 * Overlapping tiles that cover an image, and the weights that blend them without seams.
 *
 * <p>All tiles of a grid have the same size, so that a network can take them as one batch: the side
 * asked for, or the image's where that is smaller. Neighbours overlap by at least {@code overlap};
 * as few tiles as possible are spread evenly, with the first and last flush with the borders.
 *
 * <p>Weights are separable, w(x, y) = u(x) v(y). Along an axis each tile has a trapezoid that rises
 * linearly over the overlap with its neighbours; the trapezoids are divided by their sum, so that
 * the weights of all tiles sum to one at every pixel (float rounding apart) and no border pixel of
 * an inner edge counts fully.
 */
public final class TileGrid {
  private final Axis columns;
  private final Axis rows;
  private final List<Tile> tiles;

  private TileGrid(Axis columns, Axis rows) {
    this.columns = columns;
    this.rows = rows;
    List<Tile> all = new ArrayList<>(columns.count() * rows.count());
    for (int row = 0; row < rows.count(); row++) {
      for (int column = 0; column < columns.count(); column++) {
        all.add(
            new Tile(
                column, row, columns.start(column), rows.start(row), columns.side(), rows.side()));
      }
    }
    this.tiles = List.copyOf(all);
  }

  /**
   * Lays out a grid.
   *
   * @param width image width in pixels, at least 1
   * @param height image height in pixels, at least 1
   * @param tile side of a square tile in pixels, at least 1
   * @param overlap pixels that neighbours share at least, 0 to half of {@code tile}
   * @throws IllegalArgumentException if a parameter is out of range
   */
  public static TileGrid of(int width, int height, int tile, int overlap) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "image size " + width + "x" + height + ": width and height must be at least 1");
    }
    if (tile < 1) {
      throw new IllegalArgumentException("tile is " + tile + ": it must be at least 1");
    }
    if (overlap < 0 || overlap > tile / 2) {
      throw new IllegalArgumentException(
          "overlap is " + overlap + ": it must lie in 0.." + tile / 2 + ", half of tile " + tile);
    }
    return new TileGrid(Axis.of(width, tile, overlap), Axis.of(height, tile, overlap));
  }

  /** All tiles, row by row from the top left. */
  public List<Tile> tiles() {
    return tiles;
  }

  /**
   * Weight of a tile at a pixel of the image that lies in it, 0 to 1.
   *
   * @throws IndexOutOfBoundsException if the pixel lies outside the tile
   */
  public float weight(Tile tile, int x, int y) {
    return columns.weights(tile.column())[x - tile.x()] * rows.weights(tile.row())[y - tile.y()];
  }

  /**
   * The tiles' pixels, in the order of {@link #tiles()}.
   *
   * @throws IllegalArgumentException if the image has another size than the grid
   */
  public List<RgbImage> cut(RgbImage image) {
    return tiles.stream().map(tile -> cut(image, tile)).toList();
  }

  /**
   * One tile's pixels.
   *
   * @throws IllegalArgumentException if the image has another size than the grid
   */
  public RgbImage cut(RgbImage image, Tile tile) {
    if (image.width() != columns.length() || image.height() != rows.length()) {
      throw new IllegalArgumentException(
          "image of " + size(image) + " on a grid for " + columns.length() + "x" + rows.length());
    }
    byte[] piece = new byte[3 * tile.width() * tile.height()];
    for (int y = 0; y < tile.height(); y++) {
      int from = 3 * ((tile.y() + y) * image.width() + tile.x());
      System.arraycopy(image.rgb(), from, piece, 3 * y * tile.width(), 3 * tile.width());
    }
    return RgbImage.wrap(tile.width(), tile.height(), piece);
  }

  /**
   * Blends tiles into an image of the grid's size.
   *
   * @param pieces one for each of {@link #tiles()}, in that order and size
   * @throws IllegalArgumentException if their number or a size is another
   */
  public RgbImage join(List<RgbImage> pieces) {
    if (pieces.size() != tiles.size()) {
      throw new IllegalArgumentException(
          pieces.size() + " pieces for a grid of " + tiles.size() + " tiles");
    }
    Blend blend = blend();
    pieces.forEach(blend::add);
    return blend.image();
  }

  /** A blend that takes its tiles one after the other, so that not all of them must be kept. */
  public Blend blend() {
    return new Blend();
  }

  /**
   * An image that is being put together.
   *
   * <p>Sums of weighted values are kept for one row of tiles at a time, 12 bytes a pixel of it: a
   * row of pixels is rounded to bytes as soon as the next row of tiles begins below it. Not
   * thread-safe.
   */
  public final class Blend {
    private final int rowLength = 3 * columns.length();
    private final byte[] rgb = new byte[Math.multiplyExact(rowLength, rows.length())];

    /** Row y of the image lies in row y modulo the height of a tile. */
    private final float[] sums = new float[rowLength * rows.side()];

    private int next;
    private int firstOpenRow;

    private Blend() {}

    /**
     * Adds the next tile.
     *
     * @param piece for the next of {@link #tiles()}, of its size
     * @throws IllegalArgumentException if its size is another
     * @throws IllegalStateException if all tiles were added
     */
    public void add(RgbImage piece) {
      if (next == tiles.size()) {
        throw new IllegalStateException("all " + next + " tiles were added");
      }
      Tile tile = tiles.get(next);
      if (piece.width() != tile.width() || piece.height() != tile.height()) {
        throw new IllegalArgumentException(
            "piece of " + size(piece) + " for a tile of " + tile.width() + "x" + tile.height());
      }
      next++;
      finishRowsAbove(tile.y());
      float[] across = columns.weights(tile.column());
      float[] down = rows.weights(tile.row());
      byte[] values = piece.rgb();
      int from = 0;
      for (int y = 0; y < tile.height(); y++) {
        int to = sumsOf(tile.y() + y) + 3 * tile.x();
        for (int x = 0; x < tile.width(); x++) {
          float weight = across[x] * down[y];
          for (int c = 0; c < 3; c++) {
            sums[to++] += weight * (values[from++] & 0xFF);
          }
        }
      }
    }

    private int sumsOf(int row) {
      return row % rows.side() * rowLength;
    }

    private void finishRowsAbove(int row) {
      for (; firstOpenRow < row; firstOpenRow++) {
        int from = sumsOf(firstOpenRow);
        int to = firstOpenRow * rowLength;
        for (int i = 0; i < rowLength; i++) {
          rgb[to + i] = (byte) Math.min(255, (int) (sums[from + i] + 0.5f));
          sums[from + i] = 0;
        }
      }
    }

    /**
     * The image.
     *
     * @throws IllegalStateException if a tile is missing
     */
    public RgbImage image() {
      if (next < tiles.size()) {
        throw new IllegalStateException(next + " of " + tiles.size() + " tiles were added");
      }
      finishRowsAbove(rows.length());
      return RgbImage.wrap(columns.length(), rows.length(), rgb);
    }
  }

  private static String size(RgbImage image) {
    return image.width() + "x" + image.height();
  }

  /** The tiles along one side of the image: their starts and weights. */
  private static final class Axis {
    private final int length;
    private final int side;
    private final int[] starts;
    private final float[][] weights;

    private Axis(int length, int side, int[] starts) {
      this.length = length;
      this.side = side;
      this.starts = starts;
      this.weights = blendWeights(length, side, starts);
    }

    static Axis of(int length, int tile, int overlap) {
      int side = Math.min(tile, length);
      if (side == length) {
        return new Axis(length, side, new int[] {0});
      }
      int step = Math.max(1, side - overlap);
      int count = (length - side + step - 1) / step + 1;
      int[] starts = new int[count];
      for (int i = 0; i < count; i++) {
        starts[i] = (int) ((long) i * (length - side) / (count - 1));
      }
      return new Axis(length, side, starts);
    }

    private static float[][] blendWeights(int length, int side, int[] starts) {
      float[][] weights = new float[starts.length][side];
      float[] total = new float[length];
      for (int i = 0; i < starts.length; i++) {
        int before = i == 0 ? 0 : starts[i - 1] + side - starts[i];
        int after = i == starts.length - 1 ? 0 : starts[i] + side - starts[i + 1];
        for (int p = 0; p < side; p++) {
          float rising = p < before ? (p + 1f) / (before + 1) : 1;
          float falling = side - p <= after ? (side - p) / (after + 1f) : 1;
          weights[i][p] = Math.min(rising, falling);
          total[starts[i] + p] += weights[i][p];
        }
      }
      for (int i = 0; i < starts.length; i++) {
        for (int p = 0; p < side; p++) {
          weights[i][p] /= total[starts[i] + p];
        }
      }
      return weights;
    }

    int length() {
      return length;
    }

    int side() {
      return side;
    }

    int count() {
      return starts.length;
    }

    int start(int index) {
      return starts[index];
    }

    float[] weights(int index) {
      return weights[index];
    }
  }
}
