package org.perceiveir.imaging.sheet;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.metric.Crop;

/**
 * Rows of pictures that belong together, for instance before, after and truth, each with a label on
 * it.
 *
 * <p>Pictures are shown pixel for pixel, because a smaller copy would hide what a restoration did:
 * of one that is larger than a cell the middle is shown. Only that part is kept, so that a sheet
 * takes no more memory than its cells. Not thread-safe.
 */
public final class PictureSheet {
  private static final int GAP = 6;
  private static final int LABEL_SIZE = 14;

  private final int largestWidth;
  private final int largestHeight;
  private final List<List<Cell>> rows = new ArrayList<>();

  /**
   * One picture.
   *
   * @param image its pixels
   * @param label what is written on it; empty for nothing
   */
  public record Cell(RgbImage image, String label) {}

  /**
   * A sheet without rows.
   *
   * @param largestWidth most pixels of a cell's width, at least 1
   * @param largestHeight most pixels of its height, at least 1
   */
  public PictureSheet(int largestWidth, int largestHeight) {
    if (largestWidth < 1 || largestHeight < 1) {
      throw new IllegalArgumentException(
          "cells of " + largestWidth + "x" + largestHeight + ": both sides must be at least 1");
    }
    this.largestWidth = largestWidth;
    this.largestHeight = largestHeight;
  }

  /** Adds a row, from the left to the right. */
  public void row(Cell... cells) {
    if (cells.length == 0) {
      throw new IllegalArgumentException("a row needs a picture");
    }
    List<Cell> row = new ArrayList<>();
    for (Cell cell : cells) {
      row.add(new Cell(Crop.middle(cell.image(), largestWidth, largestHeight), cell.label()));
    }
    rows.add(row);
  }

  /** Number of rows. */
  public int rows() {
    return rows.size();
  }

  /**
   * Draws all rows on white.
   *
   * @return as wide as the row with the most pictures, every cell as large as the largest picture,
   *     with gaps of 6 pixels between cells
   * @throws IllegalStateException if there is no row
   */
  public RgbImage draw() {
    if (rows.isEmpty()) {
      throw new IllegalStateException("the sheet has no row");
    }
    int columns = 1;
    int cellWidth = 1;
    int cellHeight = 1;
    for (List<Cell> row : rows) {
      columns = Math.max(columns, row.size());
      for (Cell cell : row) {
        cellWidth = Math.max(cellWidth, cell.image().width());
        cellHeight = Math.max(cellHeight, cell.image().height());
      }
    }
    BufferedImage sheet =
        new BufferedImage(
            columns * (cellWidth + GAP) - GAP,
            rows.size() * (cellHeight + GAP) - GAP,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D g = sheet.createGraphics();
    try {
      g.setColor(Color.WHITE);
      g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
      for (int r = 0; r < rows.size(); r++) {
        int top = r * (cellHeight + GAP);
        for (int c = 0; c < rows.get(r).size(); c++) {
          Cell cell = rows.get(r).get(c);
          int left = c * (cellWidth + GAP);
          copy(cell.image(), sheet, left, top);
          // Within its cell, however long the words are.
          g.setClip(left, top, cellWidth, cellHeight);
          label(g, cell.label(), left + 8, top + cellHeight - 10);
          g.setClip(null);
        }
      }
    } finally {
      g.dispose();
    }
    return toRgb(sheet);
  }

  private static void copy(RgbImage from, BufferedImage to, int left, int top) {
    byte[] rgb = from.rgb();
    int at = 0;
    for (int y = 0; y < from.height(); y++) {
      for (int x = 0; x < from.width(); x++, at += 3) {
        int pixel = (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | (rgb[at + 2] & 0xFF);
        to.setRGB(left + x, top + y, pixel);
      }
    }
  }

  /** A Java without fonts (a headless one on a bare system) draws the sheet without words. */
  private static void label(Graphics2D g, String text, int x, int baseline) {
    if (text.isEmpty()) {
      return;
    }
    try {
      g.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, LABEL_SIZE));
      int width = g.getFontMetrics().stringWidth(text);
      g.setColor(new Color(0, 0, 0, 160));
      g.fillRoundRect(x - 4, baseline - 15, width + 8, 21, 6, 6);
      g.setColor(Color.WHITE);
      g.drawString(text, x, baseline);
    } catch (RuntimeException | LinkageError | InternalError noFonts) {
      return;
    }
  }

  private static RgbImage toRgb(BufferedImage image) {
    byte[] rgb = new byte[3 * image.getWidth() * image.getHeight()];
    int at = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int pixel = image.getRGB(x, y);
        rgb[at++] = (byte) (pixel >> 16);
        rgb[at++] = (byte) (pixel >> 8);
        rgb[at++] = (byte) pixel;
      }
    }
    return RgbImage.wrap(image.getWidth(), image.getHeight(), rgb);
  }
}
