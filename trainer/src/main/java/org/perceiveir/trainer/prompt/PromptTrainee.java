package org.perceiveir.trainer.prompt;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.checkpoint.CheckpointFile;
import org.perceiveir.trainer.listener.TrainingStart;
import org.perceiveir.trainer.run.StepResult;
import org.perceiveir.trainer.run.Trainee;
import org.tensorflow.Session;

/** Prompts, and encoders from scratch, as the loop drives them. */
final class PromptTrainee implements Trainee, AutoCloseable {
  private static final String ACCURACY = "accuracy";

  private final PromptTrainingConfig config;
  private final PromptGraph net;
  private final Session session;
  private final PromptExamples examples;
  private final PromptSampler sampler;
  private final ObjectNode encoder;
  private final ExecutorService ahead =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "prompt-batches");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<String> told = new HashSet<>();
  private @Nullable Future<PromptBatch> next;

  /**
   * A training that has not begun.
   *
   * @param encoder what identifies the encoders, for identity and record
   */
  PromptTrainee(
      PromptTrainingConfig config,
      PromptGraph net,
      Session session,
      PromptExamples examples,
      PromptSampler sampler,
      ObjectNode encoder) {
    this.config = config;
    this.net = net;
    this.session = session;
    this.examples = examples;
    this.sampler = sampler;
    this.encoder = encoder;
  }

  @Override
  public ObjectNode identity() {
    ObjectNode identity = config.identity();
    identity.setAll(examples.identity());
    identity.set("encoder", encoder);
    return identity;
  }

  @Override
  public ObjectNode facts() {
    ObjectNode facts = JsonNodeFactory.instance.objectNode();
    facts.put("command", config.provenance().command());
    facts.put("version", config.provenance().version());
    facts.put("commit", config.provenance().commit());
    facts.put("seed", config.seed());
    facts.put("data", examples.name());
    facts.put("images", examples.size()).put("skippedImages", examples.skipped().size());
    facts.set("config", config.provenance().config());
    facts.set("identity", identity());
    return facts;
  }

  @Override
  public void begin() {
    net.start(session);
    ask(0);
  }

  @Override
  public void resume(CheckpointFile from) throws IOException {
    net.start(session);
    net.resume(session, from);
    ask(from.step());
  }

  private void ask(int step) {
    if (step < config.schedule().maxSteps()) {
      next = ahead.submit(() -> sampler.sample(step));
    }
  }

  @Override
  public TrainingStart about(int step, int maxSteps) {
    return new TrainingStart(
        net.parameterCount(),
        examples.size(),
        examples.skipped(),
        List.of(ACCURACY),
        step,
        maxSteps);
  }

  @Override
  public StepResult step(int step) throws IOException, InterruptedException {
    long before = System.nanoTime();
    PromptBatch batch = take();
    long waited = System.nanoTime() - before;
    ask(step + 1);
    double learningRate = config.schedule().at(step);
    PromptGraph.StepResult result = net.step(session, batch, learningRate);
    return new StepResult(
        "prompts",
        net.form().clip().imageSize(),
        batch.count(),
        result.loss(),
        Map.of(ACCURACY, result.accuracy()),
        learningRate,
        result.gradientNorm(),
        waited,
        news());
  }

  /** Scenes that could not be read since the last time. */
  private Optional<String> news() {
    List<String> unreadable = new ArrayList<>(sampler.unreadable());
    unreadable.removeAll(told);
    told.addAll(unreadable);
    return unreadable.isEmpty()
        ? Optional.empty()
        : Optional.of("passed over " + String.join("; ", unreadable));
  }

  private PromptBatch take() throws IOException, InterruptedException {
    if (next == null) {
      throw new IllegalStateException("neither begun nor resumed");
    }
    try {
      return next.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException disk) {
        throw disk;
      }
      throw new IllegalStateException("a batch of prompt examples could not be made", e);
    }
  }

  @Override
  public List<Checkpoint.Group> tensors() {
    return net.state(session);
  }

  @Override
  public ObjectNode state() {
    return JsonNodeFactory.instance.objectNode();
  }

  @Override
  public void writeBundle(Path directory, Progress progress) throws IOException {
    PerceiverBundle.write(
        directory, config.name(), "0", net.form(), net.perceiver(session), record(progress));
  }

  private ObjectNode record(Progress progress) {
    ObjectNode record = identity();
    record.put("command", config.provenance().command());
    record.put("steps", progress.step());
    record.put("minutes", Math.round(progress.millis() / 6_000.0) / 10.0);
    record.put("parameters", net.parameterCount());
    record.put("loss", "cross-entropy over the tiers (eq. 1)");
    record.put("data", examples.name());
    record.put("scenes", examples.size());
    record.put("skippedFiles", examples.skipped().size());
    ArrayNode unreadable = record.putArray("unreadable");
    sampler.unreadable().forEach(unreadable::add);
    if (!progress.validation().isEmpty()) {
      record.set("validation", progress.validation());
    }
    return record;
  }

  @Override
  public void close() {
    ahead.shutdownNow();
  }
}
