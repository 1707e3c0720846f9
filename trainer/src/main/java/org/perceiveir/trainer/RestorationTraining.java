package org.perceiveir.trainer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.perceiveir.model.storage.HashedFile;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.checkpoint.CheckpointException;
import org.perceiveir.trainer.checkpoint.CheckpointFile;
import org.perceiveir.trainer.data.BatchPrefetcher;
import org.perceiveir.trainer.data.BatchSource;
import org.perceiveir.trainer.data.Photographs;
import org.perceiveir.trainer.data.TrainingBatch;
import org.perceiveir.trainer.data.TrainingData;
import org.perceiveir.trainer.listener.CsvLog;
import org.perceiveir.trainer.listener.StepReport;
import org.perceiveir.trainer.listener.TrainingListener;
import org.tensorflow.Graph;
import org.tensorflow.Session;

/**
 * Trains the restoration network on photographs that it degrades itself.
 *
 * <pre>
 *   clean images -&gt; BatchSampler -&gt; BatchPrefetcher -&gt; TrainingGraph (one run a step) -&gt; listeners
 *
 *   OUT/log.csv                             one line a step
 *   OUT/checkpoint/checkpoint.safetensors   weights, moments, average, step, configuration
 *   OUT/bundle/                             the averaged weights, rewritten with each checkpoint
 * </pre>
 *
 * <p><b>Exactness.</b> Step s depends on the state after s - 1, on the seed and on s, and on
 * nothing else. A training that was stopped by a time limit or a signal and resumed ends with the
 * same bits as one that was not, on the same machine with the same number of threads.
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
    return out.resolve("checkpoint").resolve("checkpoint.safetensors");
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
    Path checkpointFile = checkpointFile(config.out());
    boolean resume = config.start() instanceof RestorationTrainingConfig.Start.Resume;
    if (!resume && Files.exists(checkpointFile)) {
      try (CheckpointFile there = CheckpointFile.open(checkpointFile)) {
        throw new CheckpointException(
            config.out()
                + " already holds a checkpoint at step "
                + there.step()
                + ": add --resume to go on with it or choose another folder");
      }
    }
    FrozenEncoder encoder = encoder();
    TrainingData data = given == null ? Photographs.load(config.data(), config.sampling()) : given;
    ObjectNode identity = config.identity();
    identity.setAll(data.identity());
    if (encoder != null) {
      identity.put("encoder", encoder.kind() + " " + HashedFile.sha256Of(encoder.weights()));
      identity.set("encoderConfig", encoder.config());
    }
    Files.createDirectories(config.out().resolve("checkpoint"));

    List<TrainingListener> all = new ArrayList<>(listeners);
    all.add(new CsvLog(config.out().resolve("log.csv")));
    stop.watchProcess();
    try (stop;
        Graph graph = new Graph()) {
      TrainingGraph net =
          new TrainingGraph(
              graph, config.preset(), encoder, config.optimizer(), config.gradientCheckpointing());
      try (Session session =
          new Session(graph, TrainingGraph.sessionConfig(config.limits().threads()))) {
        net.load(session);
        Run run = new Run(net, session, data, encoder, identity, all);
        run.prepare(resume, checkpointFile);
        return run.loop();
      }
    }
  }

  private Path bundleDirectory() {
    return config.out().resolve("bundle");
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

  /** One run: what the loop needs at hand. */
  private final class Run {
    private final TrainingGraph net;
    private final Session session;
    private final TrainingData data;
    private final @Nullable FrozenEncoder encoder;
    private final ObjectNode identity;
    private final List<TrainingListener> listeners;
    private final int maxSteps = config.schedule().maxSteps();
    private final long started = System.nanoTime();
    private long millisBefore;
    private int step;

    Run(
        TrainingGraph net,
        Session session,
        TrainingData data,
        @Nullable FrozenEncoder encoder,
        ObjectNode identity,
        List<TrainingListener> listeners) {
      this.net = net;
      this.session = session;
      this.data = data;
      this.encoder = encoder;
      this.identity = identity;
      this.listeners = listeners;
    }

    void prepare(boolean resume, Path checkpointFile) throws IOException {
      if (resume) {
        try (CheckpointFile from = CheckpointFile.open(checkpointFile)) {
          from.requireIdentity(identity);
          // One after the other, so that no two of them are on the heap.
          net.setWeights(session, from.weights());
          net.optimizer().setFirstMoments(session, from.firstMoments());
          net.optimizer().setSecondMoments(session, from.secondMoments());
          net.optimizer().setAverage(session, from.average());
          step = from.step();
          millisBefore = from.millis();
        }
      } else if (config.start() instanceof RestorationTrainingConfig.Start.FromBundle from) {
        ModelBundle bundle = ModelBundle.read(from.bundle());
        net.start(session, bundle.weights());
      } else {
        net.start(session, net.initialWeights(config.seed()));
      }
    }

    TrainingOutcome loop() throws IOException, InterruptedException {
      for (TrainingListener listener : listeners) {
        listener.onStart(data, net.parameterCount(), step, maxSteps);
      }
      BatchSource sampler = data.batches(maxSteps, config.seed());
      long checkpointNanos = config.limits().checkpointEvery().toNanos();
      long lastCheckpoint = System.nanoTime();
      @Nullable String reason = null;
      try (BatchPrefetcher batches = new BatchPrefetcher(sampler, step, maxSteps)) {
        while (step < maxSteps) {
          reason = reasonToPause();
          if (reason != null) {
            break;
          }
          one(batches.take());
          if (step < maxSteps && System.nanoTime() - lastCheckpoint >= checkpointNanos) {
            save();
            lastCheckpoint = System.nanoTime();
          }
        }
        ModelBundle bundle = save();
        Path directory = bundleDirectory();
        return reason == null
            ? new TrainingOutcome.Finished(step, bundle, directory)
            : new TrainingOutcome.Paused(step, bundle, directory, reason);
      } finally {
        for (TrainingListener listener : listeners) {
          listener.onEnd(step);
        }
      }
    }

    private @Nullable String reasonToPause() {
      String requested = stop.reason();
      if (requested != null) {
        return requested;
      }
      return config
          .limits()
          .maxTime()
          .filter(limit -> System.nanoTime() - started >= limit.toNanos())
          .map(limit -> "the time of " + limit.toSeconds() + " s is up")
          .orElse(null);
    }

    private void one(TrainingBatch batch) throws IOException {
      double learningRate = config.schedule().at(step);
      TrainingGraph.StepResult result = net.step(session, batch, learningRate);
      if (!Float.isFinite(result.loss()) || !Float.isFinite(result.gradientNorm())) {
        throw new TrainingDivergedException(
            String.format(
                Locale.ROOT,
                "training diverged at step %d (%s): loss %s, gradient norm %s, learning rate %.3g;"
                    + " start again in another folder with a lower learning rate, with --init %s/bundle"
                    + " to go on from the last averaged weights",
                step + 1,
                batch.task(),
                result.loss(),
                result.gradientNorm(),
                learningRate,
                config.out()));
      }
      step++;
      StepReport report =
          new StepReport(
              step,
              maxSteps,
              batch.task(),
              batch.size(),
              batch.count(),
              result.loss(),
              learningRate,
              result.gradientNorm(),
              System.nanoTime());
      for (TrainingListener listener : listeners) {
        listener.onStep(report);
      }
    }

    private ModelBundle save() throws IOException {
      Checkpoint.write(checkpointFile(config.out()), step, millis(), identity, net.state(session));
      Preset preset = config.preset();
      ModelBundle bundle =
          ModelBundle.write(
              bundleDirectory(),
              config.name(),
              "0",
              preset,
              net.averagedWeights(session),
              encoder,
              record());
      for (TrainingListener listener : listeners) {
        listener.onCheckpoint(step);
      }
      return bundle;
    }

    private long millis() {
      return millisBefore + (System.nanoTime() - started) / 1_000_000;
    }

    private ObjectNode record() {
      ObjectNode record = identity.deepCopy();
      record.remove("preset");
      record.put("command", config.command());
      record.put("steps", step);
      record.put("minutes", Math.round(millis() / 6_000.0) / 10.0);
      record.put("parameters", net.parameterCount());
      record.put("loss", "L1");
      record.put("data", data.name());
      record.put("imageCount", data.size());
      record.put("skippedImages", data.skipped().size());
      if (config.start() instanceof RestorationTrainingConfig.Start.FromBundle from) {
        record.put("init", String.valueOf(from.bundle().getFileName()));
      }
      if (!net.untrained().isEmpty()) {
        record.put("untrained", String.join(", ", net.untrained()));
      }
      return record;
    }
  }
}
