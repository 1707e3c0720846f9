package org.perceiveir.capture;

import java.util.Optional;
import org.perceiveir.imaging.RgbImage;

/** Pictures and sources that tests make themselves. */
final class Pictures {
  private Pictures() {}

  /** Colours that change smoothly over the image, and a square that moves with the number. */
  static RgbImage moving(int width, int height, int number) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = 3 * (y * width + x);
        boolean square = (x + 4 * number) % width < width / 4 && y < height / 2;
        rgb[at] = (byte) (square ? 220 : 200 * x / width);
        rgb[at + 1] = (byte) (square ? 60 : 200 * y / height);
        rgb[at + 2] = (byte) (square ? 40 : 120);
      }
    }
    return RgbImage.wrap(width, height, rgb);
  }

  /** Sends frames 50 ms apart, then ends or breaks off. */
  static final class Numbered implements FrameSource {
    private final int count;
    private final boolean breaksOff;
    private int index;
    boolean closed;
    volatile boolean cancelled;

    Numbered(int count, boolean breaksOff) {
      this.count = count;
      this.breaksOff = breaksOff;
    }

    @Override
    public Optional<CapturedFrame> next() throws CaptureException {
      if (cancelled || (index == count && !breaksOff)) {
        return Optional.empty();
      }
      if (index == count) {
        throw new CaptureException("camera broke off", "mend it");
      }
      RgbImage image = RgbImage.wrap(1, 1, new byte[3]);
      return Optional.of(new CapturedFrame(image, 0, index, 50_000L * index++, 1));
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
