package org.perceiveir.imaging.codec;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageFormatException.Reason;

/**
 * Decodes images from sources that are not trusted, to upright 8-bit RGB.
 *
 * <h2>Order</h2>
 *
 * <ol>
 *   <li>The format is recognised by its first bytes and must be one of {@link ImageFormat}.
 *   <li>The structure is walked in Java from the first byte to the end marker: size, number of
 *       scans, lengths, checksums, against {@link DecodeLimits}. Nothing is inflated or allocated
 *       by claimed sizes before that.
 *   <li>Metadata are cut out, and the JDK's own reader of that format decodes what is left, in
 *       memory.
 *   <li>The decoded size must equal the checked one, and any warning of the reader (data that end
 *       early, bad codes, which it would paint over in grey) refuses the image.
 * </ol>
 *
 * <h2>Rules</h2>
 *
 * <ul>
 *   <li>CMYK and YCCK JPEG, 12 bits, lossless and arithmetic coding are refused.
 *   <li>YCbCr or RGB in a JPEG is told as libjpeg does: JFIF, then Adobe's marker, then component
 *       names.
 *   <li>Samples of 16 bits keep their high byte; 1, 2 and 4 bits of grey are stretched to 0..255.
 *   <li>Grey is repeated in the three channels, a palette is looked up.
 *   <li>Alpha and transparent colours are dropped: the colour that the file stores is kept.
 *   <li>Samples are taken to be sRGB; profiles and gamma chunks are ignored.
 *   <li>The EXIF orientation of a JPEG is applied, since encoded results carry no EXIF that could
 *       tell it; a missing or odd one counts as upright. PNG is never turned.
 *   <li>An animated PNG gives its default image. Bytes after the end marker are ignored.
 * </ul>
 *
 * <p>Instances are immutable and safe to share between threads.
 */
public final class ImageDecoder {
  private final DecodeLimits limits;

  /** A decoder that refuses what exceeds {@code limits}. */
  public ImageDecoder(DecodeLimits limits) {
    this.limits = limits;
  }

  /**
   * Checks the structure of a JPEG or PNG without decoding pixels.
   *
   * @throws ImageFormatException if it would be refused before decoding
   */
  public ImageHeader readHeader(byte[] encoded) throws ImageFormatException {
    return check(encoded).header();
  }

  /**
   * Decodes a JPEG or PNG.
   *
   * @throws ImageFormatException if the bytes are refused; nothing else is thrown for any bytes
   */
  public RgbImage decode(byte[] encoded) throws ImageFormatException {
    EncodedImage checked = check(encoded);
    ImageHeader header = checked.header();
    BufferedImage decoded = read(checked);
    if (decoded.getWidth() != header.width() || decoded.getHeight() != header.height()) {
      throw new ImageFormatException(
          Reason.SIZE_MISMATCH,
          header.format()
              + " of "
              + header.width()
              + "x"
              + header.height()
              + " decodes to "
              + decoded.getWidth()
              + "x"
              + decoded.getHeight());
    }
    RgbImage stored =
        RgbImage.wrap(header.width(), header.height(), toRgb(decoded.getRaster(), checked));
    return Orientation.upright(stored, header.orientation());
  }

  /**
   * Takes bare pixels of a declared size.
   *
   * @param pixels {@code 3 * width * height} bytes, shared with the image that is returned
   * @throws ImageFormatException if the size exceeds the limits or the length does not fit it
   */
  public RgbImage decodeRgb8(byte[] pixels, int width, int height) throws ImageFormatException {
    checkLength(pixels);
    ImageSizes.check(width, height, limits);
    long expected = 3L * width * height;
    if (pixels.length != expected) {
      throw new ImageFormatException(
          pixels.length < expected ? Reason.TRUNCATED : Reason.SIZE_MISMATCH,
          "RGB8 of "
              + width
              + "x"
              + height
              + " needs "
              + expected
              + " bytes, got "
              + pixels.length);
    }
    return RgbImage.wrap(width, height, pixels);
  }

  private EncodedImage check(byte[] encoded) throws ImageFormatException {
    checkLength(encoded);
    if (JpegStructure.matches(encoded)) {
      return JpegStructure.check(encoded, limits);
    }
    if (PngStructure.matches(encoded)) {
      return PngStructure.check(encoded, limits);
    }
    throw new ImageFormatException(
        Reason.UNKNOWN_FORMAT,
        "neither JPEG nor PNG, by the first of " + encoded.length + " bytes");
  }

