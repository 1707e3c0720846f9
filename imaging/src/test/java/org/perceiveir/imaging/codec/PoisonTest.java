package org.perceiveir.imaging.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;
import org.perceiveir.imaging.codec.ImageFormatException.Reason;

/**
 * Bytes from a broken or hostile camera. Whatever they are, a stream thread must get an {@link
 * ImageFormatException} with a reason, or a whole image, and nothing else: any other throwable
 * would stop the topology for all cameras.
 */
final class PoisonTest {
  private static final RgbImage IMAGE = TestImages.noise(33, 21, 9);

  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

  static Stream<Arguments> corpus() throws IOException {
    byte[] png = ImageEncoder.encode(IMAGE, ImageFormat.PNG);
    byte[] jpeg = ImageEncoder.encode(IMAGE, ImageFormat.JPEG);
    int frame = JpegBytes.find(jpeg, 0xC0);
    int scan = JpegBytes.find(jpeg, 0xDA);
    int huffman = JpegBytes.find(jpeg, 0xC4);
    byte[] row = {0, 1};
    byte[] none = {};
    byte[] someRow = PngBytes.deflate(new byte[9]);

    Map<String, Object[]> all = new LinkedHashMap<>();
    put(all, "no bytes", Reason.EMPTY, none);
    put(all, "one byte", Reason.UNKNOWN_FORMAT, new byte[1]);
    put(all, "text", Reason.UNKNOWN_FORMAT, "<html>".getBytes(StandardCharsets.US_ASCII));
    put(all, "zeros", Reason.UNKNOWN_FORMAT, new byte[1000]);
    put(all, "GIF", Reason.UNKNOWN_FORMAT, "GIF89a\1\0\1\0".getBytes(StandardCharsets.US_ASCII));
    put(all, "BMP", Reason.UNKNOWN_FORMAT, "BM          ".getBytes(StandardCharsets.US_ASCII));
    put(all, "TIFF", Reason.UNKNOWN_FORMAT, "II*\0        ".getBytes(StandardCharsets.US_ASCII));
    put(all, "WebP", Reason.UNKNOWN_FORMAT, "RIFF    WEBP".getBytes(StandardCharsets.US_ASCII));
    put(all, "damaged signature", Reason.UNKNOWN_FORMAT, JpegBytes.with(png, 4, '\n'));

    put(all, "PNG signature alone", Reason.TRUNCATED, PngBytes.SIGNATURE);
    put(all, "PNG half", Reason.TRUNCATED, Arrays.copyOf(png, png.length / 2));
    put(all, "PNG without IEND", Reason.TRUNCATED, Arrays.copyOf(png, png.length - 12));
    put(
        all,
        "PNG of 60000x60000",
        Reason.SIZE_OUT_OF_RANGE,
        new PngBytes().header(60000, 60000, 8, 2, 0).pixels(row).end());
    put(
        all,
        "PNG of 16-bit RGBA samples that decode to 255 MiB",
        Reason.SIZE_OUT_OF_RANGE,
        new PngBytes().header(5780, 5780, 16, 6, 0).pixels(row).end());
    put(
        all,
        "PNG of negative size",
        Reason.SIZE_OUT_OF_RANGE,
        new PngBytes().header(-1, -1, 8, 2, 0).pixels(row).end());
    put(
        all,
        "PNG of no width",
        Reason.SIZE_OUT_OF_RANGE,
        new PngBytes().header(0, 1, 8, 2, 0).pixels(row).end());
    put(
        all,
        "PNG that lies about its size",
        Reason.TRUNCATED,
        new PngBytes().header(4096, 4096, 8, 6, 0).pixels(row).end());
    put(
        all,
        "PNG with too few rows",
        Reason.CORRUPT_PIXELS,
        new PngBytes().header(8, 8, 8, 0, 0).chunk("IDAT", someRow).end());
    put(
        all,
        "PNG with a chunk beyond the end",
        Reason.TRUNCATED,
        new PngBytes()
            .header(1, 1, 8, 0, 0)
            .raw(Integer.MAX_VALUE, new byte[] {'I', 'D', 'A', 'T'}, row, 0)
            .end());
    put(
        all,
        "PNG with a chunk of 4 GiB",
        Reason.TRUNCATED,
        new PngBytes()
            .header(1, 1, 8, 0, 0)
            .raw(-1, new byte[] {'t', 'E', 'X', 't'}, row, 0)
            .end());
    put(
        all,
        "PNG with a wrong checksum",
        Reason.CORRUPT_PIXELS,
        JpegBytes.with(png, png.length / 2, png[png.length / 2] + 1));
    put(all, "PNG without IHDR", Reason.MALFORMED, new PngBytes().pixels(row).end());
    put(
        all,
        "PNG with a short IHDR",
        Reason.MALFORMED,
        new PngBytes().chunk("IHDR", new byte[12]).pixels(row).end());
    put(
        all,
        "PNG with two IHDR",
        Reason.MALFORMED,
        new PngBytes().header(1, 1, 8, 0, 0).header(9, 9, 8, 0, 0).pixels(row).end());
    put(
        all,
        "PNG of colour type 7",
        Reason.MALFORMED,
        new PngBytes().header(1, 1, 8, 7, 0).pixels(row).end());
    put(
        all,
        "PNG of 3 bits",
        Reason.MALFORMED,
        new PngBytes().header(1, 1, 3, 0, 0).pixels(row).end());
    put(
        all,
        "PNG of unknown interlacing",
        Reason.MALFORMED,
        new PngBytes().header(1, 1, 8, 0, 2).pixels(row).end());
    put(all, "PNG without pixels", Reason.MALFORMED, new PngBytes().header(1, 1, 8, 0, 0).end());
    put(
        all,
        "PNG with split pixels",
        Reason.MALFORMED,
        new PngBytes()
            .header(1, 1, 8, 0, 0)
            .pixels(row)
            .chunk("tEXt", none)
            .chunk("IDAT", none)
            .end());
    put(
        all,
        "PNG without palette",
        Reason.MALFORMED,
        new PngBytes().header(1, 1, 8, 3, 0).pixels(row).end());
    put(
        all,
        "PNG with a palette of 4 bytes",
        Reason.MALFORMED,
        new PngBytes().header(1, 1, 8, 3, 0).chunk("PLTE", new byte[4]).pixels(row).end());
    put(
        all,
        "PNG with a colour beyond its palette",
        Reason.CORRUPT_PIXELS,
        new PngBytes().header(1, 1, 8, 3, 0).chunk("PLTE", new byte[3]).pixels(row).end());
    put(
        all,
        "PNG with an unknown critical chunk",
        Reason.UNSUPPORTED,
        new PngBytes().header(1, 1, 8, 0, 0).chunk("ABCD", none).pixels(row).end());
    put(
        all,
        "PNG with a nameless chunk",
        Reason.MALFORMED,
        new PngBytes().header(1, 1, 8, 0, 0).chunk("\1\2\3\4", none).pixels(row).end());
    put(
        all,
        "PNG with an unknown filter",
        Reason.CORRUPT_PIXELS,
        new PngBytes().header(1, 1, 8, 0, 0).pixels(new byte[] {9, 1}).end());
    put(
        all,
        "PNG with noise for deflate",
        Reason.CORRUPT_PIXELS,
        new PngBytes().header(4, 4, 8, 0, 0).chunk("IDAT", TestImages.noise(9, 9, 1).rgb()).end());

    put(all, "JPEG start alone", Reason.TRUNCATED, Arrays.copyOf(jpeg, 3));
    put(all, "JPEG half", Reason.TRUNCATED, Arrays.copyOf(jpeg, jpeg.length / 2));
    put(all, "JPEG without end", Reason.TRUNCATED, Arrays.copyOf(jpeg, jpeg.length - 2));
    put(
        all,
        "JPEG cut in the pixels and closed",
        Reason.CORRUPT_PIXELS,
        JpegBytes.splice(jpeg, scan + 60, jpeg.length - 2, none));
    put(
        all,
        "JPEG of 60000x60000",
        Reason.SIZE_OUT_OF_RANGE,
        JpegBytes.splice(jpeg, frame + 5, frame + 9, new byte[] {(byte) 234, 96, (byte) 234, 96}));
    put(
        all,
        "JPEG of height 0",
        Reason.SIZE_OUT_OF_RANGE,
        JpegBytes.splice(jpeg, frame + 5, frame + 7, new byte[2]));
    put(
        all,
        "JPEG that lies about its size",
        Reason.TRUNCATED,
        JpegBytes.splice(jpeg, frame + 5, frame + 9, new byte[] {16, 0, 31, 0}));
    put(all, "JPEG of 12 bits", Reason.UNSUPPORTED, JpegBytes.with(jpeg, frame + 4, 12));
    put(
        all,
        "CMYK JPEG",
        Reason.UNSUPPORTED,
        JpegBytes.ofSamples(TestImages.noise(8, 32, 1).rgb(), 8, 24, 4, false));
    put(all, "lossless JPEG", Reason.UNSUPPORTED, JpegBytes.with(jpeg, frame + 1, 0xC3));
    put(all, "arithmetic JPEG", Reason.UNSUPPORTED, JpegBytes.with(jpeg, frame + 1, 0xC9));
    put(
        all,
        "JPEG without frame header",
        Reason.MALFORMED,
        JpegBytes.splice(jpeg, frame, scan, none));
    put(
        all,
        "JPEG with two frame headers",
        Reason.MALFORMED,
        JpegBytes.splice(jpeg, frame, frame, Arrays.copyOfRange(jpeg, frame, frame + 19)));
    put(
        all,
        "JPEG with an impossible Huffman table",
        Reason.CORRUPT_PIXELS,
        JpegBytes.with(jpeg, huffman + 5, 200));
    put(all, "JPEG without scan", Reason.MALFORMED, closed(Arrays.copyOf(jpeg, scan)));
    put(all, "JPEG with a segment of 0 bytes", Reason.MALFORMED, closed(shortSegment(jpeg)));
    put(all, "JPEG with junk between segments", Reason.MALFORMED, JpegBytes.with(jpeg, frame, 7));
    put(all, "JPEG with sampling factor 0", Reason.MALFORMED, JpegBytes.with(jpeg, frame + 11, 0));
    put(all, "JPEG with 1000 scans", Reason.TOO_MANY_SCANS, manyScans(jpeg, scan));
    return all.entrySet().stream()
        .map(e -> Arguments.of(e.getKey(), e.getValue()[0], e.getValue()[1]));
  }

