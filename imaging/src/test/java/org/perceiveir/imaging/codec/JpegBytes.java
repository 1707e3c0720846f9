package org.perceiveir.imaging.codec;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.perceiveir.imaging.RgbImage;

/** Makes JPEG files of several kinds and operates on them. */
final class JpegBytes {
  private JpegBytes() {}

  /** Interleaved samples stored as they are, without a colour model or any application segment. */
  static byte[] ofSamples(byte[] samples, int width, int height, int bands, boolean progressive)
      throws IOException {
    int[] offsets = new int[bands];
    Arrays.setAll(offsets, i -> i);
    Raster raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(samples, samples.length),
            width,
            height,
            bands * width,
            bands,
            offsets,
            null);
    ImageWriter writer = JdkCodecs.writer("jpeg");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      if (progressive) {
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      }
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(0.98f);
      writer.setOutput(out);
      writer.write(null, new IIOImage(raster, null, null), param);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  static byte[] ofSamples(RgbImage image) throws IOException {
    return ofSamples(image.rgb(), image.width(), image.height(), 3, false);
  }

  static byte[] progressive(RgbImage image) throws IOException {
    return ofSamples(image.rgb(), image.width(), image.height(), 3, true);
  }

  /** Puts a segment right after the start of the image. */
  static byte[] withSegment(byte[] jpeg, int marker, byte[] body) {
    byte[] segment = new byte[4 + body.length];
    segment[0] = (byte) 0xFF;
    segment[1] = (byte) marker;
    segment[2] = (byte) ((body.length + 2) >> 8);
    segment[3] = (byte) (body.length + 2);
    System.arraycopy(body, 0, segment, 4, body.length);
    return splice(jpeg, 2, 2, segment);
  }

  /** Replaces the bytes {@code [from, to)}. */
  static byte[] splice(byte[] data, int from, int to, byte[] replacement) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(data, 0, from);
    out.writeBytes(replacement);
    out.write(data, to, data.length - to);
    return out.toByteArray();
  }

  /** Where the marker's 0xFF stands, of the first segment of that kind. */
  static int find(byte[] jpeg, int marker) {
    int at = 2;
    while ((jpeg[at + 1] & 0xFF) != marker) {
      at += 2 + Bytes.unsignedShort(jpeg, at + 2);
    }
    return at;
  }

  /** A copy with one byte changed. */
  static byte[] with(byte[] data, int at, int value) {
    byte[] copy = data.clone();
    copy[at] = (byte) value;
    return copy;
  }

  /** The body of an EXIF segment with one directory of one entry, big or little endian. */
  static byte[] exif(int orientation, boolean little) {
    int[] big = {
      'E',
      'x',
      'i',
      'f',
      0,
      0,
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      1,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      orientation,
      0,
      0,
      0,
      0,
      0,
      0
    };
    int[] small = {
      'E',
      'x',
      'i',
      'f',
      0,
      0,
      'I',
      'I',
      42,
      0,
      8,
      0,
      0,
      0,
      1,
      0,
      0x12,
      1,
      3,
      0,
      1,
      0,
      0,
      0,
      orientation,
      0,
      0,
      0,
      0,
      0,
      0,
      0
    };
    int[] values = little ? small : big;
    byte[] body = new byte[values.length];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) values[i];
    }
    return body;
  }

  static byte[] adobe(int transform) {
    return new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
  }
}
