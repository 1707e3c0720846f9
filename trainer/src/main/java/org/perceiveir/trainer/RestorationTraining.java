package org.perceiveir.trainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.trainer.data.TrainingData;
import org.perceiveir.trainer.listener.TrainingListener;
import org.perceiveir.trainer.loss.LossSources;
import org.perceiveir.trainer.run.RunEnd;
import org.perceiveir.trainer.run.StopRequest;
import org.perceiveir.trainer.run.TrainingDivergedException;
import org.perceiveir.trainer.run.TrainingLoop;
import org.perceiveir.trainer.run.TrainingSession;
import org.perceiveir.trainer.run.Validation;
import org.perceiveir.trainer.tensorboard.TensorBoardLog;
import org.perceiveir.trainer.validation.RestorationValidation;
import org.perceiveir.trainer.validation.ValidationConfig;
import org.tensorflow.Graph;
import org.tensorflow.Session;

/**
 * Trains the restoration network on pairs of images or on photographs that it degrades itself.
 *
 * <pre>
 *   clean images -&gt; BatchSource -&gt; BatchPrefetcher -&gt; TrainingGraph (one run a step) -&gt; listeners
 * </pre>
 *
 * <p>{@link TrainingLoop} says what is written where and when. Step s depends on the state after s
 * - 1, on the seed and on s, and on nothing else: a training that was stopped by a time limit or a
 * signal and resumed ends with the same bits as one that was not, on the same machine with the same
 * number of threads.
 *
 * <p><b>Native memory.</b> Graph and session live for one {@link #run}; the tensors of a step are
 * closed within the step.
 */
public final class RestorationTraining {
  private final RestorationTrainingConfig config;
  private final @Nullable TrainingData given;
  private final StopRequest stop = new StopRequest();

  /** A training that has not started, on the photographs that the configuration names. */
  public RestorationTraining(RestorationTrainingConfig config) {
    this.config = config;
    this.given = null;
  }

  /** A training that has not started, on that data; the configuration's folder is not read. */
  public RestorationTraining(RestorationTrainingConfig config, TrainingData data) {
    this.config = config;
    this.given = data;
  }

  /** The checkpoint's file in a training's folder. */
  public static Path checkpointFile(Path out) {
    return TrainingLoop.checkpointFile(out);
  }

  /** Asks a running training to write a checkpoint after the current step and end. */
  public void requestStop(String reason) {
    stop.request(reason);
  }

  /**
   * Runs until all steps are done, the time is up or a stop is requested. SIGTERM and Ctrl-C end it
   * with a checkpoint too. To be called once.
   *
   * @param listeners called on this thread
   * @return how it ended
   * @throws IOException if data, checkpoint or bundle cannot be read or written
   * @throws TrainingDivergedException if the loss or its gradient is no longer finite
   * @throws InterruptedException if this thread is interrupted; nothing is written then
   */
  public TrainingOutcome run(List<TrainingListener> listeners)
      throws IOException, InterruptedException {
    boolean resume = config.start() instanceof RestorationTrainingConfig.Start.Resume;
    if (!resume) {
      TrainingLoop.requireFresh(config.out());
    }
    FrozenEncoder encoder = encoder();
    LossSources sources = LossSources.read(config.losses());
    TrainingData data = given == null ? config.data().open() : given;
    try (Graph graph = new Graph()) {
      TrainingGraph net =
          new TrainingGraph(
              graph,
              config.preset(),
              encoder,
              sources,
              config.optimizer(),
              new TrainingGraph.Options(
                  config.gradientCheckpointing(), config.accumulation(), epochSteps(data)));
      try (Session session = new Session(graph, TrainingSession.config(config.limits().threads()));
          RestorationTrainee trainee =
              new RestorationTrainee(config, net, session, data, encoder, sources)) {
        net.load(session);
        TrainingLoop loop =
            new TrainingLoop(
                config.out(), config.schedule().maxSteps(), config.limits(), plan(), stop);
        List<TrainingListener> all = new ArrayList<>(listeners);
        if (config.tensorBoard()) {
          all.add(new TensorBoardLog(config.out().resolve("tensorboard")));
        }
        return outcome(loop.run(trainee, resume, all));
      }
    }
  }

  /** Steps in which as many crops are drawn as there are images. */
  private int epochSteps(TrainingData data) {
    int crops = config.data().batch() * config.accumulation();
    return Math.max(1, (data.size() + crops - 1) / crops);
  }

  private Optional<Validation.Plan> plan() throws IOException {
    if (config.validation().isEmpty()) {
      return Optional.empty();
    }
    ValidationConfig how = config.validation().get();
    int threads = config.limits().threads();
    SessionOptions options =
        threads == 0
            ? SessionOptions.defaults()
            : SessionOptions.defaults().withThreads(threads, Math.min(2, threads));
    return Optional.of(
        new Validation.Plan(
            RestorationValidation.open(how, options),
            how.everySteps(),
            how.every().map(Duration::toMillis).orElse(0L),
            how.keepSheets()));
  }

  private TrainingOutcome outcome(RunEnd end) throws IOException {
    Path directory = bundleDirectory();
    ModelBundle bundle = ModelBundle.read(directory);
    return end.paused().isEmpty()
        ? new TrainingOutcome.Finished(end.step(), bundle, directory)
        : new TrainingOutcome.Paused(end.step(), bundle, directory, end.paused().get());
  }

  private Path bundleDirectory() {
    return TrainingLoop.bundleDirectory(config.out());
  }

  /** The frozen encoder that guides, or null where the preset has no semantic guidance. */
  private @Nullable FrozenEncoder encoder() throws IOException {
    Preset.Sgm sgm = config.preset().sgm();
    if (sgm == null) {
      if (config.encoder().isPresent()) {
        throw new PresetException(
            "preset "
                + config.preset().name()
                + " has no semantic guidance, but got the encoder in "
                + config.encoder().get()
                + ": leave it out, or choose a preset with sgm");
      }
      return null;
    }
    if (config.encoder().isPresent()) {
      return SemanticGuidance.read(config.encoder().get());
    }
    Path bundle =
        config.start() instanceof RestorationTrainingConfig.Start.FromBundle from
            ? from.bundle()
            : bundleDirectory();
    boolean there =
        !(config.start() instanceof RestorationTrainingConfig.Start.Fresh)
            && Files.exists(bundle.resolve(ModelBundle.MODEL_FILE));
    FrozenEncoder kept = there ? ModelBundle.read(bundle).encoder() : null;
    if (kept != null) {
      return kept;
    }
    throw new PresetException(
        "preset "
            + config.preset().name()
            + " has semantic guidance by "
            + sgm.encoder()
            + ", whose weights are not there: give them with --encoder DIR (./perceive model import"
            + " makes it of a public file) or switch guidance off with --without sgm");
  }
}
