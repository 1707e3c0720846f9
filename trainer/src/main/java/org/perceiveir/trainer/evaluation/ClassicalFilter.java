package org.perceiveir.trainer.evaluation;

import boofcv.abst.denoise.FactoryImageDenoise;
import boofcv.alg.enhance.EnhanceImageOps;
import boofcv.alg.filter.blur.BlurImageOps;
import boofcv.alg.misc.ImageStatistics;
import boofcv.concurrency.BoofConcurrency;
import boofcv.struct.image.GrayF32;
import boofcv.struct.image.GrayU8;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/**
 * A classical filter in the place of a network, to measure what can be had without learning. The
 * filters are BoofCV's; each is for one kind of damage and knows nothing about the image but its
 * pixels.
 */
public enum ClassicalFilter implements Restorer {
  /**
   * Against noise: soft shrinkage of wavelet coefficients by BayesShrink (Chang, Yu and Vetterli
   * 2000), each colour by itself; the noise's strength is estimated from the finest diagonal band.
   */
  WAVELET("wavelet", "BayesShrink, 4 levels, each colour"),
  /** Against noise and single wrong pixels: median of 3x3 pixels, each colour by itself. */
  MEDIAN("median", "3x3, each colour"),
  /** Against haze and darkness: equalization of the luma's histogram over the image. */
  EQUALIZE("equalize", "histogram of luma");

  static {
    // In the whole suite a median of 131x97 pixels took seconds on BoofCV's threads; one is quick.
    BoofConcurrency.USE_CONCURRENT = false;
  }

  private static final int WAVELET_LEVELS = 4;
  private static final int SMALLEST_PLANE = 32;
  private static final int LEVELS = 256;
  private static final double WHITE = 255;

  private final String id;
  private final String form;

  ClassicalFilter(String id, String form) {
    this.id = id;
    this.form = form;
  }

  /**
   * The filter of that name.
   *
   * @throws IllegalArgumentException naming the filters there are
   */
  public static ClassicalFilter fromId(String id) {
    return Arrays.stream(values())
        .filter(f -> f.id.equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "filter '"
                        + id
                        + "' is not known; choose from "
                        + Arrays.stream(values())
                            .map(f -> f.id)
                            .collect(Collectors.joining(", "))));
  }

  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    return frames.stream().map(this::filtered).toList();
  }

  private RgbImage filtered(RgbImage image) {
    return switch (this) {
      case WAVELET -> shrunk(image);
      case MEDIAN -> eachColour(image, ClassicalFilter::median);
      case EQUALIZE -> equalized(image);
    };
  }

  @Override
  public String bundleName() {
    return id;
  }

  /** What the filter does, in words. */
  @Override
  public String bundleVersion() {
    return form;
  }

  @Override
  public String device() {
    return "cpu";
  }

  @Override
  public void close() {
    // Nothing is held.
  }

  private static RgbImage shrunk(RgbImage image) {
    var denoise = FactoryImageDenoise.waveletBayes(GrayF32.class, WAVELET_LEVELS, 0, WHITE);
    return eachColour(
        image,
        colour -> {
          // Edges are repeated where an image is too small for the coarsest level.
          GrayF32 plane =
              new GrayF32(
                  Math.max(colour.width, SMALLEST_PLANE), Math.max(colour.height, SMALLEST_PLANE));
          for (int y = 0; y < plane.height; y++) {
            for (int x = 0; x < plane.width; x++) {
              plane.set(
                  x, y, colour.get(Math.min(x, colour.width - 1), Math.min(y, colour.height - 1)));
            }
          }
          GrayF32 clean = new GrayF32(plane.width, plane.height);
          denoise.process(plane, clean);
          GrayU8 result = new GrayU8(colour.width, colour.height);
          for (int y = 0; y < colour.height; y++) {
            for (int x = 0; x < colour.width; x++) {
              result.set(x, y, level(clean.get(x, y)));
            }
          }
          return result;
        });
  }

  private static GrayU8 median(GrayU8 colour) {
    return BlurImageOps.median(colour, new GrayU8(colour.width, colour.height), 1, 1, null);
  }

  /** Colours are multiplied by what their luma (BT.601, full range) is multiplied by. */
  private static RgbImage equalized(RgbImage image) {
    byte[] rgb = image.rgb();
    GrayU8 luma = new GrayU8(image.width(), image.height());
    for (int i = 0; i < luma.data.length; i++) {
      luma.data[i] =
          level(
              0.299f * (rgb[3 * i] & 0xFF)
                  + 0.587f * (rgb[3 * i + 1] & 0xFF)
                  + 0.114f * (rgb[3 * i + 2] & 0xFF));
    }
    int[] histogram = new int[LEVELS];
    int[] transform = new int[LEVELS];
    ImageStatistics.histogram(luma, 0, histogram);
    EnhanceImageOps.equalize(histogram, transform);
    byte[] result = new byte[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      int y = luma.data[i / 3] & 0xFF;
      float target = transform[y];
      result[i] = level(y == 0 ? target : (rgb[i] & 0xFF) * target / y);
    }
    return RgbImage.wrap(image.width(), image.height(), result);
  }

  private static RgbImage eachColour(RgbImage image, UnaryOperator<GrayU8> filter) {
    byte[] rgb = image.rgb();
    byte[] result = new byte[rgb.length];
    for (int c = 0; c < 3; c++) {
      GrayU8 colour = new GrayU8(image.width(), image.height());
      for (int i = 0; i < colour.data.length; i++) {
        colour.data[i] = rgb[3 * i + c];
      }
      byte[] filtered = filter.apply(colour).data;
      for (int i = 0; i < colour.data.length; i++) {
        result[3 * i + c] = filtered[i];
      }
    }
    return RgbImage.wrap(image.width(), image.height(), result);
  }

  private static byte level(float value) {
    return (byte) Math.round(Math.max(0, Math.min((float) WHITE, value)));
  }
}
