package org.perceiveir.capture;

import java.util.Optional;

/** A file that begins again at its end, without end; each round is a segment. */
public final class Looping implements FrameSource {
  private final Opening opening;
  private volatile FrameSource source;
  private volatile boolean cancelled;
  private int segment;

  private Looping(FrameSource source, Opening opening) {
    this.source = source;
    this.opening = opening;
  }

  /**
   * Begins the first round.
   *
   * @throws CaptureException if the file cannot be opened
   */
  public static Looping open(Opening opening) throws CaptureException {
    return new Looping(opening.open(), opening);
  }

  @Override
  public Optional<CapturedFrame> next() throws CaptureException {
    Optional<CapturedFrame> frame = source.next();
    if (frame.isEmpty() && !cancelled) {
      source.close();
      source = opening.open();
      segment++;
      // A round without a frame is the end: else this would turn for ever.
      frame = cancelled ? Optional.empty() : source.next();
    }
    return frame.map(f -> f.numbered(segment, f.index()));
  }

  @Override
  public void cancel() {
    cancelled = true;
    source.cancel();
  }

  @Override
  public void close() {
    source.close();
  }
}
