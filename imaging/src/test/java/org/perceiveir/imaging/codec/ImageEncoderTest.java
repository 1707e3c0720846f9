package org.perceiveir.imaging.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.TestImages;
import org.perceiveir.imaging.metric.Psnr;

final class ImageEncoderTest {
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

  @ParameterizedTest
  @CsvSource({"1,1", "1,9", "9,1", "8,8", "37,23", "640,3"})
  void shouldReturnTheSamePixelsThroughPng(int width, int height) throws IOException {
    RgbImage image = TestImages.noise(width, height, 5);
    RgbImage decoded = decoder.decode(ImageEncoder.encode(image, ImageFormat.PNG));
    assertThat(decoded.width()).isEqualTo(width);
    assertThat(decoded.height()).isEqualTo(height);
    assertThat(decoded.rgb()).isEqualTo(image.rgb());
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,9", "9,1", "8,8", "37,23", "640,3"})
  void shouldReturnSimilarPixelsThroughJpeg(int width, int height) throws IOException {
    RgbImage image = TestImages.gradient(width, height);
    byte[] jpeg = ImageEncoder.encode(image, ImageFormat.JPEG);
    assertThat(decoder.readHeader(jpeg))
        .isEqualTo(new ImageHeader(ImageFormat.JPEG, width, height, 3, 8, 1, 1));
    assertThat(Psnr.between(image, decoder.decode(jpeg))).isGreaterThan(25);
  }

  @Test
  void shouldSpendMoreBytesWhenJpegQualityIsHigher() throws IOException {
    RgbImage image = TestImages.noise(64, 64, 1);
    byte[] low = ImageEncoder.encodeJpeg(image, 30);
    byte[] high = ImageEncoder.encodeJpeg(image, 98);
    assertThat(low.length).isLessThan(high.length / 2);
    assertThat(Psnr.between(image, decoder.decode(low)))
        .isLessThan(Psnr.between(image, decoder.decode(high)));
  }

  @Test
  void shouldCopyBarePixels() {
    RgbImage image = TestImages.noise(3, 2, 1);
    byte[] bytes = ImageEncoder.encode(image, ImageFormat.RGB8);
    assertThat(bytes).isEqualTo(image.rgb()).isNotSameAs(image.rgb());
  }

  @Test
  void shouldRefuseJpegQualityOutOfRange() {
    assertThatThrownBy(() -> ImageEncoder.encodeJpeg(TestImages.noise(1, 1, 1), 101))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("JPEG quality is 101: it must lie in 1..100");
  }
}
