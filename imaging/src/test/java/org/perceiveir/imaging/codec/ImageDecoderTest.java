package org.perceiveir.imaging.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;
import org.perceiveir.imaging.codec.ImageFormatException.Reason;
import org.perceiveir.imaging.metric.Psnr;

final class ImageDecoderTest {
  private static final int WIDTH = 21;
  private static final int HEIGHT = 13;
  private static final byte[] NO_PALETTE = {};

  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

  /** All legal pairs of colour type and bit depth; samples differ in every bit. */
  @ParameterizedTest
  @CsvSource({
    "0,1", "0,2", "0,4", "0,8", "0,16", "2,8", "2,16", "3,1", "3,2", "3,4", "3,8", "4,8", "4,16",
    "6,8", "6,16"
  })
  void shouldDecodeEveryKindOfPngExactly(int colour, int depth) throws IOException {
    byte[] palette = colour == 3 ? TestImages.noise(1 << depth, 1, 3).rgb() : NO_PALETTE;
    PngBytes.Samples samples =
        (x, y, c) -> Integer.reverse((x * 31 + y * 57 + c * 77 + 1) * 0x9E3779B1) >>> (32 - depth);
    byte[] expected = new byte[3 * WIDTH * HEIGHT];
    for (int y = 0, i = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        for (int c = 0; c < 3; c++) {
          int sample = samples.at(x, y, colour == 2 || colour == 6 ? c : 0);
          expected[i++] =
              colour == 3
                  ? palette[3 * sample + c]
                  : (byte) (depth == 16 ? sample >> 8 : sample * 255 / ((1 << depth) - 1));
        }
      }
    }
    for (boolean interlaced : new boolean[] {false, true}) {
      byte[] png = PngBytes.file(WIDTH, HEIGHT, depth, colour, interlaced, palette, samples);
      assertThat(decoder.decode(png).rgb()).as("interlaced %s", interlaced).isEqualTo(expected);
      assertThat(decoder.readHeader(png))
          .isEqualTo(
              new ImageHeader(
                  ImageFormat.PNG,
                  WIDTH,
                  HEIGHT,
                  PngBytes.channels(colour),
                  depth,
                  interlaced ? 7 : 1,
                  1));
    }
  }

  /** A colour key and a gamma would change pixels in a decoder that honours them. */
  @Test
  void shouldKeepStoredColoursWhenPngHasTransparencyAndGamma() throws IOException {
    RgbImage image = TestImages.noise(5, 4, 1);
    byte[] png = ImageEncoder.encode(image, ImageFormat.PNG);
    byte[] key = {0, image.rgb()[0], 0, image.rgb()[1], 0, image.rgb()[2]};
    byte[] chunks =
        new PngBytes().chunk("gAMA", new byte[] {0, 0, 1, 0}).chunk("tRNS", key).bytes();
    int afterHeader = 8 + 25;
    byte[] changed =
        JpegBytes.splice(
            png, afterHeader, afterHeader, Arrays.copyOfRange(chunks, 8, chunks.length));
    assertThat(decoder.decode(changed).rgb()).isEqualTo(image.rgb());
  }

  @Test
  void shouldIgnoreAnimationAndCompressedTextWhenPngHasThem() throws IOException {
    assertThat(decoder.decode(withMetadata(5_000_000)).rgb()).containsExactly(99, 99, 99);
  }

  @Test
  void shouldRefuseAPngWhenItsMetadataInflateBeyondTheLimit() throws IOException {
    byte[] png = withMetadata(50_000_000);
    assertThat(png.length).isLessThan(200_000);
    assertThatThrownBy(() -> decoder.decode(png))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("metadata");
  }

  private static byte[] withMetadata(int inflated) throws IOException {
    byte[] bomb = PngBytes.deflate(new byte[inflated]);
    byte[] text = new byte[bomb.length + 3];
    text[0] = 'k';
    System.arraycopy(bomb, 0, text, 3, bomb.length);
    return new PngBytes()
        .header(1, 1, 8, 0, 0)
        .chunk("acTL", new byte[8])
        .chunk("zTXt", text)
        .chunk("iCCP", text)
        .pixels(new byte[] {0, 99})
        .chunk("fdAT", new byte[40])
        .end();
  }

  @Test
  void shouldIgnoreBytesAfterTheEndMarker() throws IOException {
    RgbImage image = TestImages.gradient(32, 20);
    for (ImageFormat format : new ImageFormat[] {ImageFormat.PNG, ImageFormat.JPEG}) {
      byte[] encoded = ImageEncoder.encode(image, format);
      byte[] longer = Arrays.copyOf(encoded, encoded.length + 100);
      assertThat(decoder.decode(longer).rgb()).isEqualTo(decoder.decode(encoded).rgb());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldDecodeGreyJpegWithoutGamma(boolean progressive) throws IOException {
    byte[] grey = new byte[40 * 24];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (byte) (5 * (i % 40) + i / 40);
    }
    RgbImage decoded = decoder.decode(JpegBytes.ofSamples(grey, 40, 24, 1, progressive));
    for (int i = 0; i < grey.length; i++) {
      for (int c = 0; c < 3; c++) {
        assertThat(decoded.rgb()[3 * i + c] & 0xFF).isCloseTo(grey[i] & 0xFF, within(4));
      }
    }
  }

  /** The colour model is stated by JFIF, else by Adobe's marker, else by the components' names. */
  @Test
  void shouldTellRgbFromYccInJpegAsLibjpegDoes() throws IOException {
    RgbImage image = TestImages.gradient(48, 32);
    byte[] bare = JpegBytes.ofSamples(image);
    int frame = JpegBytes.find(bare, 0xC0);
    int scan = JpegBytes.find(bare, 0xDA);
    byte[] named = bare;
    for (int c = 0; c < 3; c++) {
      named = JpegBytes.with(named, frame + 10 + 3 * c, "RGB".charAt(c));
      named = JpegBytes.with(named, scan + 5 + 2 * c, "RGB".charAt(c));
    }
    byte[] ycc = decoder.decode(bare).rgb();
    assertThat(Psnr.between(image, decoder.decode(bare))).isLessThan(20);
    assertThat(Psnr.between(image, decoder.decode(named))).isGreaterThan(40);
    byte[] adobeRgb = JpegBytes.withSegment(bare, 0xEE, JpegBytes.adobe(0));
    assertThat(Psnr.between(image, decoder.decode(adobeRgb))).isGreaterThan(40);
    byte[] adobeYcc = JpegBytes.withSegment(named, 0xEE, JpegBytes.adobe(1));
    assertThat(decoder.decode(adobeYcc).rgb()).isEqualTo(ycc);
    byte[] jfif = new byte[] {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0};
    assertThat(decoder.decode(JpegBytes.withSegment(named, 0xE0, jfif)).rgb()).isEqualTo(ycc);
    assertThat(decoder.decode(JpegBytes.withSegment(adobeRgb, 0xE0, jfif)).rgb()).isEqualTo(ycc);
  }

  @Test
  void shouldCountScansWhenJpegIsProgressive() throws IOException {
    byte[] jpeg = JpegBytes.progressive(TestImages.gradient(48, 32));
    int scans = decoder.readHeader(jpeg).scans();
    assertThat(scans).isBetween(2, 20);
    assertThat(decoder.decode(jpeg).width()).isEqualTo(48);
    DecodeLimits d = DecodeLimits.defaults();
    ImageDecoder strict =
        new ImageDecoder(
            new DecodeLimits(
                d.maxWidth(), d.maxHeight(), d.maxPixels(), d.maxEncodedBytes(), scans - 1));
    assertThatThrownBy(() -> strict.readHeader(jpeg))
        .isInstanceOfSatisfying(
            ImageFormatException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.TOO_MANY_SCANS))
        .hasMessageContaining("maxScans");
  }

  /** Frames of Motion JPEG leave out the tables that the standard recommends. */
  @Test
  void shouldUseStandardTablesWhenJpegHasNone() throws IOException {
    byte[] jpeg = ImageEncoder.encode(TestImages.gradient(48, 32), ImageFormat.JPEG);
    byte[] bare =
        JpegBytes.splice(jpeg, JpegBytes.find(jpeg, 0xC4), JpegBytes.find(jpeg, 0xDA), new byte[0]);
    assertThat(decoder.decode(bare).rgb()).isEqualTo(decoder.decode(jpeg).rgb());
  }

  /** Corner colours of a 2x2 checker of 16-pixel squares, read clockwise from the top left. */
  @ParameterizedTest
  @CsvSource({
    "1,ABCD", "2,BADC", "3,CDAB", "4,DCBA", "5,ADCB", "6,DABC", "7,CBAD", "8,BCDA", "9,ABCD"
  })
  void shouldStandUprightWhenExifTurnsJpeg(int orientation, String clockwise) throws IOException {
    // A red top left, B green top right, C blue bottom right, D white bottom left.
    RgbImage stored = checker(48, 32);
    byte[] plain = ImageEncoder.encode(stored, ImageFormat.JPEG);
    for (boolean little : new boolean[] {false, true}) {
      byte[] jpeg = JpegBytes.withSegment(plain, 0xE1, JpegBytes.exif(orientation, little));
      ImageHeader header = decoder.readHeader(jpeg);
      RgbImage upright = decoder.decode(jpeg);
      boolean turned = orientation >= 5 && orientation <= 8;
      assertThat(header.width()).isEqualTo(48);
      assertThat(header.height()).isEqualTo(32);
      assertThat(upright.width()).isEqualTo(header.uprightWidth()).isEqualTo(turned ? 32 : 48);
      assertThat(upright.height()).isEqualTo(header.uprightHeight()).isEqualTo(turned ? 48 : 32);
      int right = upright.width() - 4;
      int bottom = upright.height() - 4;
      String seen =
          colourAt(upright, 3, 3)
              + colourAt(upright, right, 3)
              + colourAt(upright, right, bottom)
              + colourAt(upright, 3, bottom);
      assertThat(seen).isEqualTo(clockwise);
    }
  }

  @Test
  void shouldStandUprightWhenExifIsNonsense() throws IOException {
    byte[] plain = ImageEncoder.encode(checker(48, 32), ImageFormat.JPEG);
    byte[] whole = JpegBytes.exif(6, false);
    for (int length = 6; length < 26; length++) {
      byte[] jpeg = JpegBytes.withSegment(plain, 0xE1, Arrays.copyOf(whole, length));
      assertThat(decoder.readHeader(jpeg).orientation()).as("length %s", length).isEqualTo(1);
    }
    byte[] farDirectory = JpegBytes.with(whole, 6 + 4, 0xFF);
    assertThat(decoder.readHeader(JpegBytes.withSegment(plain, 0xE1, farDirectory)).orientation())
        .isEqualTo(1);
  }

  @Test
  void shouldTakeBarePixelsOfTheDeclaredSize() throws IOException {
    RgbImage image = TestImages.noise(7, 5, 2);
    RgbImage decoded = decoder.decodeRgb8(image.rgb(), 7, 5);
    assertThat(decoded.rgb()).isEqualTo(image.rgb());
    assertThat(decoded.width()).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({
    "8,5,TRUNCATED",
    "6,5,SIZE_MISMATCH",
    "0,5,SIZE_OUT_OF_RANGE",
    "-7,-5,SIZE_OUT_OF_RANGE",
    "2000000000,2000000000,SIZE_OUT_OF_RANGE"
  })
  void shouldRefuseBarePixelsWhenSizeIsWrong(int width, int height, Reason reason) {
    byte[] pixels = TestImages.noise(7, 5, 2).rgb();
    assertThatThrownBy(() -> decoder.decodeRgb8(pixels, width, height))
        .isInstanceOfSatisfying(
            ImageFormatException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void shouldHoldEachLimit() throws IOException {
    byte[] png = ImageEncoder.encode(TestImages.noise(20, 10, 1), ImageFormat.PNG);
    assertThat(new ImageDecoder(new DecodeLimits(20, 10, 200, png.length, 1)).decode(png).height())
        .isEqualTo(10);
    assertRefused(new DecodeLimits(19, 10, 200, png.length, 1), png, Reason.SIZE_OUT_OF_RANGE);
    assertRefused(new DecodeLimits(20, 9, 200, png.length, 1), png, Reason.SIZE_OUT_OF_RANGE);
    assertRefused(new DecodeLimits(20, 10, 199, png.length, 1), png, Reason.SIZE_OUT_OF_RANGE);
    assertRefused(new DecodeLimits(20, 10, 200, png.length - 1, 1), png, Reason.TOO_MANY_BYTES);
  }

  @Test
  void shouldNameTheParameterWhenALimitIsNotPositive() {
    assertThatThrownBy(() -> new DecodeLimits(1, 1, 1, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxScans is 0: it must be at least 1");
  }

  private static void assertRefused(DecodeLimits limits, byte[] png, Reason reason) {
    assertThatThrownBy(() -> new ImageDecoder(limits).decode(png))
        .isInstanceOfSatisfying(
            ImageFormatException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  private static RgbImage checker(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        boolean right = x >= width / 2;
        boolean bottom = y >= height / 2;
        rgb[i++] = (byte) (right ? 0 : 255);
        rgb[i++] = (byte) (right != bottom ? 255 : 0);
        rgb[i++] = (byte) (bottom ? 255 : 0);
      }
    }
    return RgbImage.wrap(width, height, rgb);
  }

  private static String colourAt(RgbImage image, int x, int y) {
    int at = 3 * (y * image.width() + x);
    boolean red = (image.rgb()[at] & 0xFF) > 128;
    boolean blue = (image.rgb()[at + 2] & 0xFF) > 128;
    return red ? (blue ? "D" : "A") : (blue ? "C" : "B");
  }
}
