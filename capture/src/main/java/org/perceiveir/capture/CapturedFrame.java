package org.perceiveir.capture;

import org.perceiveir.imaging.RgbImage;

/**
 * One frame of a source.
 *
 * @param image the pixels, upright
 * @param segment number of the stretch without interruption that the frame belongs to, from 0: each
 *     new connection to a camera, and each further round through a file, begins one
 * @param index number of the frame within its segment, from 0; gaps are frames that were dropped
 * @param positionMicros place in the stream in microseconds from the segment's first frame,
 *     strictly growing
 * @param arrivalMicros when the frame was decoded, in microseconds since 1970-01-01T00:00:00Z by
 *     the clock of this machine
 */
public record CapturedFrame(
    RgbImage image, int segment, long index, long positionMicros, long arrivalMicros) {

  /** The same frame with another place in the order of frames. */
  CapturedFrame numbered(int newSegment, long newIndex) {
    return new CapturedFrame(image, newSegment, newIndex, positionMicros, arrivalMicros);
  }
}
