package org.perceiveir.trainer;

import java.nio.file.Path;
import org.perceiveir.model.bundle.ModelBundle;

/** How a run of a training ended; in both cases checkpoint and bundle are written. */
public sealed interface TrainingOutcome {
  /** Steps done over all runs. */
  int step();

  /** The bundle of the averaged weights as they are now. */
  ModelBundle bundle();

  /** Where the bundle is. */
  Path bundleDirectory();

  /** All steps are done. */
  record Finished(int step, ModelBundle bundle, Path bundleDirectory) implements TrainingOutcome {}

  /**
   * The run stopped before all steps were done; resuming goes on exactly.
   *
   * @param reason why, in words
   */
  record Paused(int step, ModelBundle bundle, Path bundleDirectory, String reason)
      implements TrainingOutcome {}
}
