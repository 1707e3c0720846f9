package org.perceiveir.trainer.mediocre;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.imaging.degrade.JpegCompression;
import org.perceiveir.imaging.resize.PillowResize;
import org.perceiveir.trainer.data.CleanImages;

/**
 * Clean images as other cameras would have taken them.
 *
 * <p>The images of one set share a sharpness, a grain and a compression. A perceiver that learns
 * from one set alone takes these for signs of quality: trained on BSD400, which was JPEG once and
 * so has half the colour detail, it calls every photograph of Kodak24 restored. So each image is
 * made anew several times:
 *
 * <pre>
 *   scale      0.38 to 0.75, evenly on a logarithmic scale (bicubic, antialias): the traces of an
 *              earlier compression go, and colour is as detailed as brightness
 *   softness   every second one: shrunk to 0.6 to 1 of that and enlarged again, as a lens does
 *   grain      three of four: Gaussian noise of sigma 0 to 2.5 in 8-bit units, too weak to see
 *   JPEG       one of three: quality 80 to 97
 * </pre>
 *
 * <p>All follow from the seed and the image's place in the order of the names.
 */
public final class CleanVariants {
  private static final double SMALLEST_SCALE = 0.38;
  private static final double LARGEST_SCALE = 0.75;
  private static final double SMALLEST_SOFTNESS = 0.6;

  /** A window of the perceiver should fit in. */
  private static final int SMALLEST_SIDE = 64;

  private static final double MAX_GRAIN = 2.5;
  private static final int LOWEST_QUALITY = 80;
  private static final int HIGHEST_QUALITY = 97;

  private CleanVariants() {}

  /**
   * Writes {@code NAME-0.png}, {@code NAME-1.png} and so on for each image of a folder.
   *
   * @param clean the folder
   * @param out where to; made if absent
   * @param count variants of each image, at least 1
   * @param seed of every random choice
   * @param progress told the number of images done
   * @return the number of images that were written
   * @throws IOException if an image cannot be written, or there are none
   */
  public static int write(Path clean, Path out, int count, long seed, IntConsumer progress)
      throws IOException {
    if (count < 1) {
      throw new IllegalArgumentException(count + " variants: there must be at least 1");
    }
    CleanImages images = CleanImages.load(clean, 1);
    Files.createDirectories(out);
    for (int i = 0; i < images.size(); i++) {
      String stem = Stems.of(images.name(i));
      for (int v = 0; v < count; v++) {
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + 1009L * i + v);
        RgbImage made = variant(images.image(i), random);
        Files.write(
            out.resolve(stem + "-" + v + ".png"), ImageEncoder.encode(made, ImageFormat.PNG));
      }
      progress.accept(i + 1);
    }
    return images.size() * count;
  }

  /** One variant of an image. */
  static RgbImage variant(RgbImage image, SplittableRandom random) {
    double scale = Math.exp(random.nextDouble(Math.log(SMALLEST_SCALE), Math.log(LARGEST_SCALE)));
    RgbImage made = resized(image, scale);
    if (random.nextBoolean()) {
      RgbImage small = resized(made, random.nextDouble(SMALLEST_SOFTNESS, 1));
      made = PillowResize.apply(small, made.width(), made.height(), PillowResize.Kernel.BICUBIC);
    }
    if (random.nextInt(4) != 0) {
      made = new GaussianNoise(random.nextDouble(0, MAX_GRAIN)).apply(made, random.nextLong());
    }
    if (random.nextInt(3) == 0) {
      made =
          new JpegCompression(random.nextInt(LOWEST_QUALITY, HIGHEST_QUALITY + 1))
              .apply(made, random.nextLong());
    }
    return made;
  }

  private static RgbImage resized(RgbImage image, double scale) {
    return PillowResize.apply(
        image,
        side(image.width(), scale),
        side(image.height(), scale),
        PillowResize.Kernel.BICUBIC);
  }

  private static int side(int side, double scale) {
    return Math.max(Math.min(side, SMALLEST_SIDE), (int) Math.round(side * scale));
  }
}
