package org.perceiveir.imaging.codec;

import java.util.Arrays;

/**
 * An encoded image after the check of its structure: the header, and the file reduced to what the
 * pixels need.
 *
 * <p>Ancillary chunks, application segments and comments are left out. They hold what makes
 * decoders stumble (compressed text that inflates to gigabytes, broken colour profiles, thumbnails)
 * and nothing that we use beyond what the check itself reads.
 */
final class EncodedImage {
  private final ImageHeader header;
  private final byte[] bytes;
  private final byte[] palette;

  EncodedImage(ImageHeader header, byte[] bytes, byte[] palette) {
    this.header = header;
    this.bytes = bytes;
    this.palette = palette;
  }

  /** Checked against the limits. */
  ImageHeader header() {
    return header;
  }

  /** A well-formed file of the same format and the same pixels, without metadata. */
  byte[] bytes() {
    return bytes;
  }

  /** Red, green and blue of each entry of a palette PNG, empty otherwise. */
  byte[] palette() {
    return palette;
  }

  /** Collects the ranges that are kept. */
  static final class Collector {
    private byte[] kept;
    private int size;

    Collector(int capacity) {
      kept = new byte[capacity];
    }

    void add(byte[] source, int from, int to) {
      int length = to - from;
      if (kept.length - size < length) {
        kept = Arrays.copyOf(kept, Math.addExact(size, length));
      }
      System.arraycopy(source, from, kept, size, length);
      size += length;
    }

    byte[] toArray() {
      return Arrays.copyOf(kept, size);
    }

    byte[] toArrayAfter(byte[] start) {
      byte[] all = Arrays.copyOf(start, Math.addExact(start.length, size));
      System.arraycopy(kept, 0, all, start.length, size);
      return all;
    }
  }
}
