package org.perceiveir.imaging.codec;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.perceiveir.imaging.RgbImage;

/** Writes images as PNG, JPEG or bare RGB; no metadata, nothing on disk. */
public final class ImageEncoder {
  /** JPEG quality when none is given. */
  public static final int DEFAULT_JPEG_QUALITY = 95;

  /**
   * ImageIO's measure of PNG compression, where 1 is deflate level 0: this is level 2. On a 640x352
   * frame it costs 24 to 28 ms of CPU where the default level costs 27 to 54 (noisy frames cost
   * most), for 1 % more bytes.
   */
  private static final float PNG_COMPRESSION = 7 / 9f;

  private ImageEncoder() {}

  /** Encodes; a JPEG gets quality {@value #DEFAULT_JPEG_QUALITY}, PNG and RGB8 lose nothing. */
  public static byte[] encode(RgbImage image, ImageFormat format) {
    return switch (format) {
      case JPEG -> encodeJpeg(image, DEFAULT_JPEG_QUALITY);
      case PNG -> write(image, "png", PNG_COMPRESSION);
      case RGB8 -> image.rgb().clone();
    };
  }

  /**
   * Encodes as baseline JPEG, YCbCr 4:2:0.
   *
   * @param quality 1 (smallest) to 100 (best), the scale of libjpeg
   */
  public static byte[] encodeJpeg(RgbImage image, int quality) {
    if (quality < 1 || quality > 100) {
      throw new IllegalArgumentException("JPEG quality is " + quality + ": it must lie in 1..100");
    }
    return write(image, "jpeg", quality / 100f);
  }

  private static byte[] write(RgbImage image, String formatName, float compressionQuality) {
    ImageWriter writer = JdkCodecs.writer(formatName);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(image.rgb().length / 2 + 1024);
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      if (param.getCompressionType() == null) {
        param.setCompressionType(param.getCompressionTypes()[0]);
      }
      param.setCompressionQuality(compressionQuality);
      writer.setOutput(out);
      writer.write(null, new IIOImage(asBufferedImage(image), null, null), param);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot encode into memory", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** A view on the same pixels, no copy. */
  private static BufferedImage asBufferedImage(RgbImage image) {
    ComponentColorModel sRgb =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            false,
            false,
            ComponentColorModel.OPAQUE,
            DataBuffer.TYPE_BYTE);
    DataBufferByte buffer = new DataBufferByte(image.rgb(), image.rgb().length);
    WritableRaster raster =
        Raster.createInterleavedRaster(
            buffer, image.width(), image.height(), 3 * image.width(), 3, new int[] {0, 1, 2}, null);
    return new BufferedImage(sRgb, raster, false, null);
  }
}
