package org.perceiveir.trainer.prompt;

/**
 * The images of one step.
 *
 * @param step the step from 0 that they belong to
 * @param count number of images
 * @param views views of each image
 * @param pixels {@code (count * views, size, size, 3)} in 0..1, the views of an image one after the
 *     other
 * @param labels {@code (count, tiers)}, 1 at the tier of each image, else 0
 */
@SuppressWarnings("ArrayRecordComponent") // Handed to the native library as it is, never compared.
record PromptBatch(int step, int count, int views, float[] pixels, float[] labels) {}
