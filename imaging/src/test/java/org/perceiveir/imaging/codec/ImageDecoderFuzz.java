package org.perceiveir.imaging.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.testkit.FuzzCorpus;
import org.perceiveir.testkit.Spent;

/**
 * The pixels of a frame come from a stranger. Whatever they are, decoding ends in an upright image
 * of the checked size or an {@link ImageFormatException}, soon, in memory that the limits bound.
 *
 * <p>Checksums of PNG chunks are set right first: no search finds 32 bits by chance, and a hostile
 * sender computes them.
 */
class ImageDecoderFuzz {
  private static final int SIDE = 128;
  private static final int PIXELS = 4_096;
  private static final ImageDecoder DECODER =
      new ImageDecoder(new DecodeLimits(SIDE, SIDE, PIXELS, 1 << 16, 16));

  /** Readers, buffers and tables of the JDK, and a few copies of pixels and of the input. */
  private static final long ALLOWANCE = 4_000_000 + 64L * PIXELS;

  static Stream<byte[]> seeds() throws IOException {
    byte[] pixels = new byte[3 * 9 * 7];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 37);
    }
    RgbImage image = RgbImage.wrap(9, 7, pixels);
    byte[] jpeg = JpegBytes.ofSamples(image);
    byte[] grey = new byte[9 * 7];
    return Stream.of(
        jpeg,
        JpegBytes.progressive(image),
        JpegBytes.ofSamples(grey, 9, 7, 1, false),
        JpegBytes.withSegment(jpeg, 0xE1, JpegBytes.exif(6, true)),
        JpegBytes.withSegment(jpeg, 0xEE, JpegBytes.adobe(1)),
        ImageEncoder.encode(image, ImageFormat.PNG),
        PngBytes.file(9, 7, 2, 3, false, new byte[] {1, 2, 3, 4, 5, 6}, (x, y, c) -> x & 1),
        PngBytes.file(9, 7, 16, 6, true, new byte[0], (x, y, c) -> x * y * c),
        PngBytes.file(9, 7, 1, 0, true, new byte[0], (x, y, c) -> x & 1));
  }

  static Stream<byte[]> kept() {
    return FuzzCorpus.whenSearching(ImageDecoderFuzz.class);
  }

  @Test
  void shouldStandWhatEarlierSearchesFound() {
    for (byte[] data : FuzzCorpus.of(ImageDecoderFuzz.class).toList()) {
      shouldDecodeOrRefuseEveryImage(data);
    }
  }

  @MethodSource({"seeds", "kept"})
  @FuzzTest
  void shouldDecodeOrRefuseEveryImage(byte[] data) {
    byte[] encoded = withChecksums(data);
    Spent.atMost(ALLOWANCE + 32L * data.length, () -> decode(encoded));
  }

  private static void decode(byte[] encoded) {
    ImageHeader header;
    try {
      header = DECODER.readHeader(encoded);
      assertThat((long) header.width() * header.height()).isBetween(1L, (long) PIXELS);
      assertThat(header.orientation()).isBetween(1, 8);
    } catch (ImageFormatException e) {
      assertThat(e.reason()).isNotNull();
      header = null;
    }
    try {
      RgbImage image = DECODER.decode(encoded);
      assertThat(header).as("header of an image that is decoded").isNotNull();
      if (header != null) {
        assertThat(image.width()).isEqualTo(header.uprightWidth());
        assertThat(image.height()).isEqualTo(header.uprightHeight());
      }
      assertThat(ImageEncoder.encode(image, ImageFormat.PNG)).isNotEmpty();
    } catch (ImageFormatException e) {
      assertThat(e.reason()).isNotNull();
    }
  }

  /** A copy in which each whole PNG chunk has its checksum; other bytes as they are. */
  private static byte[] withChecksums(byte[] data) {
    byte[] mended = data.clone();
    if (!PngStructure.matches(mended)) {
      return mended;
    }
    ByteBuffer buffer = ByteBuffer.wrap(mended);
    int at = PngBytes.SIGNATURE.length;
    while (at <= mended.length - 12) {
      int length = buffer.getInt(at);
      if (length < 0 || length > mended.length - at - 12) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(mended, at + 4, 4 + length);
      buffer.putInt(at + 8 + length, (int) crc.getValue());
      at += 12 + length;
    }
    return mended;
  }
}
