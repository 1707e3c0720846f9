package org.perceiveir.cli.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/** The network alone, pixels in and pixels out, one pass after the other on the calling thread. */
final class BareNetwork {
  private BareNetwork() {}

  /**
   * Speed of single frames.
   *
   * @param perSecond frames a second over all of them
   * @param medianMillis median time of one frame, in milliseconds
   */
  record Singles(double perSecond, double medianMillis) {}

  /**
   * Frames a second in batches of one size, after a batch that does not count.
   *
   * @param count frames; what is left over by the last full batch is left out
   */
  static double batches(Restorer restorer, FrameSet frames, int count, int batchSize) {
    int passes = Math.max(1, count / batchSize);
    long start = 0;
    for (int pass = -1; pass < passes; pass++) {
      if (pass == 0) {
        start = System.nanoTime();
      }
      int from = Math.max(0, pass) * batchSize;
      List<RgbImage> batch =
          IntStream.range(from, from + batchSize).mapToObj(frames::pixels).toList();
      restorer.restore(batch);
    }
    return passes * batchSize * 1e9 / (System.nanoTime() - start);
  }

  /** One frame at a time, after one that does not count. */
  static Singles singles(Restorer restorer, FrameSet frames, int count) {
    restorer.restore(List.of(frames.pixels(0)));
    double[] millis = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      long start = System.nanoTime();
      restorer.restore(List.of(frames.pixels(i)));
      millis[i] = (System.nanoTime() - start) / 1e6;
      sum += millis[i];
    }
    Arrays.sort(millis);
    return new Singles(count * 1e3 / sum, millis[count / 2]);
  }
}
