package org.perceiveir.imaging.codec;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes PNG files of every kind, right and wrong, chunk by chunk. */
final class PngBytes {
  static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  PngBytes() {
    out.writeBytes(SIGNATURE);
  }

  /** A chunk with its right length and checksum. */
  PngBytes chunk(String type, byte[] body) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(body);
    return raw(body.length, name, body, (int) crc.getValue());
  }

  PngBytes raw(int length, byte[] name, byte[] body, int crc) {
    out.writeBytes(
        ByteBuffer.allocate(12 + body.length)
            .putInt(length)
            .put(name)
            .put(body)
            .putInt(crc)
            .array());
    return this;
  }

  PngBytes header(int width, int height, int depth, int colour, int interlace) {
    return chunk("IHDR", headerBody(width, height, depth, colour, interlace));
  }

  static byte[] headerBody(int width, int height, int depth, int colour, int interlace) {
    return ByteBuffer.allocate(13)
        .putInt(width)
        .putInt(height)
        .put((byte) depth)
        .put((byte) colour)
        .put((byte) 0)
        .put((byte) 0)
        .put((byte) interlace)
        .array();
  }

  PngBytes pixels(byte[] filteredRows) {
    return chunk("IDAT", deflate(filteredRows));
  }

  byte[] end() {
    chunk("IEND", new byte[0]);
    return bytes();
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  static byte[] deflate(byte[] data) {
    Deflater deflater = new Deflater();
    try {
      deflater.setInput(data);
      deflater.finish();
      byte[] buffer = new byte[data.length + 1024];
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      while (!deflater.finished()) {
        all.write(buffer, 0, deflater.deflate(buffer));
      }
      return all.toByteArray();
    } finally {
      deflater.end();
    }
  }

  /** Samples of a pixel as integers of {@code depth} bits. */
  interface Samples {
    int at(int x, int y, int channel);
  }

  /** A whole file without filtering, interlaced (Adam7) or not; an empty palette is left out. */
  static byte[] file(
      int width,
      int height,
      int depth,
      int colour,
      boolean interlaced,
      byte[] palette,
      Samples samples) {
    PngBytes png = new PngBytes().header(width, height, depth, colour, interlaced ? 1 : 0);
    if (palette.length > 0) {
      png.chunk("PLTE", palette);
    }
    return png.pixels(rows(width, height, depth, channels(colour), interlaced, samples)).end();
  }

  static int channels(int colour) {
    return switch (colour) {
      case 2 -> 3;
      case 4 -> 2;
      case 6 -> 4;
      default -> 1;
    };
  }

  private static byte[] rows(
      int width, int height, int depth, int channels, boolean interlaced, Samples samples) {
    // Start and step in x and y of each pass of Adam7.
    int[][] passes = {
      {0, 0, 8, 8},
      {4, 0, 8, 8},
      {0, 4, 4, 8},
      {2, 0, 4, 4},
      {0, 2, 2, 4},
      {1, 0, 2, 2},
      {0, 1, 1, 2}
    };
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int[] pass : interlaced ? passes : new int[][] {{0, 0, 1, 1}}) {
      for (int y = pass[1]; y < height; y += pass[3]) {
        int count = (width - pass[0] + pass[2] - 1) / pass[2];
        if (count <= 0) {
          continue;
        }
        byte[] row = new byte[1 + (count * channels * depth + 7) / 8];
        int bit = 8;
        for (int x = pass[0]; x < width; x += pass[2]) {
          for (int c = 0; c < channels; c++) {
            int sample = samples.at(x, y, c);
            for (int b = depth - 1; b >= 0; b--, bit++) {
              row[bit / 8] |= (byte) (((sample >> b) & 1) << (7 - bit % 8));
            }
          }
        }
        all.writeBytes(row);
      }
    }
    return all.toByteArray();
  }
}
