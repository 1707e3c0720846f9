package org.perceiveir.trainer.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.checkpoint.CheckpointFile;
import org.perceiveir.trainer.listener.TrainingStart;

/**
 * What a {@link TrainingLoop} trains: a network with its optimizer and its batches.
 *
 * <pre>
 *   begin | resume     once
 *   about              once, after that
 *   step               for step = first, first + 1, ... ; after some of them:
 *     writeBundle      the network to use as it is now
 *     tensors, state   for a checkpoint
 * </pre>
 *
 * <p>Everything is called on the loop's thread. For a resumed training to go on bit for bit, step s
 * must depend on {@link #tensors}, {@link #state}, the settings in {@link #identity} and s, and on
 * nothing else.
 */
public interface Trainee {
  /** Everything that must be the same when a training is resumed. */
  ObjectNode identity();

  /** What {@code run.json} tells of the run beside machine, times and outcome. */
  ObjectNode facts();

  /** Sets the first weights. */
  void begin() throws IOException;

  /** Goes on from a checkpoint, whose identity is that of this. */
  void resume(CheckpointFile checkpoint) throws IOException;

  /**
   * What listeners are told at the start.
   *
   * @param step steps already done
   * @param maxSteps steps of the whole training
   */
  TrainingStart about(int step, int maxSteps);

  /**
   * Runs one step.
   *
   * @param step from 0
   * @throws InterruptedException if the thread is interrupted while it waits for the batch
   */
  StepResult step(int step) throws IOException, InterruptedException;

  /** The tensors of a checkpoint, each group fetched when it is asked for. */
  List<Checkpoint.Group> tensors();

  /** What a checkpoint holds beside tensors, a JSON object without {@code null}; may be empty. */
  ObjectNode state();

  /**
   * Writes the network to use, replacing an older one.
   *
   * @param directory where to
   * @param progress for the training record
   * @throws org.perceiveir.model.safetensors.SafeTensorsException if a weight is not finite
   */
  void writeBundle(Path directory, Progress progress) throws IOException;

  /**
   * How far a training is.
   *
   * @param step steps done
   * @param millis training time so far, over all runs
   * @param validation what the newest validation found of exactly these weights, for the training
   *     record; empty where there was none
   */
  record Progress(int step, long millis, ObjectNode validation) {}
}
