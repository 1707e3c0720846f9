package org.perceiveir.trainer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.data.Sampling;
import org.perceiveir.trainer.data.TrainingDataConfig;
import org.perceiveir.trainer.loss.LossConfig;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.optimizer.CosineSchedule;
import org.perceiveir.trainer.run.RunLimits;
import org.perceiveir.trainer.validation.ValidationConfig;

/**
 * Everything that decides what a training does.
 *
 * @param preset the network
 * @param encoder directory of the frozen encoder of a preset with semantic guidance, as {@code
 *     ./perceive model import} leaves it; empty without guidance, and where the bundle that the
 *     training begins with or goes on with holds it
 * @param data the images and how batches are made of them
 * @param out folder for the log, the checkpoint and the bundle
 * @param name name of the bundle that is made
 * @param version version of the bundle that is made, without its hash
 * @param seed of initial weights, crops and degradations
 * @param start from scratch, from where the last run stopped, or from a bundle's weights
 * @param schedule steps and learning rate
 * @param optimizer AdamW, clipping and averaging
 * @param limits what bounds the run without changing its result
 * @param losses what is minimised
 * @param accumulation batches of one step, 1 to 1000
 * @param gradientCheckpointing whether the backward pass recomputes the blocks of the network
 *     instead of keeping what they made: a fraction of the memory, a quarter more time and up to
 *     twice
 * @param validation on what the network is measured while it is trained; empty for nothing
 * @param tensorBoard whether event files for TensorBoard are written
 * @param provenance where the training comes from, for its records
 */
