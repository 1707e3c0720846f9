package org.perceiveir.trainer.data;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What a training is fed with: images of one or more sets, and how batches are made of them. */
public interface TrainingData {
  /**
   * The batches of a whole training.
   *
   * @param maxSteps steps of the whole training, which the crop schedule is bound to
   * @param seed of every random choice
   */
  BatchSource batches(int maxSteps, long seed);

  /** Number of images that can be drawn. */
  int size();

  /** What the sets are called, for records and logs. */
  String name();

  /** Files that are not used, with the reason, as far as it is known by now. */
  List<CleanImages.Skipped> skipped();

  /** Threads that make batches; what is in a batch does not depend on it. */
  default int loaderThreads() {
    return BatchPrefetcher.defaultThreads();
  }

  /**
   * Everything that decides what the batches are: settings and a fingerprint of the images. A
   * training resumes only where this is the same.
   */
  ObjectNode identity();
}
