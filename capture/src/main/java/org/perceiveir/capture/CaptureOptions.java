package org.perceiveir.capture;

import java.time.Duration;
import org.perceiveir.imaging.codec.DecodeLimits;

/**
 * How a video is read.
 *
 * @param patience longest wait for a camera's answer and for its next frame
 * @param transport how the pictures of an RTSP camera travel
 * @param limits largest frames; what is larger is refused before it is decoded
 */
public record CaptureOptions(Duration patience, RtspTransport transport, DecodeLimits limits) {

  /** Checks the range. */
  public CaptureOptions {
    if (patience.isZero() || patience.isNegative()) {
      throw new IllegalArgumentException("patience is " + patience + ": it must be positive");
    }
  }

  /** Ten seconds, TCP, the limits of still images. */
  public static CaptureOptions defaults() {
    return new CaptureOptions(Duration.ofSeconds(10), RtspTransport.TCP, DecodeLimits.defaults());
  }

  /** The same with another transport. */
  public CaptureOptions withTransport(RtspTransport other) {
    return new CaptureOptions(patience, other, limits);
  }

  /** The same with another patience. */
  public CaptureOptions withPatience(Duration other) {
    return new CaptureOptions(other, transport, limits);
  }

  /** The same with other limits. */
  public CaptureOptions withLimits(DecodeLimits other) {
    return new CaptureOptions(patience, transport, other);
  }

  /** Refuses frames that are too large. */
  void check(VideoAddress address, int width, int height) throws CaptureException {
    if (width > limits.maxWidth()
        || height > limits.maxHeight()
        || (long) width * height > limits.maxPixels()) {
      throw new CaptureException(
          address
              + " has frames of "
              + width
              + "x"
              + height
              + ", the limit is "
              + limits.maxWidth()
              + "x"
              + limits.maxHeight()
              + " and "
              + limits.maxPixels()
              + " pixels",
          "scale the video down, or choose a smaller stream of the camera");
    }
  }
}
