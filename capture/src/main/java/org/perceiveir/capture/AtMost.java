package org.perceiveir.capture;

import java.util.Optional;

/**
 * Leaves out frames, so that no more than a number of them a second remain; what remains is
 * numbered without gaps of its own making.
 */
public final class AtMost implements FrameSource {
  private final FrameSource source;
  private final double framesPerSecond;
  private int segment = -1;
  private long leftOut;
  private long slot;

  /**
   * Thins a source out, which is closed with this.
   *
   * @param framesPerSecond above 0
   */
  public AtMost(FrameSource source, double framesPerSecond) {
    if (!(framesPerSecond > 0)) {
      throw new IllegalArgumentException(
          "frames a second are " + framesPerSecond + ": they must be above 0");
    }
    this.source = source;
    this.framesPerSecond = framesPerSecond;
  }

  @Override
  public Optional<CapturedFrame> next() throws CaptureException {
    while (true) {
      Optional<CapturedFrame> next = source.next();
      if (next.isEmpty()) {
        return next;
      }
      CapturedFrame frame = next.get();
      // A tenth of an interval of slack: times of cameras tremble.
      long current = (long) (frame.positionMicros() * framesPerSecond / 1e6 + 0.1);
      if (frame.segment() != segment) {
        segment = frame.segment();
        leftOut = 0;
      } else if (current == slot) {
        leftOut++;
        continue;
      }
      slot = current;
      return Optional.of(frame.numbered(segment, frame.index() - leftOut));
    }
  }

  @Override
  public void cancel() {
    source.cancel();
  }

  @Override
  public void close() {
    source.close();
  }
}
