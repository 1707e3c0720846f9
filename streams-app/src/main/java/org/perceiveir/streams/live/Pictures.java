package org.perceiveir.streams.live;

import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.imaging.resize.PillowResize;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.streams.log.PlainText;

/** Makes what a browser shows: small pictures, always written by our own encoder. Thread-safe. */
final class Pictures {
  private static final int JPEG_QUALITY = 90;
  private static final int LETTER_SIZE = 320;
  private static final int DUMPED_BYTES = 64;

  /** Full HD, so that a letter's decoding takes 50 MB at most. */
  static final long MAX_LETTER_PIXELS = 2_100_000;

  static final int MAX_LETTER_BYTES = 16 << 20;

  private final int size;
  private final ImageDecoder decoder;

  /**
   * Makes pictures.
   *
   * @param size longest side of a picture, in pixels
   * @param letterPixels dead letters with more pixels are not decoded
   */
  Pictures(int size, long letterPixels) {
    this.size = size;
    this.decoder =
        new ImageDecoder(new DecodeLimits(4096, 4096, letterPixels, MAX_LETTER_BYTES, 16));
  }

  /** A JPEG of an image, scaled down. */
  byte[] jpeg(RgbImage image) {
    return ImageEncoder.encodeJpeg(fit(image, size), JPEG_QUALITY);
  }

  private static RgbImage fit(RgbImage image, int longest) {
    int side = Math.max(image.width(), image.height());
    if (side <= longest) {
      return image;
    }
    int width = Math.max(1, Math.round((float) image.width() * longest / side));
    int height = Math.max(1, Math.round((float) image.height() * longest / side));
    return PillowResize.apply(image, width, height, PillowResize.Kernel.BILINEAR);
  }

  /**
   * Every n-th pixel of every n-th row, so that the longest side keeps at most the size twice and
   * the whole at most so many bytes.
   */
  RgbImage thinned(RgbImage image, long mostBytes) {
    int step = parts(Math.max(image.width(), image.height()), 2 * size);
    while (3L * parts(image.width(), step) * parts(image.height(), step) > mostBytes) {
      step++;
    }
    if (step == 1) {
      return image;
    }
    int width = parts(image.width(), step);
    int height = parts(image.height(), step);
    byte[] from = image.rgb();
    byte[] to = new byte[3 * width * height];
    int out = 0;
    for (int y = 0; y < height; y++) {
      int at = 3 * step * y * image.width();
      for (int x = 0; x < width; x++, at += 3 * step) {
        to[out++] = from[at];
        to[out++] = from[at + 1];
        to[out++] = from[at + 2];
      }
    }
    return RgbImage.wrap(width, height, to);
  }

  /** How many parts of a length it takes, the last one perhaps shorter. */
  private static int parts(int whole, int part) {
    return (whole + part - 1) / part;
  }

  /** What a dead letter looks like. Either a picture, or its bytes and why there is none. */
  @SuppressWarnings("ArrayRecordComponent") // encoded pixels, never compared
  record Letter(byte @Nullable [] picture, @Nullable String dump, @Nullable String note) {}

  /** Looks at a dead letter. Its bytes are decoded only where their header stays in limits. */
  Letter letter(byte[] payload, @Nullable FrameEncoding declared, int width, int height) {
    try {
      RgbImage image =
          declared == FrameEncoding.RGB8
              ? decoder.decodeRgb8(payload, width, height)
              : decoder.decode(payload);
      return new Letter(ImageEncoder.encode(fit(image, LETTER_SIZE), ImageFormat.PNG), null, null);
    } catch (ImageFormatException e) {
      return dumped(payload, String.valueOf(e.getMessage()));
    }
  }

  /** The first bytes in hexadecimal, and why there is no picture. */
  static Letter dumped(byte @Nullable [] bytes, String why) {
    String dump =
        bytes == null || bytes.length == 0 ? "(no bytes)" : PlainText.dump(bytes, DUMPED_BYTES, "");
    return new Letter(null, dump, PlainText.of(why, 200));
  }
}
