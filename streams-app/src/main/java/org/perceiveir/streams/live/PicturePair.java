package org.perceiveir.streams.live;

import org.jspecify.annotations.Nullable;

/**
 * One frame before and after, encoded for a browser.
 *
 * @param id counts up over all sources
 * @param sequence number of the frame within its source
 * @param takenMs when its attempt ended, in milliseconds since 1970
 * @param width of the frame itself in pixels
 * @param height of the frame itself in pixels
 * @param degraded JPEG
 * @param restored JPEG; null for a frame that was passed through
 */
@SuppressWarnings("ArrayRecordComponent") // encoded pixels, never compared
record PicturePair(
    long id,
    long sequence,
    long takenMs,
    int width,
    int height,
    byte[] degraded,
    byte @Nullable [] restored) {

  /** What it takes. */
  long bytes() {
    return (long) degraded.length + (restored == null ? 0 : restored.length);
  }
}
