package org.perceiveir.cli.record;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * Capture times to times in a video: the first frame is at 0, each further one as much later as it
 * was captured later.
 *
 * <p>What would make a video useless is mended and counted: a time that does not grow (a clock that
 * was set back, a new epoch) counts as one usual interval, a long gap is shortened.
 */
final class FrameClock {
  private static final long FIRST_INTERVAL_MICROS = 40_000;

  private final OptionalDouble fps;
  private final long longestMicros;
  private long frames;
  private long captured;
  private long time;
  private long usual = FIRST_INTERVAL_MICROS;
  private long shortened;

  /**
   * A clock at 0.
   *
   * @param fps a constant frame rate in place of the capture times
   * @param longest the longest time that one frame stands
   */
  FrameClock(OptionalDouble fps, Duration longest) {
    this.fps = fps;
    this.longestMicros = longest.toNanos() / 1000;
  }

  /** The time of the next frame in the video, from its capture time; both in microseconds. */
  long next(long captureMicros) {
    if (frames++ == 0) {
      captured = captureMicros;
      return 0;
    }
    if (fps.isPresent()) {
      time = Math.round((frames - 1) * 1e6 / fps.getAsDouble());
      return time;
    }
    long interval = captureMicros - captured;
    captured = captureMicros;
    if (interval <= 0) {
      interval = usual;
    } else if (interval > longestMicros) {
      interval = longestMicros;
      shortened++;
    } else {
      usual = interval;
    }
    time += interval;
    return time;
  }

  /** The last frame's time in microseconds. */
  long time() {
    return time;
  }

  /** How many gaps were shortened. */
  long shortened() {
    return shortened;
  }
}
