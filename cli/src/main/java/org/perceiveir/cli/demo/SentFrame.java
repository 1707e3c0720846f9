package org.perceiveir.cli.demo;

import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.DegradationType;

/**
 * A frame on its way through Kafka.
 *
 * @param type what damaged it
 * @param truth the undamaged frame
 * @param degraded the damaged frame as it was sent, encoded
 * @param psnrDegraded PSNR of the damaged frame, in dB
 * @param sentNanos when it was handed to the producer, by {@link System#nanoTime}
 */
@SuppressWarnings("ArrayRecordComponent") // encoded pixels, never compared
record SentFrame(
    DegradationType type, RgbImage truth, byte[] degraded, double psnrDegraded, long sentNanos) {

  /** Which frame of which source. */
  record Key(int source, long sequence) {}
}