  private void checkLength(byte[] encoded) throws ImageFormatException {
    if (encoded.length == 0) {
      throw new ImageFormatException(Reason.EMPTY, "image of 0 bytes");
    }
    if (encoded.length > limits.maxEncodedBytes()) {
      throw new ImageFormatException(
          Reason.TOO_MANY_BYTES,
          "image of "
              + encoded.length
              + " bytes exceeds the limit of "
              + limits.maxEncodedBytes()
              + " (maxEncodedBytes)");
    }
  }

  private static BufferedImage read(EncodedImage checked) throws ImageFormatException {
    ImageFormat format = checked.header().format();
    ImageReader reader = JdkCodecs.reader(format == ImageFormat.PNG ? "png" : "jpeg");
    AtomicReference<String> warning = new AtomicReference<>();
    BufferedImage decoded;
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(checked.bytes()))) {
      reader.addIIOReadWarningListener((source, text) -> warning.compareAndSet(null, text));
      reader.setInput(in, true, true);
      decoded = reader.read(0);
    } catch (IOException | RuntimeException e) {
      throw new ImageFormatException(
          Reason.CORRUPT_PIXELS, format + " cannot be decoded: " + e.getMessage(), e);
    } finally {
      reader.dispose();
    }
    if (warning.get() != null) {
      throw new ImageFormatException(
          Reason.CORRUPT_PIXELS, format + " cannot be decoded fully: " + warning.get());
    }
    return decoded;
  }

  private static byte[] toRgb(Raster raster, EncodedImage checked) throws ImageFormatException {
    ImageHeader header = checked.header();
    if (header.channels() == 3
        && raster.getDataBuffer() instanceof DataBufferByte buffer
        && buffer.getNumBanks() == 1
        && raster.getSampleModel() instanceof PixelInterleavedSampleModel model
        && model.getPixelStride() == 3
        && model.getScanlineStride() == 3 * header.width()
        && buffer.getData().length == 3 * header.width() * header.height()) {
      return inPlace(buffer.getData(), model.getBandOffsets()[0]);
    }
    return sampleBySample(raster, checked);
  }

  /** The reader's own array, its channels swapped where they run from blue to red. */
  private static byte[] inPlace(byte[] samples, int redOffset) {
    if (redOffset == 2) {
      for (int i = 0; i < samples.length; i += 3) {
        byte blue = samples[i];
        samples[i] = samples[i + 2];
        samples[i + 2] = blue;
      }
    }
    return samples;
  }

  private static byte[] sampleBySample(Raster raster, EncodedImage checked)
      throws ImageFormatException {
    ImageHeader header = checked.header();
    int width = header.width();
    int bands = raster.getNumBands();
    int colours = header.channels() >= 3 ? 3 : 1;
    if (bands < colours) {
      throw new ImageFormatException(
          Reason.CORRUPT_PIXELS, "decodes to " + bands + " channels instead of " + colours);
    }
    byte[] palette = checked.palette();
    int bits = header.bitsPerSample();
    int stretch = bits < 8 ? 255 / ((1 << bits) - 1) : 1;
    int shift = bits == 16 ? 8 : 0;
    byte[] rgb = new byte[3 * width * header.height()];
    int[] row = new int[bands * width];
    int out = 0;
    for (int y = 0; y < header.height(); y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int at = bands * x;
        if (colours == 3) {
          rgb[out++] = (byte) (row[at] >> shift);
          rgb[out++] = (byte) (row[at + 1] >> shift);
          rgb[out++] = (byte) (row[at + 2] >> shift);
        } else if (palette.length > 0) {
          int entry = 3 * row[at];
          if (entry >= palette.length) {
            throw new ImageFormatException(
                Reason.CORRUPT_PIXELS, "PNG uses colour " + row[at] + " beyond its palette");
          }
          rgb[out++] = palette[entry];
          rgb[out++] = palette[entry + 1];
          rgb[out++] = palette[entry + 2];
        } else {
          byte grey = (byte) ((row[at] >> shift) * stretch);
          rgb[out++] = grey;
          rgb[out++] = grey;
          rgb[out++] = grey;
        }
      }
    }
    return rgb;
  }
}
