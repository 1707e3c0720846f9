package org.perceiveir.trainer.data;

import org.perceiveir.imaging.degrade.DegradationType;

/**
 * The crops of one step.
 *
 * @param step the step from 0 that they belong to
 * @param task the degradation of all of them
 * @param count number of crops
 * @param size side of each crop in pixels
 * @param degraded {@code (count, size, size, 3)}, row-major, 0..1 in steps of 1/255
 * @param clean the same crops before the degradation
 */
@SuppressWarnings("ArrayRecordComponent") // Handed to the native library as it is, never compared.
public record TrainingBatch(
    int step, DegradationType task, int count, int size, float[] degraded, float[] clean) {}
