package org.perceiveir.imaging.codec;

import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.codec.ImageFormatException.Reason;

/**
 * Walks over the segments of a JPEG (ITU-T T.81) from SOI to EOI without decoding anything.
 *
 * <p>Finds size, number of scans, colour model and EXIF orientation, drops application segments and
 * comments, and puts one segment of its own in front that states the colour model: JFIF for YCbCr
 * and grey, Adobe for RGB. The decoder thus never guesses colours from component names or sampling,
 * which ImageIO does differently from the rest of the world.
 */
final class JpegStructure {
  private static final int SOF0 = 0xC0;
  private static final int SOF2 = 0xC2;
  private static final int DHT = 0xC4;
  private static final int SOI = 0xD8;
  private static final int EOI = 0xD9;
  private static final int SOS = 0xDA;
  private static final int DQT = 0xDB;
  private static final int DRI = 0xDD;
  private static final int APP0 = 0xE0;
  private static final int APP1 = 0xE1;
  private static final int APP14 = 0xEE;
  private static final int APP15 = 0xEF;
  private static final int COM = 0xFE;

  private static final byte[] START_YCC = {
    (byte) 0xFF,
    (byte) SOI,
    (byte) 0xFF,
    (byte) APP0,
    0,
    16,
    'J',
    'F',
    'I',
    'F',
    0,
    1,
    1,
    0,
    0,
    1,
    0,
    1,
    0,
    0
  };
  private static final byte[] START_RGB = {
    (byte) 0xFF,
    (byte) SOI,
    (byte) 0xFF,
    (byte) APP14,
    0,
    14,
    'A',
    'd',
    'o',
    'b',
    'e',
    0,
    100,
    0,
    0,
    0,
    0,
    0
  };
  private static final byte[] NONE = {};
  private static final byte[] END = {(byte) 0xFF, (byte) EOI};

  private final byte[] data;
  private final DecodeLimits limits;
  private final EncodedImage.Collector kept;

  private @Nullable Frame frame;
  private boolean jfif;
  private int adobeTransform = -1;
  private int orientation = 1;
  private int scans;
  private long scanBytes;

  /** The frame header; component names only matter for colour. */
  private record Frame(int width, int height, int components, boolean namedRgb, int mcuPixels) {}

  private JpegStructure(byte[] data, DecodeLimits limits) {
    this.data = data;
    this.limits = limits;
    this.kept = new EncodedImage.Collector(data.length);
  }

  static boolean matches(byte[] data) {
    return data.length >= 3
        && data[0] == (byte) 0xFF
        && data[1] == (byte) SOI
        && data[2] == (byte) 0xFF;
  }

  static EncodedImage check(byte[] data, DecodeLimits limits) throws ImageFormatException {
    return new JpegStructure(data, limits).walk();
  }

  private EncodedImage walk() throws ImageFormatException {
    int at = 2;
    while (true) {
      at = toMarker(at);
      int marker = data[at] & 0xFF;
      if (marker == EOI) {
        return finish();
      }
      if (data.length - at < 3) {
        throw truncated();
      }
      int length = Bytes.unsignedShort(data, at + 1);
      int body = at + 3;
      int end = at + 1 + length;
      if (length < 2) {
        throw malformed("has a segment of " + length + " bytes at byte " + at);
      }
      if (end > data.length) {
        throw truncated();
      }
      if (marker == SOS) {
        end = scan(body, end);
      } else if (marker >= SOF0 && marker <= SOF2) {
        readFrame(body, end);
      } else if (marker >= APP0 && marker <= APP15) {
        readApplication(marker, body, end);
      } else if (marker != DHT && marker != DQT && marker != DRI && marker != COM) {
        throw unknown(marker);
      }
      boolean needed = marker < APP0;
      if (needed) {
        kept.add(data, at - 1, end);
      }
      at = end;
    }
  }

  /** Moves to the byte after 0xFF, over fill bytes. */
  private int toMarker(int from) throws ImageFormatException {
    int at = from;
    if (at < data.length && data[at] != (byte) 0xFF) {
      throw malformed("has no marker at byte " + at);
    }
    while (at < data.length && data[at] == (byte) 0xFF) {
      at++;
    }
    if (at >= data.length) {
      throw truncated();
    }
    return at;
  }