  private static void put(Map<String, Object[]> all, String name, Reason reason, byte[] bytes) {
    all.put(name, new Object[] {reason, bytes});
  }

  private static byte[] closed(byte[] jpeg) {
    byte[] copy = Arrays.copyOf(jpeg, jpeg.length + 2);
    copy[jpeg.length] = (byte) 0xFF;
    copy[jpeg.length + 1] = (byte) 0xD9;
    return copy;
  }

  private static byte[] shortSegment(byte[] jpeg) {
    return JpegBytes.splice(jpeg, 2, 2, new byte[] {(byte) 0xFF, (byte) 0xFE, 0, 0});
  }

  private static byte[] manyScans(byte[] jpeg, int scan) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, scan);
    for (int i = 0; i < 1000; i++) {
      out.write(jpeg, scan, jpeg.length - 2 - scan);
    }
    return closed(out.toByteArray());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("corpus")
  void shouldRefuseWithTheReason(String name, Reason reason, byte[] bytes) {
    Throwable thrown = catchThrowable(() -> decoder.decode(bytes));
    assertThat(thrown).as(name).isInstanceOf(ImageFormatException.class);
    assertThat(((ImageFormatException) thrown).reason()).as(thrown.toString()).isEqualTo(reason);
    assertThat(thrown.getMessage()).isNotBlank();
  }

  @Test
  void shouldRefuseEveryTruncation() throws IOException {
    for (byte[] whole : wholeFiles()) {
      for (int length = 0; length < whole.length; length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThat(catchThrowable(() -> decoder.decode(cut)))
            .as("%s of %s bytes", length, whole.length)
            .isInstanceOf(ImageFormatException.class);
      }
    }
  }

  /** Where everything else is right, the checksum alone tells. */
  @ParameterizedTest
  @ValueSource(strings = {"IHDR", "PLTE", "IDAT", "IEND"})
  void shouldRefuseAWrongChecksumOfEachChunkThatIsRead(String chunk) throws IOException {
    byte[] whole =
        new PngBytes()
            .header(1, 1, 8, 3, 0)
            .chunk("PLTE", new byte[] {1, 2, 3})
            .pixels(new byte[] {0, 0})
            .end();
    assertThat(decodesOrIsRefused(whole)).isTrue();
    byte[] damaged = whole.clone();
    int at = new String(whole, StandardCharsets.ISO_8859_1).indexOf(chunk);
    int length = ByteBuffer.wrap(whole).getInt(at - 4);
    damaged[at + 4 + length] ^= 1;

    assertThatThrownBy(() -> decoder.decode(damaged))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(chunk)
        .hasMessageContaining("checksum");
  }

  @Test
  void shouldDecodeOrRefuseWhenBitsAreFlipped() throws IOException {
    SplittableRandom random = new SplittableRandom(20240607);
    int decoded = 0;
    int refused = 0;
    for (byte[] whole : wholeFiles()) {
      for (int i = 0; i < 1500; i++) {
        byte[] damaged = whole.clone();
        for (int flips = random.nextInt(1, 5); flips > 0; flips--) {
          // Half of the flips fall on the first bytes, where the structure is.
          int reach = random.nextBoolean() ? Math.min(700, whole.length) : whole.length;
          damaged[random.nextInt(reach)] ^= (byte) (1 << random.nextInt(8));
        }
        if (decodesOrIsRefused(damaged)) {
          decoded++;
        } else {
          refused++;
        }
      }
    }
    assertThat(refused).isGreaterThan(decoded);
  }

  @Test
  void shouldDecodeOrRefuseWhenPngPixelsAreDamagedUnderRightChecksums() {
    SplittableRandom random = new SplittableRandom(7);
    byte[] rows = new byte[16 * (1 + 3 * 16)];
    random.nextBytes(rows);
    for (int y = 0; y < 16; y++) {
      rows[y * 49] = (byte) (y % 5);
    }
    byte[] deflated = PngBytes.deflate(rows);
    for (int i = 0; i < 1500; i++) {
      byte[] damaged = deflated.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      int colour = new int[] {0, 2, 3, 4, 6}[random.nextInt(5)];
      PngBytes png = new PngBytes().header(16, 16, 8, colour, random.nextInt(2));
      if (colour == 3) {
        png.chunk("PLTE", new byte[3 * random.nextInt(1, 257)]);
      }
      decodesOrIsRefused(png.chunk("IDAT", damaged).end());
    }
  }

  @Test
  void shouldRefuseRandomBytesBehindEachSignature() {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = new byte[random.nextInt(4, 600)];
      random.nextBytes(bytes);
      byte[] signature =
          i % 2 == 0 ? new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF} : PngBytes.SIGNATURE;
      System.arraycopy(signature, 0, bytes, 0, Math.min(signature.length, bytes.length));
      assertThat(catchThrowable(() -> decoder.decode(bytes)))
          .isInstanceOf(ImageFormatException.class);
    }
  }

  private static byte[][] wholeFiles() throws IOException {
    return new byte[][] {
      ImageEncoder.encode(IMAGE, ImageFormat.PNG),
      ImageEncoder.encodeJpeg(IMAGE, 50),
      JpegBytes.progressive(TestImages.gradient(32, 24)),
      PngBytes.file(19, 11, 4, 3, true, TestImages.noise(16, 1, 1).rgb(), (x, y, c) -> x & 15)
    };
  }

  /** True for an image of the header's size; any throwable but a refusal fails the test. */
  private boolean decodesOrIsRefused(byte[] bytes) {
    try {
      RgbImage image = decoder.decode(bytes);
      assertThat(image.width()).isEqualTo(decoder.readHeader(bytes).uprightWidth());
      return true;
    } catch (ImageFormatException e) {
      assertThat(e.reason()).isNotNull();
      return false;
    }
  }
}
