package org.perceiveir.trainer.data;

/**
 * What a batch of one folder of photographs is made of.
 *
 * @param tasks degradations and their shares of the steps
 * @param crops side of the crops over the training
 * @param batch crops in a batch at the first size, 1 to 256
 */
public record Sampling(TaskMix tasks, CropSchedule crops, int batch) {
  /** Checks the batch size. */
  public Sampling {
    if (batch < 1 || batch > 256) {
      throw new IllegalArgumentException("batch is " + batch + ", allowed are 1 to 256 crops");
    }
  }

  /** The default tasks and crops, eight crops of the first size. */
  public static Sampling defaults() {
    return new Sampling(TaskMix.DEFAULT, CropSchedule.DEFAULT, 8);
  }
}