  private void readFrame(int body, int end) throws ImageFormatException {
    if (frame != null) {
      throw malformed("has two frame headers");
    }
    if (end - body < 6 || end - body != 6 + 3 * (data[body + 5] & 0xFF)) {
      throw malformed("has a frame header of a wrong length");
    }
    int precision = data[body] & 0xFF;
    int height = Bytes.unsignedShort(data, body + 1);
    int width = Bytes.unsignedShort(data, body + 3);
    int components = data[body + 5] & 0xFF;
    if (precision != 8) {
      throw unsupported(precision + " bits a sample");
    }
    if (components != 1 && components != 3) {
      throw unsupported(components + " components (CMYK or YCCK): convert it to RGB");
    }
    ImageSizes.check(width, height, limits);
    StringBuilder names = new StringBuilder();
    int maxH = 1;
    int maxV = 1;
    for (int c = 0; c < components; c++) {
      int at = body + 6 + 3 * c;
      names.append((char) data[at]);
      int h = (data[at + 1] & 0xFF) >> 4;
      int v = data[at + 1] & 0x0F;
      if (h < 1 || h > 4 || v < 1 || v > 4) {
        throw malformed("has sampling factors " + h + "x" + v);
      }
      maxH = Math.max(maxH, h);
      maxV = Math.max(maxV, v);
    }
    frame = new Frame(width, height, components, names.toString().equals("RGB"), 64 * maxH * maxV);
  }

  private void readApplication(int marker, int body, int end) {
    if (marker == APP0 && Bytes.startsWith(data, body, end, "JFIF\0")) {
      jfif = true;
    } else if (marker == APP1 && Bytes.startsWith(data, body, end, "Exif\0\0")) {
      orientation = ExifOrientation.read(data, body + 6, end);
    } else if (marker == APP14 && end - body >= 12 && Bytes.startsWith(data, body, end, "Adobe")) {
      adobeTransform = data[body + 11] & 0xFF;
    }
  }

  /** Steps over the entropy-coded bytes of a scan, to the 0xFF of the next marker. */
  private int scan(int body, int headerEnd) throws ImageFormatException {
    if (frame == null) {
      throw malformed("has a scan before its frame header");
    }
    int components = headerEnd > body ? data[body] & 0xFF : 0;
    if (components < 1
        || components > frame.components()
        || headerEnd - body != 4 + 2 * components) {
      throw malformed("has a scan header of a wrong length");
    }
    scans++;
    if (scans > limits.maxScans()) {
      throw new ImageFormatException(
          Reason.TOO_MANY_SCANS,
          "JPEG has more scans than the limit of " + limits.maxScans() + " (maxScans)");
    }
    int at = headerEnd;
    while (at < data.length - 1) {
      if (data[at] == (byte) 0xFF) {
        int next = data[at + 1] & 0xFF;
        boolean stuffedOrRestart = next == 0 || (next >= 0xD0 && next <= 0xD7);
        if (next != 0xFF && !stuffedOrRestart) {
          scanBytes += at - headerEnd;
          return at;
        }
      }
      at++;
    }
    throw truncated();
  }

  private EncodedImage finish() throws ImageFormatException {
    if (frame == null || scans == 0) {
      throw malformed("has no image in it");
    }
    // A code word takes at least a bit, and each block at least one code word.
    long mcus = (long) frame.width() * frame.height() / frame.mcuPixels();
    if (mcus > 8 * scanBytes) {
      throw new ImageFormatException(
          Reason.TRUNCATED,
          "JPEG claims "
              + frame.width()
              + "x"
              + frame.height()
              + " pixels in "
              + scanBytes
              + " coded bytes, which cannot hold them");
    }
    kept.add(END, 0, END.length);
    ImageHeader header =
        new ImageHeader(
            ImageFormat.JPEG,
            frame.width(),
            frame.height(),
            frame.components(),
            8,
            scans,
            orientation);
    return new EncodedImage(header, kept.toArrayAfter(isRgb(frame) ? START_RGB : START_YCC), NONE);
  }

  /** The rule of libjpeg: a JFIF marker decides, then Adobe's, then the components' names. */
  private boolean isRgb(Frame f) {
    if (f.components() == 1 || jfif) {
      return false;
    }
    return adobeTransform >= 0 ? adobeTransform == 0 : f.namedRgb();
  }

  private ImageFormatException unknown(int marker) {
    String name = String.format("0x%02X", marker);
    boolean legal = (marker >= SOF0 && marker <= 0xCF) || (marker >= 0xDC && marker <= 0xDF);
    return legal
        ? unsupported("marker " + name + " (lossless, hierarchical or arithmetic coding)")
        : malformed("has the marker " + name + " where none belongs");
  }

  private ImageFormatException truncated() {
    return new ImageFormatException(
        Reason.TRUNCATED, "JPEG ends at byte " + data.length + " before its end marker");
  }

  private static ImageFormatException unsupported(String what) {
    return new ImageFormatException(Reason.UNSUPPORTED, "JPEG with " + what + " is not decoded");
  }

  private static ImageFormatException malformed(String what) {
    return new ImageFormatException(Reason.MALFORMED, "JPEG " + what);
  }
}
