package org.perceiveir.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/** One camera of which every third record is no image: cut off, something else, or a trap. */
final class BadCamera implements Traffic {
  private static final int EVERY = 3;
  private static final int KINDS = 3;
  private static final int TRAP_SIDE = 60_000;

  /** Where a PNG's header chunk has its type, which its checksum begins with, and its width. */
  private static final int HEADER_TYPE = 12;

  private static final int HEADER_WIDTH = 16;
  private static final int HEADER_SUM = 29;

  private final Traffic usual;
  private final int bad;

  /**
   * One bad camera.
   *
   * @param usual when frames leave
   * @param bad its number
   */
  BadCamera(Traffic usual, int bad) {
    this.usual = usual;
    this.bad = bad;
  }

  @Override
  public double next(int frame, int onTheirWay) {
    return usual.next(frame, onTheirWay);
  }

  @Override
  public boolean mustWait(int frame, int onTheirWay) {
    return usual.mustWait(frame, onTheirWay);
  }

  @Override
  public byte[] send(int source, int index, byte[] png) {
    if (source != bad || index % EVERY != 1) {
      return png;
    }
    return switch (index / EVERY % KINDS) {
      case 0 -> Arrays.copyOf(png, png.length / 2);
      case 1 -> "HTTP/1.1 503 Service Unavailable\r\n\r\nthis camera restarts".getBytes(UTF_8);
      default -> trap(png);
    };
  }

  /** A sound header that promises more pixels than anyone can hold. */
  private static byte[] trap(byte[] png) {
    byte[] trap = png.clone();
    ByteBuffer header = ByteBuffer.wrap(trap);
    header.putInt(HEADER_WIDTH, TRAP_SIDE).putInt(HEADER_WIDTH + Integer.BYTES, TRAP_SIDE);
    CRC32 sum = new CRC32();
    sum.update(trap, HEADER_TYPE, HEADER_SUM - HEADER_TYPE);
    header.putInt(HEADER_SUM, (int) sum.getValue());
    return trap;
  }
}
