package org.perceiveir.imaging.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.perceiveir.imaging.codec.ImageFormatException.Reason;

/**
 * Walks over the chunks of a PNG (ISO/IEC 15948) without inflating anything.
 *
 * <p>Checks order, lengths and checksums of the critical chunks and drops the ancillary ones. An
 * animated PNG (acTL, fcTL, fdAT: all ancillary) thereby becomes its default image.
 */
final class PngStructure {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504C5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454E44;

  private static final int COLOUR_GREY = 0;
  private static final int COLOUR_RGB = 2;
  private static final int COLOUR_PALETTE = 3;
  private static final int COLOUR_GREY_ALPHA = 4;
  private static final int COLOUR_RGB_ALPHA = 6;

  /** Deflate cannot do better: a bound on what a number of compressed bytes can hold. */
  private static final long MAX_DEFLATE_RATIO = 1032;

  private final byte[] data;
  private final DecodeLimits limits;

  private PngStructure(byte[] data, DecodeLimits limits) {
    this.data = data;
    this.limits = limits;
  }

  static boolean matches(byte[] data) {
    return data.length >= SIGNATURE.length
        && Arrays.equals(data, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length);
  }

  static EncodedImage check(byte[] data, DecodeLimits limits) throws ImageFormatException {
    return new PngStructure(data, limits).walk();
  }

  private EncodedImage walk() throws ImageFormatException {
    EncodedImage.Collector kept = new EncodedImage.Collector(data.length);
    kept.add(SIGNATURE, 0, SIGNATURE.length);
    ImageHeader header = null;
    byte[] palette = {};
    long pixelBytes = 0;
    boolean pixelsEnded = false;
    int at = SIGNATURE.length;
    CompressedMetadata metadata = new CompressedMetadata(data);
    while (true) {
      if (data.length - at < 12) {
        throw new ImageFormatException(
            Reason.TRUNCATED, "PNG ends at byte " + data.length + " before its IEND chunk");
      }
      long length = Bytes.unsignedInt(data, at);
      int type = Bytes.signedInt(data, at + 4);
      checkName(at + 4);
      if (length > data.length - at - 12) {
        throw new ImageFormatException(
            Reason.TRUNCATED,
            "PNG chunk " + name(at + 4) + " claims " + length + " bytes, more than there are");
      }
      int body = at + 8;
      int end = body + (int) length + 4;
      if (header == null) {
        if (type != IHDR) {
          throw malformed("starts with chunk " + name(at + 4) + " instead of IHDR");
        }
        checkChecksum(at + 4, end - 4);
        header = readHeader(body, (int) length);
        kept.add(data, at, end);
        at = end;
        continue;
      }
      if (type == IDAT && pixelsEnded) {
        throw malformed("has other chunks between its IDAT chunks");
      }
      pixelsEnded |= pixelBytes > 0 && type != IDAT;
      boolean ancillary = (data[at + 4] & 0x20) != 0;
      if (!ancillary) {
        checkChecksum(at + 4, end - 4);
        switch (type) {
          case IHDR -> throw malformed("has two IHDR chunks");
          case PLTE -> palette = readPalette(body, (int) length, palette.length, pixelBytes);
          case IDAT -> pixelBytes += length;
          case IEND -> {
            kept.add(data, at, end);
            checkPixels(header, pixelBytes, palette);
            return new EncodedImage(header, kept.toArray(), palette);
          }
          default ->
              throw new ImageFormatException(
                  Reason.UNSUPPORTED, "PNG needs the unknown chunk " + name(at + 4));
        }
        kept.add(data, at, end);
      } else {
        metadata.count(type, body, body + (int) length);
      }
      at = end;
    }
  }

  private ImageHeader readHeader(int at, int length) throws ImageFormatException {
    if (length != 13) {
      throw malformed("has an IHDR chunk of " + length + " bytes instead of 13");
    }
    long width = Bytes.unsignedInt(data, at);
    long height = Bytes.unsignedInt(data, at + 4);
    int depth = data[at + 8] & 0xFF;
    int colour = data[at + 9] & 0xFF;
    boolean depthIsLegal =
        switch (colour) {
          case COLOUR_GREY -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
          case COLOUR_PALETTE -> depth == 1 || depth == 2 || depth == 4 || depth == 8;
          case COLOUR_RGB, COLOUR_GREY_ALPHA, COLOUR_RGB_ALPHA -> depth == 8 || depth == 16;
          default -> throw malformed("has colour type " + colour);
        };
    if (!depthIsLegal) {
      throw malformed("has " + depth + " bits a sample with colour type " + colour);
    }
    int interlace = data[at + 12] & 0xFF;
    if (data[at + 10] != 0 || data[at + 11] != 0 || interlace > 1) {
      throw malformed("has an unknown compression, filter or interlace method");
    }
    ImageSizes.check(width, height, limits);
    int channels =
        switch (colour) {
          case COLOUR_RGB -> 3;
          case COLOUR_GREY_ALPHA -> 2;
          case COLOUR_RGB_ALPHA -> 4;
          default -> 1;
        };
    ImageSizes.checkSamples(width * height, channels, depth, limits);
    int scans = interlace == 1 ? 7 : 1;
    return new ImageHeader(ImageFormat.PNG, (int) width, (int) height, channels, depth, scans, 1);
  }

  private byte[] readPalette(int at, int length, int earlier, long pixelBytes)
      throws ImageFormatException {
    if (earlier > 0 || pixelBytes > 0 || length == 0 || length % 3 != 0 || length > 3 * 256) {
      throw malformed("has a PLTE chunk of " + length + " bytes that is illegal there");
    }
    return Arrays.copyOfRange(data, at, at + length);
  }

  private void checkPixels(ImageHeader header, long pixelBytes, byte[] palette)
      throws ImageFormatException {
    if (pixelBytes == 0) {
      throw malformed("has no IDAT chunk");
    }
    if (isPalette() && palette.length == 0) {
      throw malformed("has palette colours but no PLTE chunk");
    }
    if (header.channels() < 3 && !isPalette() && palette.length > 0) {
      throw malformed("is grey and has a PLTE chunk");
    }
    long rowBytes = ((long) header.width() * header.channels() * header.bitsPerSample() + 7) / 8;
    if (rowBytes * header.height() > pixelBytes * MAX_DEFLATE_RATIO) {
      throw new ImageFormatException(
          Reason.TRUNCATED,
          "PNG claims "
              + header.width()
              + "x"
              + header.height()
              + " pixels in "
              + pixelBytes
              + " compressed bytes, which cannot hold them");
    }
  }

  /** IHDR is always the first chunk, so its colour type has a fixed place. */
  private boolean isPalette() {
    return data[SIGNATURE.length + 8 + 9] == COLOUR_PALETTE;
  }

  private void checkName(int at) throws ImageFormatException {
    for (int i = at; i < at + 4; i++) {
      int letter = data[i] & 0xDF;
      if (letter < 'A' || letter > 'Z') {
        throw malformed("has no chunk name at byte " + at);
      }
    }
  }

  private void checkChecksum(int from, int to) throws ImageFormatException {
    CRC32 crc = new CRC32();
    crc.update(data, from, to - from);
    if (crc.getValue() != Bytes.unsignedInt(data, to)) {
      throw new ImageFormatException(
          Reason.CORRUPT_PIXELS, "PNG chunk " + name(from) + " does not match its checksum");
    }
  }

  private String name(int at) {
    return new String(data, at, 4, StandardCharsets.US_ASCII);
  }

  private static ImageFormatException malformed(String what) {
    return new ImageFormatException(Reason.MALFORMED, "PNG " + what);
  }
}
