package org.perceiveir.trainer.data;

import java.util.Collections;
import java.util.List;

/**
 * The crops of one step.
 *
 * @param step the step from 0 that they belong to
 * @param tasks the degradation of each crop, by its name in reports, for instance {@code noise}
 * @param size side of each crop in pixels
 * @param degraded {@code (count, size, size, 3)}, row-major, 0..1 in steps of 1/255
 * @param clean the same crops before the degradation
 * @param second another crop of each degraded image, elsewhere in it: the positive of L_cl (eq.
 *     12); empty where nobody asked for it
 * @param negatives the same crops as other restorers left them, one array for each restorer (eq.
 *     11); empty where there is none
 */
@SuppressWarnings("ArrayRecordComponent") // Handed to the native library as it is, never compared.
public record TrainingBatch(
    int step,
    List<String> tasks,
    int size,
    float[] degraded,
    float[] clean,
    float[] second,
    List<float[]> negatives) {

  /** What {@link #task} says of a batch with several degradations. */
  public static final String MIXED = "mixed";

  /** Copies the lists. */
  public TrainingBatch {
    tasks = List.copyOf(tasks);
    negatives = List.copyOf(negatives);
  }

  /** A batch of one degradation, for L_rec alone. */
  public static TrainingBatch of(
      int step, String task, int count, int size, float[] degraded, float[] clean) {
    return new TrainingBatch(
        step, Collections.nCopies(count, task), size, degraded, clean, new float[0], List.of());
  }

  /** Number of crops. */
  public int count() {
    return tasks.size();
  }

  /** The degradation of all crops, or {@link #MIXED}. */
  public String task() {
    String first = tasks.get(0);
    return tasks.stream().allMatch(first::equals) ? first : MIXED;
  }
}
