package org.perceiveir.cli.demo;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.EnumMap;
import java.util.Map;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.DegradationType;

/**
 * A sheet of before and after: one row for each degradation, degraded on the left, restored on the
 * right, pixel for pixel (a smaller copy would hide what is shown). Not thread-safe.
 */
final class PictureSheet {
  private static final int CELL_WIDTH = 400;
  private static final int CELL_HEIGHT = 150;
  private static final int GAP = 6;

  private final Map<DegradationType, Pair> pairs = new EnumMap<>(DegradationType.class);

  private record Pair(RgbImage degraded, RgbImage restored) {}

  /** Offers a pair; the first of each degradation is kept. */
  void offer(DegradationType type, RgbImage degraded, RgbImage restored) {
    pairs.putIfAbsent(type, new Pair(degraded, restored));
  }

  boolean wants(DegradationType type) {
    return !pairs.containsKey(type);
  }

  boolean isEmpty() {
    return pairs.isEmpty();
  }

  /** Draws the sheet. */
  RgbImage draw() {
    int cellWidth = 1;
    int cellHeight = 1;
    for (Pair pair : pairs.values()) {
      cellWidth = Math.max(cellWidth, Math.min(CELL_WIDTH, pair.degraded.width()));
      cellHeight = Math.max(cellHeight, Math.min(CELL_HEIGHT, pair.degraded.height()));
    }
    int width = 2 * cellWidth + GAP;
    int height = pairs.size() * (cellHeight + GAP) - GAP;
    BufferedImage sheet = new BufferedImage(width, Math.max(1, height), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = sheet.createGraphics();
    try {
      g.setColor(Color.WHITE);
      g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
      int y = 0;
      for (Map.Entry<DegradationType, Pair> entry : pairs.entrySet()) {
        copyCentre(entry.getValue().degraded, sheet, 0, y, cellWidth, cellHeight);
        copyCentre(entry.getValue().restored, sheet, cellWidth + GAP, y, cellWidth, cellHeight);
        label(g, entry.getKey().id(), 8, y + cellHeight - 10);
        label(g, "restored", cellWidth + GAP + 8, y + cellHeight - 10);
        y += cellHeight + GAP;
      }
    } finally {
      g.dispose();
    }
    return toRgb(sheet);
  }

  private static void copyCentre(
      RgbImage from, BufferedImage to, int left, int top, int width, int height) {
    int w = Math.min(width, from.width());
    int h = Math.min(height, from.height());
    int x0 = (from.width() - w) / 2;
    int y0 = (from.height() - h) / 2;
    byte[] rgb = from.rgb();
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int at = 3 * ((y0 + y) * from.width() + x0 + x);
        int pixel = (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | (rgb[at + 2] & 0xFF);
        to.setRGB(left + x, top + y, pixel);
      }
    }
  }

  /** A Java without fonts (a headless one on a bare system) draws the sheet without words. */
  private static void label(Graphics2D g, String text, int x, int baseline) {
    try {
      g.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
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
