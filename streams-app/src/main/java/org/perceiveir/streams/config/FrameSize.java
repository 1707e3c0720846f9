package org.perceiveir.streams.config;

/**
 * Width and height of a frame in pixels, written {@code 640x352}.
 *
 * @param width pixels, at least 1
 * @param height pixels, at least 1
 */
public record FrameSize(int width, int height) {

  /** Checks that both sides are at least 1. */
  public FrameSize {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "frame size " + width + "x" + height + ": both sides must be at least 1 pixel");
    }
  }

  /**
   * Reads {@code WIDTHxHEIGHT}.
   *
   * @throws IllegalArgumentException if the text has another form or a side is below 1
   */
  public static FrameSize parse(String text) {
    String[] sides = text.trim().split("x", -1);
    if (sides.length != 2) {
      throw new IllegalArgumentException("'" + text + "' is not WIDTHxHEIGHT, such as 640x352");
    }
    try {
      return new FrameSize(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not WIDTHxHEIGHT, such as 640x352", e);
    }
  }

  /** Number of pixels. */
  public long pixels() {
    return (long) width * height;
  }

  @Override
  public String toString() {
    return width + "x" + height;
  }
}
