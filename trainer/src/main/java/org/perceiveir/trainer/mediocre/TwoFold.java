package org.perceiveir.trainer.mediocre;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.trainer.RestorationTraining;
import org.perceiveir.trainer.RestorationTrainingConfig;
import org.perceiveir.trainer.TrainingOutcome;
import org.perceiveir.trainer.data.TrainingDataConfig;
import org.perceiveir.trainer.data.TrainingDataConfig.Fold;
import org.perceiveir.trainer.listener.TrainingListener;

/**
 * The paper's way to images of medium quality: the set is cut in two halves, a plain network is
 * trained on each and restores the other, so that no image is restored by a network that saw it.
 */
public final class TwoFold {
  private static final int HALVES = 2;

  private final TrainingDataConfig data;
  private final Trainings trainings;

  /** Makes the settings of a half's training. */
  @FunctionalInterface
  public interface Trainings {
    /**
     * Settings with this folder and start.
     *
     * @param half 0 or 1
     * @param resume whether the half's folder holds a checkpoint to go on with
     */
    RestorationTrainingConfig of(int half, boolean resume);
  }

  /** Cross-validation over that data. */
  public TwoFold(TrainingDataConfig data, Trainings trainings) {
    this.data = data;
    this.trainings = trainings;
  }

  /** Folder of a half's training. */
  public static Path folder(Path out, int half) {
    return out.resolve("fold-" + half);
  }

  /**
   * Trains both halves, or goes on with what is there, and restores each with the other's network.
   *
   * @param to takes the images
   * @param seed of the strengths of clean images' degradations
   * @return empty once all is written, else why a training paused before its end
   * @throws IOException if data cannot be read or results not be written
   * @throws InterruptedException if this thread is interrupted
   */
  public Optional<String> run(MediocreImages to, long seed, List<TrainingListener> listeners)
      throws IOException, InterruptedException {
    for (int half = 0; half < HALVES; half++) {
      RestorationTrainingConfig fresh = trainings.of(half, false);
      boolean resume = Files.exists(RestorationTraining.checkpointFile(fresh.out()));
      RestorationTrainingConfig config = resume ? trainings.of(half, true) : fresh;
      TrainingDataConfig own = data.withFold(new Fold(half, HALVES, true));
      TrainingOutcome outcome = new RestorationTraining(config, own.open()).run(listeners);
      if (outcome instanceof TrainingOutcome.Paused paused) {
        return Optional.of(
            "half " + half + " paused at step " + paused.step() + " (" + paused.reason() + ")");
      }
      restoreOthers(outcome.bundle(), half, config, to, seed);
    }
    return Optional.empty();
  }

  private void restoreOthers(
      ModelBundle bundle, int half, RestorationTrainingConfig config, MediocreImages to, long seed)
      throws IOException {
    int threads = config.limits().threads();
    SessionOptions options =
        threads == 0
            ? SessionOptions.defaults()
            : SessionOptions.defaults().withThreads(threads, Math.min(2, threads));
    try (RestorationSession session = RestorationSession.open(bundle, options)) {
      to.add(
          data.withFold(new Fold(half, HALVES, false)).wholeImages(seed),
          (task, file, degraded) -> Optional.of(session.restore(degraded)));
    }
  }
}