public record RestorationTrainingConfig(
    Preset preset,
    Optional<Path> encoder,
    TrainingDataConfig data,
    Path out,
    String name,
    String version,
    long seed,
    Start start,
    CosineSchedule schedule,
    AdamWConfig optimizer,
    RunLimits limits,
    LossConfig losses,
    int accumulation,
    boolean gradientCheckpointing,
    Optional<ValidationConfig> validation,
    boolean tensorBoard,
    Provenance provenance) {

  /** Where the first weights come from. */
  public sealed interface Start {
    /** Initial values drawn from the seed; refused if {@code out} holds a checkpoint. */
    record Fresh() implements Start {}

    /** The checkpoint in {@code out}, exactly where it stopped. */
    record Resume() implements Start {}

    /**
     * The weights of a bundle of the same preset, with a new optimizer.
     *
     * @param bundle the bundle's directory
     */
    record FromBundle(Path bundle) implements Start {}
  }

  /** Checks the ranges. */
  public RestorationTrainingConfig {
    if (accumulation < 1 || accumulation > 1000) {
      throw new IllegalArgumentException(
          "accumulation is " + accumulation + ", allowed are 1 to 1000 batches");
    }
  }

  /** A training from scratch on one folder of photographs with the default recipe. */
  public static RestorationTrainingConfig defaults(
      Preset preset, Path data, Path out, int maxSteps) {
    return new RestorationTrainingConfig(
        preset,
        Optional.empty(),
        TrainingDataConfig.photographs(data, Sampling.defaults()),
        out,
        preset.name(),
        "0",
        1,
        new Start.Fresh(),
        CosineSchedule.defaults(maxSteps),
        AdamWConfig.defaults(),
        RunLimits.defaults(),
        LossConfig.reconstructionOnly(),
        1,
        false,
        Optional.empty(),
        false,
        Provenance.none());
  }

  /**
   * Reads the configuration file of a run. Every key is listed in {@code docs/training.md}.
   *
   * @param root the whole file; that nothing else is in it is checked
   * @throws org.perceiveir.trainer.config.ConfigException naming the key that is wrong
   * @throws IOException if a preset file cannot be read
   */
  public static RestorationTrainingConfig fromConfig(ConfigSection root) throws IOException {
    return RestorationTrainingFile.read(root);
  }

  /** This of another network. */
  public RestorationTrainingConfig withPreset(Preset value) {
    Copy copy = new Copy(this);
    copy.preset = value;
    return copy.made();
  }

  /** This with a frozen encoder for semantic guidance. */
  public RestorationTrainingConfig withEncoder(Optional<Path> value) {
    Copy copy = new Copy(this);
    copy.encoder = value;
    return copy.made();
  }

  /** This with another seed. */
  public RestorationTrainingConfig withSeed(long value) {
    Copy copy = new Copy(this);
    copy.seed = value;
    return copy.made();
  }

  /** This with another start. */
  public RestorationTrainingConfig withStart(Start value) {
    Copy copy = new Copy(this);
    copy.start = value;
    return copy.made();
  }

  /** This with other images or batches. */
  public RestorationTrainingConfig withData(TrainingDataConfig value) {
    Copy copy = new Copy(this);
    copy.data = value;
    return copy.made();
  }

  /** This with other batches of the photographs of its first set. */
  public RestorationTrainingConfig withSampling(Sampling value) {
    return withData(TrainingDataConfig.photographs(data.sets().get(0).images().root(), value));
  }

  /** This with another loss. */
  public RestorationTrainingConfig withLosses(LossConfig value) {
    Copy copy = new Copy(this);
    copy.losses = value;
    return copy.made();
  }

  /** This with so many batches a step. */
  public RestorationTrainingConfig withAccumulation(int value) {
    Copy copy = new Copy(this);
    copy.accumulation = value;
    return copy.made();
  }

  /** This with another learning rate schedule. */
  public RestorationTrainingConfig withSchedule(CosineSchedule value) {
    Copy copy = new Copy(this);
    copy.schedule = value;
    return copy.made();
  }

  /** This with another optimizer. */
  public RestorationTrainingConfig withOptimizer(AdamWConfig value) {
    Copy copy = new Copy(this);
    copy.optimizer = value;
    return copy.made();
  }

  /** This with other bounds. */
  public RestorationTrainingConfig withLimits(RunLimits value) {
    Copy copy = new Copy(this);
    copy.limits = value;
    return copy.made();
  }

  /** This with gradient checkpointing on or off. */
  public RestorationTrainingConfig withGradientCheckpointing(boolean value) {
    Copy copy = new Copy(this);
    copy.gradientCheckpointing = value;
    return copy.made();
  }

  /** This with validation, or without. */
  public RestorationTrainingConfig withValidation(Optional<ValidationConfig> value) {
    Copy copy = new Copy(this);
    copy.validation = value;
    return copy.made();
  }

  /** This with event files for TensorBoard, or without. */
  public RestorationTrainingConfig withTensorBoard(boolean value) {
    Copy copy = new Copy(this);
    copy.tensorBoard = value;
    return copy.made();
  }

  /** This with another name of the bundle that is made. */
  public RestorationTrainingConfig withName(String value) {
    Copy copy = new Copy(this);
    copy.name = value;
    return copy.made();
  }

  /** This with another version of the bundle that is made. */
  public RestorationTrainingConfig withVersion(String value) {
    Copy copy = new Copy(this);
    copy.version = value;
    return copy.made();
  }

  /** This with where it comes from. */
  public RestorationTrainingConfig withProvenance(Provenance value) {
    Copy copy = new Copy(this);
    copy.provenance = value;
    return copy.made();
  }

  /** The settings one by one, to change one of them. */
  private static final class Copy {
    private Preset preset;
    private Optional<Path> encoder;
    private TrainingDataConfig data;
    private final Path out;
    private String name;
    private String version;
    private long seed;
    private Start start;
    private CosineSchedule schedule;
    private AdamWConfig optimizer;
    private RunLimits limits;
    private LossConfig losses;
    private int accumulation;
    private boolean gradientCheckpointing;
    private Optional<ValidationConfig> validation;
    private boolean tensorBoard;
    private Provenance provenance;

    Copy(RestorationTrainingConfig of) {
      preset = of.preset;
      encoder = of.encoder;
      data = of.data;
      out = of.out;
      name = of.name;
      version = of.version;
      seed = of.seed;
      start = of.start;
      schedule = of.schedule;
      optimizer = of.optimizer;
      limits = of.limits;
      losses = of.losses;
      accumulation = of.accumulation;
      gradientCheckpointing = of.gradientCheckpointing;
      validation = of.validation;
      tensorBoard = of.tensorBoard;
      provenance = of.provenance;
    }

    RestorationTrainingConfig made() {
      return new RestorationTrainingConfig(
          preset,
          encoder,
          data,
          out,
          name,
          version,
          seed,
          start,
          schedule,
          optimizer,
          limits,
          losses,
          accumulation,
          gradientCheckpointing,
          validation,
          tensorBoard,
          provenance);
    }
  }

  /** What must not change between the runs of one training. */
  ObjectNode identity() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("preset", preset.toJson());
    json.put("seed", seed);
    json.put("maxSteps", schedule.maxSteps());
    json.put("warmupSteps", schedule.warmupSteps());
    json.put("learningRate", schedule.learningRate());
    json.put("finalLearningRate", schedule.finalLearningRate());
    json.put("beta1", optimizer.beta1());
    json.put("beta2", optimizer.beta2());
    json.put("epsilon", optimizer.epsilon());
    json.put("weightDecay", optimizer.weightDecay());
    json.put("clipNorm", optimizer.clipNorm());
    json.put("averageDecay", optimizer.averageDecay());
    if (accumulation > 1) {
      json.put("accumulation", accumulation);
    }
    if (gradientCheckpointing) {
      // Sums in another order: the last bits of a step differ.
      json.put("gradientCheckpointing", true);
    }
    return json;
  }
}
