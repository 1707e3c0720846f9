package org.perceiveir.trainer.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;

/** Tiny image files whose pixels tell which file they are from and from where in it. */
public final class ImageFixtures {
  private ImageFixtures() {}

  /** Red is {@code id}, green is 100 + the column, blue 100 + the row. */
  public static RgbImage image(int id, int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        rgb[3 * (y * width + x)] = (byte) id;
        rgb[3 * (y * width + x) + 1] = (byte) (100 + x);
        rgb[3 * (y * width + x) + 2] = (byte) (100 + y);
      }
    }
    return RgbImage.wrap(width, height, rgb);
  }

  /** Writes such an image, PNG or JPEG by its extension, with the folders that it needs. */
  public static void write(Path file, int id, int width, int height) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      RgbImage image = image(id, width, height);
      boolean jpeg = file.toString().toLowerCase(java.util.Locale.ROOT).endsWith(".jpg");
      Files.write(
          file,
          jpeg ? ImageEncoder.encodeJpeg(image, 95) : ImageEncoder.encode(image, ImageFormat.PNG));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes images of 24x20 pixels under several names. */
  public static void write(Path root, String... names) {
    int id = 1;
    for (String name : names) {
      write(root.resolve(name), id++, 24, 20);
    }
  }
}
