package org.perceiveir.streams.live;

import org.jspecify.annotations.Nullable;

/**
 * One frame before and after, encoded for a browser.
 *
 * @param id counts up over all sources
 * @param sequence number of the frame within its source
 * @param width of the frame itself in pixels
 * @param height of the frame itself in pixels
 * @param degraded JPEG
 * @param restored JPEG; null for a frame that was passed through
 */
@SuppressWarnings("ArrayRecordComponent") // encoded pixels, never compared
record PicturePair(
    long id, long sequence, int width, int height, byte[] degraded, byte @Nullable [] restored) {}
