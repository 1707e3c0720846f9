package org.perceiveir.imaging.codec;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.perceiveir.imaging.codec.ImageFormatException.Reason;

/**
 * Finds metadata bombs: compressed text and colour profiles of a PNG that inflate to far more than
 * any camera writes.
 *
 * <p>We never use what is inflated, but whoever reads the file after us may. The bytes are counted
 * in one small buffer and at most up to the limit.
 */
final class CompressedMetadata {
  /** What all compressed metadata of one image may inflate to. */
  static final long MAX_INFLATED_BYTES = 16L << 20;

  private static final int ZTXT = 0x7A545874;
  private static final int ITXT = 0x69545874;
  private static final int ICCP = 0x69434350;

  private final byte[] data;
  private long left = MAX_INFLATED_BYTES;

  CompressedMetadata(byte[] data) {
    this.data = data;
  }

  /**
   * Counts one chunk.
   *
   * @param type the chunk's type, big-endian
   * @param from first byte of its body
   * @param to end of its body
   * @throws ImageFormatException if all chunks so far inflate to more than the limit
   */
  void count(int type, int from, int to) throws ImageFormatException {
    int start = compressedFrom(type, from, to);
    if (start >= to) {
      return;
    }
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(data, start, to - start);
      byte[] buffer = new byte[1 << 16];
      int got = inflater.inflate(buffer);
      while (got > 0) {
        left -= got;
        if (left < 0) {
          throw new ImageFormatException(
              Reason.TOO_MANY_BYTES,
              "PNG holds compressed metadata of more than " + MAX_INFLATED_BYTES + " bytes");
        }
        got = inflater.inflate(buffer);
      }
    } catch (DataFormatException brokenMetadata) {
      // No reason to lose a frame: they are cut out as all others.
      return;
    } finally {
      inflater.end();
    }
  }

  /** Where the deflate stream of a chunk begins, or its end if it has none. */
  private int compressedFrom(int type, int from, int to) {
    int afterName = afterZero(from, to);
    return switch (type) {
      case ZTXT, ICCP -> Math.min(to, afterName + 1);
      case ITXT ->
          afterName < to && data[afterName] == 1
              ? afterZero(afterZero(Math.min(to, afterName + 2), to), to)
              : to;
      default -> to;
    };
  }

  private int afterZero(int from, int to) {
    int at = from;
    while (at < to && data[at] != 0) {
      at++;
    }
    return Math.min(to, at + 1);
  }
}
