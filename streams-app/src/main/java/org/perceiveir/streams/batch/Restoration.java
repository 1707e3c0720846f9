package org.perceiveir.streams.batch;

import org.perceiveir.imaging.RgbImage;

/**
 * One frame after its pass of the network.
 *
 * @param image the restored pixels, of the size of the frame
 * @param batchSize number of frames in the pass, from 1
 * @param startNanos the {@link System#nanoTime()} at which the pass began
 * @param queueNanos time the frame waited for that
 * @param inferNanos time of the whole pass
 */
public record Restoration(
    RgbImage image, int batchSize, long startNanos, long queueNanos, long inferNanos)
    implements PassOutcome {}
