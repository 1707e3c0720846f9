package org.perceiveir.trainer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.storage.HashedFile;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.checkpoint.CheckpointFile;
import org.perceiveir.trainer.data.BatchPrefetcher;
import org.perceiveir.trainer.data.TrainingBatch;
import org.perceiveir.trainer.data.TrainingData;
import org.perceiveir.trainer.listener.TrainingStart;
import org.perceiveir.trainer.loss.LossSources;
import org.perceiveir.trainer.run.StepResult;
import org.perceiveir.trainer.run.Trainee;
import org.tensorflow.Session;

/** The restoration network with its batches, as the loop drives it. */
final class RestorationTrainee implements Trainee, AutoCloseable {
  private static final String INIT = "init";
  private static final String DIFFICULTY = "difficulty";

  private final RestorationTrainingConfig config;
  private final TrainingGraph net;
  private final Session session;
  private final TrainingData data;
  private final @Nullable FrozenEncoder encoder;
  private final ObjectNode identity;
  private @Nullable ModelBundle initBundle;
  private final List<String> remarks = new ArrayList<>();
  private String init = "";
  private @Nullable BatchPrefetcher batches;

  RestorationTrainee(
      RestorationTrainingConfig config,
      TrainingGraph net,
      Session session,
      TrainingData data,
      @Nullable FrozenEncoder encoder,
      LossSources sources)
      throws IOException {
    this.config = config;
    initBundle =
        config.start() instanceof RestorationTrainingConfig.Start.FromBundle from
            ? ModelBundle.read(from.bundle())
            : null;
    this.net = net;
    this.session = session;
    this.data = data;
    this.encoder = encoder;
    identity = config.identity();
    identity.setAll(data.identity());
    identity.set("losses", sources.identity());
    remarks.addAll(sources.remarks());
    if (encoder != null) {
      identity.put("encoder", encoder.kind() + " " + HashedFile.sha256Of(encoder.weights()));
      identity.set("encoderConfig", encoder.config());
    }
  }

  @Override
  public ObjectNode identity() {
    return identity.deepCopy();
  }

  @Override
  public ObjectNode facts() {
    Provenance from = config.provenance();
    ObjectNode facts = JsonNodeFactory.instance.objectNode();
    facts.put("command", from.command());
    facts.put("version", from.version()).put("commit", from.commit());
    facts.put("seed", config.seed());
    facts.put("data", data.name());
    facts.put("images", data.size()).put("skippedImages", data.skipped().size());
    facts.set("config", from.config());
    // The hashes of data, encoder and settings that a resumed run must have too.
    facts.set("identity", identity);
    if (initBundle != null) {
      facts.put("init", initBundle + " SHA-256 " + initBundle.sha256());
    }
    return facts;
  }

  @Override
  public void begin() throws IOException {
    if (initBundle != null) {
      net.start(session, initBundle.weights());
      init = String.valueOf(initBundle);
      // Its weights are not needed twice.
      initBundle = null;
    } else {
      net.start(session, net.initialWeights(config.seed()));
    }
    open(0);
  }

  @Override
  public void resume(CheckpointFile from) throws IOException {
    // One after the other, so that no two of them are on the heap.
    net.setWeights(session, from.weights());
    net.optimizer().setFirstMoments(session, from.firstMoments());
    net.optimizer().setSecondMoments(session, from.secondMoments());
    net.optimizer().setAverage(session, from.average());
    init = from.state().path(INIT).asText("");
    if (net.difficulty().isPresent()) {
      net.difficulty().get().restore(from.state().path(DIFFICULTY));
    }
    open(from.step());
  }

  private void open(int step) {
    int each = config.accumulation();
    int all = Math.multiplyExact(config.schedule().maxSteps(), each);
    batches =
        new BatchPrefetcher(
            data.batches(all, config.seed()), step * each, all, data.loaderThreads());
  }

  @Override
  public TrainingStart about(int step, int maxSteps) {
    return new TrainingStart(
        net.parameterCount(), data.size(), data.skipped(), net.terms(), step, maxSteps);
  }

  @Override
  public StepResult step(int step) throws InterruptedException {
    if (batches == null) {
      throw new IllegalStateException("neither begun nor resumed");
    }
    long before = System.nanoTime();
    List<TrainingBatch> taken = new ArrayList<>();
    while (taken.size() < config.accumulation()) {
      taken.add(batches.take());
    }
    long waited = System.nanoTime() - before;
    double learningRate = config.schedule().at(step);
    TrainingGraph.StepResult result = net.step(session, step, taken, learningRate);
    result.remark().ifPresent(remarks::add);
    Optional<String> remark =
        remarks.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", remarks));
    remarks.clear();
    TrainingBatch first = taken.get(0);
    boolean alike = taken.stream().allMatch(batch -> batch.task().equals(first.task()));
    return new StepResult(
        alike ? first.task() : TrainingBatch.MIXED,
        first.size(),
        taken.stream().mapToInt(TrainingBatch::count).sum(),
        result.loss(),
        result.terms(),
        learningRate,
        result.gradientNorm(),
        waited,
        remark);
  }

  @Override
  public List<Checkpoint.Group> tensors() {
    return net.state(session);
  }

  @Override
  public ObjectNode state() {
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    if (!init.isEmpty()) {
      state.put(INIT, init);
    }
    net.difficulty().ifPresent(book -> state.set(DIFFICULTY, book.toJson()));
    return state;
  }

  @Override
  public void writeBundle(Path directory, Progress progress) throws IOException {
    ModelBundle.write(
        directory,
        config.name(),
        config.version(),
        config.preset(),
        config.optimizer().averageDecay() == 0
            ? net.weights(session)
            : net.averagedWeights(session),
        encoder,
        record(progress));
  }

  private ObjectNode record(Progress progress) {
    ObjectNode record = identity.deepCopy();
    record.remove("preset");
    record.put("command", config.provenance().command());
    record.put("steps", progress.step());
    record.put("minutes", Math.round(progress.millis() / 6_000.0) / 10.0);
    record.put("parameters", net.parameterCount());
    record.put("data", data.name());
    record.put("imageCount", data.size());
    record.put("skippedImages", data.skipped().size());
    if (!init.isEmpty()) {
      record.put(INIT, init);
    }
    if (!net.untrained().isEmpty()) {
      record.put("untrained", String.join(", ", net.untrained()));
    }
    if (!progress.validation().isEmpty()) {
      record.set("validation", progress.validation());
    }
    return record;
  }

  @Override
  public void close() {
    if (batches != null) {
      batches.close();
    }
  }
}
