package org.perceiveir.trainer.prompt;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.EncoderException;
import org.perceiveir.model.weights.PublicWeights;
import org.perceiveir.trainer.listener.TrainingListener;
import org.perceiveir.trainer.run.RunEnd;
import org.perceiveir.trainer.run.StopRequest;
import org.perceiveir.trainer.run.Trainee;
import org.perceiveir.trainer.run.TrainingLoop;
import org.perceiveir.trainer.run.TrainingSession;
import org.perceiveir.trainer.tensorboard.TensorBoardLog;
import org.tensorflow.Graph;
import org.tensorflow.Session;

/**
 * Stage 1: learns the prompts of the tiers (eq. 1) and makes a quality perceiver.
 *
 * <p>{@link TrainingLoop} says what is written where and when, and how a run is stopped and
 * resumed. Step s depends on the state after s - 1, on the seed and on s, and on nothing else.
 *
 * <p><b>Native memory.</b> Graph and session live for one {@link #run}; the tensors of a step are
 * closed within the step.
 */
public final class PromptTraining {
  private final PromptTrainingConfig config;
  private final StopRequest stop = new StopRequest();

  /**
   * How a run ended; in both cases the bundle is written.
   *
   * @param step steps done over all runs
   * @param paused why it stopped before all steps were done; empty if they are done
   * @param bundle the perceiver as it is now
   * @param directory where it is
   */
  public record Outcome(
      int step, Optional<String> paused, PerceiverBundle bundle, Path directory) {}

  /** What both encoders are made of. */
  private record Encoders(
      ClipConfig clip,
      PromptTokens tokens,
      Map<String, FloatTensor> weights,
      ObjectNode identity) {}

  /** A training that has not started. */
  public PromptTraining(PromptTrainingConfig config) {
    this.config = config;
  }

  /** Asks a running training to write a checkpoint after the current step and end. */
  public void requestStop(String reason) {
    stop.request(reason);
  }

  /**
   * Runs until all steps are done, the time is up or a stop is requested. To be called once.
   *
   * @param listeners called on this thread
   * @throws IOException if images, CLIP's weights, checkpoint or bundle cannot be read or written
   * @throws org.perceiveir.trainer.run.TrainingDivergedException if the loss is no longer finite
   * @throws InterruptedException if this thread is interrupted; nothing is written then
   */
  public Outcome run(List<TrainingListener> listeners) throws IOException, InterruptedException {
    if (!config.resume()) {
      TrainingLoop.requireFresh(config.out());
    }
    PerceiverBundle.checkReplaceable(TrainingLoop.bundleDirectory(config.out()));
    Encoders encoders = encoders();
    PromptExamples examples = PromptExamples.load(config.clean(), config.mediocre());
    PromptSampler sampler =
        new PromptSampler(
            examples,
            Example.forTiers(config.prompts().words().size()),
            config.views(),
            config.windows(),
            encoders.clip.imageSize(),
            config.batch(),
            config.seed());
    try (Graph graph = new Graph()) {
      PromptGraph net =
          new PromptGraph(graph, config, encoders.clip, encoders.tokens, encoders.weights);
      try (Session session = new Session(graph, TrainingSession.config(config.limits().threads()));
          PromptTrainee trainee =
              new PromptTrainee(config, net, session, examples, sampler, encoders.identity)) {
        if (!net.learns()) {
          net.start(session);
          return withoutSteps(trainee);
        }
        TrainingLoop loop =
            new TrainingLoop(
                config.out(),
                config.schedule().maxSteps(),
                config.limits(),
                Optional.empty(),
                stop);
        List<TrainingListener> all = new ArrayList<>(listeners);
        if (config.tensorBoard()) {
          all.add(new TensorBoardLog(config.out().resolve("tensorboard")));
        }
        return outcome(loop.run(trainee, config.resume(), all));
      }
    }
  }

  /** Fixed prompts on public CLIP: there is nothing to learn, but a perceiver to write. */
  private Outcome withoutSteps(PromptTrainee trainee) throws IOException {
    Path directory = TrainingLoop.bundleDirectory(config.out());
    trainee.writeBundle(
        directory, new Trainee.Progress(0, 0, JsonNodeFactory.instance.objectNode()));
    return new Outcome(0, Optional.empty(), PerceiverBundle.read(directory), directory);
  }

  private Outcome outcome(RunEnd end) throws IOException {
    Path directory = TrainingLoop.bundleDirectory(config.out());
    return new Outcome(end.step(), end.paused(), PerceiverBundle.read(directory), directory);
  }

  private Encoders encoders() throws IOException {
    ObjectNode identity = JsonNodeFactory.instance.objectNode();
    if (config.encoder() instanceof PromptTrainingConfig.EncoderSource.PublicClip publicClip) {
      EncoderDirectory read = EncoderDirectory.read(publicClip.directory());
      if (read.kind() != PublicWeights.Kind.CLIP) {
        throw new EncoderException(
            publicClip.directory()
                + " holds a "
                + read.kind().id()
                + " encoder: prompts are learned with clip");
      }
      ClipConfig clip = ClipConfig.fromJson(read.config());
      identity.put("file", read.source().file()).put("sha256", read.sha256());
      return new Encoders(
          clip,
          PromptTokens.ofClip(config.prompts(), clip.contextLength(), clip.vocabularySize()),
          read.weights(),
          identity);
    }
    if (config.encoder() instanceof PromptTrainingConfig.EncoderSource.FromScratch scratch) {
      PromptTokens tokens = PromptTokens.own(config.prompts());
      ClipConfig clip = scratch.clip(tokens.contextLength(), tokens.vocabulary());
      return new Encoders(clip, tokens, Map.of(), clip.toJson());
    }
    throw new IllegalStateException("unknown encoder source " + config.encoder());
  }
}
