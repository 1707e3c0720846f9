package org.perceiveir.model.resize;

import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.resize.PillowResize;
import org.perceiveir.model.safetensors.FloatTensor;

/**
 * How CLIP prepares an image file ({@code _transform} of OpenAI's code): Pillow's bicubic resize of
 * the shorter side, a square cut out of the centre, CLIP's own mean and standard deviation.
 */
public final class ClipPreprocessing {
  private static final float[] MEAN = {0.48145467f, 0.4578275f, 0.40821072f};
  private static final float[] DEVIATION = {0.26862955f, 0.2613026f, 0.2757771f};

  private ClipPreprocessing() {}

  /** CLIP's means of R, G and B in 0..1, a copy. */
  public static float[] mean() {
    return MEAN.clone();
  }

  /** CLIP's standard deviations of R, G and B in 0..1, a copy. */
  public static float[] deviation() {
    return DEVIATION.clone();
  }

  /**
   * Prepares one image.
   *
   * @param size side of the encoder's input in pixels, at least 1
   * @return {@code (1, size, size, 3)}, normalised, about -1.8..2.2
   * @throws IllegalArgumentException if the size is below 1
   */
  public static FloatTensor prepare(RgbImage image, int size) {
    if (size < 1) {
      throw new IllegalArgumentException("input size " + size + ": it must be at least 1");
    }
    int shorter = Math.min(image.width(), image.height());
    int width = (int) ((long) size * image.width() / shorter);
    int height = (int) ((long) size * image.height() / shorter);
    RgbImage resized = PillowResize.apply(image, width, height, PillowResize.Kernel.BICUBIC);
    // Python rounds halves to the even number.
    int left = (int) Math.rint((width - size) / 2.0);
    int top = (int) Math.rint((height - size) / 2.0);
    float[] values = new float[size * size * 3];
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        for (int c = 0; c < 3; c++) {
          int pixel = resized.rgb()[((top + y) * width + left + x) * 3 + c] & 0xff;
          values[(y * size + x) * 3 + c] = (pixel / 255f - MEAN[c]) / DEVIATION[c];
        }
      }
    }
    return new FloatTensor(new long[] {1, size, size, 3}, values);
  }
}
