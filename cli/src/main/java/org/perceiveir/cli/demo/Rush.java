package org.perceiveir.cli.demo;

import java.util.Map;
import org.perceiveir.streams.header.FrameHeaders;

/**
 * A rush hour: in the middle third of the frames they come {@value #TIMES} times as fast as at the
 * speed that the service was measured at, whatever it takes; before and after at its pace. The
 * first camera is more important than the others.
 */
final class Rush implements Traffic {
  private static final int TIMES = 3;

  /** The truth of each frame on its way is on the heap, about a megabyte each. */
  private static final int MOST_ON_THEIR_WAY = 150;

  private final Traffic usual;
  private final double rushMillis;
  private final int begin;
  private final int end;

  /**
   * A rush hour.
   *
   * @param usual before and after
   * @param frameMillis time that the service takes for a frame
   * @param frames frames over all sources
   */
  Rush(Traffic usual, double frameMillis, int frames) {
    this.usual = usual;
    this.rushMillis = frameMillis / TIMES;
    this.begin = frames / 3;
    this.end = 2 * frames / 3;
  }

  @Override
  public double next(int frame, int onTheirWay) {
    return isRush(frame) ? rushMillis : usual.next(frame, onTheirWay);
  }

  @Override
  public boolean mustWait(int frame, int onTheirWay) {
    return isRush(frame) ? onTheirWay >= MOST_ON_THEIR_WAY : usual.mustWait(frame, onTheirWay);
  }

  @Override
  public Map<String, String> headers(int source) {
    return source == 0 ? Map.of(FrameHeaders.PRIORITY, "10") : Map.of();
  }

  private boolean isRush(int frame) {
    return frame >= begin && frame < end;
  }
}
