package org.perceiveir.cli.record;

import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.RestoredFrame;

/**
 * A restored frame with its encoded pixels at hand.
 *
 * @param frame the record
 * @param encoded its pixels, wherever they were stored
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared: only a carrier.
record RecordedFrame(RestoredFrame frame, byte[] encoded) {
  private static final ImageDecoder DECODER = new ImageDecoder(DecodeLimits.defaults());

  FrameIdentity identity() {
    return frame.getIdentity();
  }

  /** The pixels. */
  RgbImage image() throws ImageFormatException {
    return frame.getEncoding() == FrameEncoding.RGB8
        ? DECODER.decodeRgb8(encoded, frame.getWidth(), frame.getHeight())
        : DECODER.decode(encoded);
  }

  /** What to call a file with it. */
  String extension() {
    return frame.getEncoding() == FrameEncoding.JPEG ? "jpg" : "png";
  }

  /** The content of such a file: as it is, bare pixels as PNG. */
  byte[] file() throws ImageFormatException {
    return frame.getEncoding() == FrameEncoding.RGB8
        ? ImageEncoder.encode(image(), ImageFormat.PNG)
        : encoded;
  }
}
