package org.perceiveir.trainer.prompt;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverForm;
import org.perceiveir.model.perceiver.Views;
import org.perceiveir.trainer.Provenance;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.optimizer.CosineSchedule;
import org.perceiveir.trainer.run.RunLimits;

/**
 * Everything that decides what a prompt training does.
 *
 * @param clean folder of clean images
 * @param mediocre folder with {@code degraded/TASK} and {@code mediocre/TASK}, as {@code ./perceive
 *     train mediocre} leaves it
 * @param out folder for the log, the checkpoint and the bundle
 * @param name name of the bundle that is made
 * @param seed of first weights and batches
 * @param resume whether to go on with the checkpoint in {@code out}
 * @param prompts the tiers' words and how prompts begin
 * @param logitScale factor of the cosines in the softmax, above 0
 * @param encoder public CLIP, or one that is trained from scratch
 * @param views what of an image is looked at
 * @param windows windows of each image in a batch, where there are any
 * @param batch images in a batch
 * @param schedule steps and learning rate
 * @param optimizer AdamW, clipping and averaging
 * @param limits what bounds the run without changing its result
 * @param tensorBoard whether curves are written for TensorBoard too
 * @param provenance where the training comes from, for its records
 */
public record PromptTrainingConfig(
    Path clean,
    Path mediocre,
    Path out,
    String name,
    long seed,
    boolean resume,
    Prompts prompts,
    double logitScale,
    EncoderSource encoder,
    Views views,
    int windows,
    int batch,
    CosineSchedule schedule,
    AdamWConfig optimizer,
    RunLimits limits,
    boolean tensorBoard,
    Provenance provenance) {

  private static final int MAX_BATCH = 4096;
  private static final int MAX_STEPS = 100_000_000;

  /** Where the image and the text encoder come from. */
  public sealed interface EncoderSource {
    /**
     * Public CLIP, frozen: only the prompts learn.
     *
     * @param directory as {@code ./perceive model import} leaves it
     */
    record PublicClip(Path directory) implements EncoderSource {}

    /**
     * A small CLIP whose encoders learn with the prompts, for where there are no public weights.
     *
     * @param imageSize side of a view in pixels; a multiple of the patch
     * @param patch side of a patch in pixels
     * @param width features of an image token
     * @param layers blocks of the image encoder
     * @param heads attention heads of the image encoder; divides the width
     * @param embedDim width of the features that images and texts share
     * @param textWidth features of a text token
     * @param textLayers blocks of the text encoder
     * @param textHeads attention heads of the text encoder; divides its width
     */
    record FromScratch(
        int imageSize,
        int patch,
        int width,
        int layers,
        int heads,
        int embedDim,
        int textWidth,
        int textLayers,
        int textHeads)
        implements EncoderSource {

      /** Checks every size. */
      public FromScratch {
        new ClipConfig(
            imageSize,
            patch,
            width,
            layers,
            heads,
            embedDim,
            textWidth,
            textLayers,
            textHeads,
            3,
            3);
      }

      /** 64x64 pixels in patches of 8, four blocks of width 64. */
      public static FromScratch defaults() {
        return new FromScratch(64, 8, 64, 4, 4, 64, 64, 2, 4);
      }

      ClipConfig clip(int contextLength, int vocabulary) {
        return new ClipConfig(
            imageSize,
            patch,
            width,
            layers,
            heads,
            embedDim,
            textWidth,
            textLayers,
            textHeads,
            contextLength,
            vocabulary);
      }
    }

    /** Where a perceiver made of it has its image encoder from. */
    default PerceiverForm.Origin origin() {
      return this instanceof PublicClip
          ? PerceiverForm.Origin.PUBLIC
          : PerceiverForm.Origin.FROM_SCRATCH;
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException naming the value that is outside
   */
  public PromptTrainingConfig {
    if (windows < 1 || windows > MAX_BATCH) {
      throw new IllegalArgumentException(
          "windows is " + windows + ", allowed are 1 to " + MAX_BATCH);
    }
    int tiers = prompts.words().size();
    if (batch < tiers || batch > MAX_BATCH) {
      throw new IllegalArgumentException(
          "batch is " + batch + ", allowed are " + tiers + " (one of each tier) to " + MAX_BATCH);
    }
    // The same checks as at the end of the training, before it.
    PerceiverBundle.checkName(name);
    new PerceiverForm(ClipConfig.vitB32(), prompts.words(), logitScale, views, encoder.origin());
  }

  /** A training from scratch with the default recipe. */
  public static PromptTrainingConfig fromScratch(Path clean, Path mediocre, Path out) {
    AdamWConfig adamW = AdamWConfig.defaults();
    return new PromptTrainingConfig(
        clean,
        mediocre,
        out,
        "compact-perceiver",
        1,
        false,
        Prompts.defaults(),
        100,
        EncoderSource.FromScratch.defaults(),
        Views.windows(8, 12).withSpectrum(true),
        2,
        30,
        new CosineSchedule(2600, 200, 1.5e-3, 1e-6),
        new AdamWConfig(
            adamW.beta1(), adamW.beta2(), adamW.epsilon(), 1e-2, 1, adamW.averageDecay()),
        RunLimits.defaults(),
        false,
        Provenance.none());
  }

  /**
   * The paper's training on public CLIP: 100,000 iterations at 4e-5, batches of 32, whole images.
   */
  public static PromptTrainingConfig publicClip(Path clip, Path clean, Path mediocre, Path out) {
    PromptTrainingConfig base = fromScratch(clean, mediocre, out);
    AdamWConfig adamW = AdamWConfig.defaults();
    return new PromptTrainingConfig(
        clean,
        mediocre,
        out,
        "perceiver",
        base.seed,
        false,
        base.prompts,
        base.logitScale,
        new EncoderSource.PublicClip(clip),
        Views.wholeImage(),
        base.windows,
        32,
        new CosineSchedule(100_000, 0, 4e-5, 4e-5),
        new AdamWConfig(
            adamW.beta1(),
            adamW.beta2(),
            adamW.epsilon(),
            adamW.weightDecay(),
            Double.POSITIVE_INFINITY,
            0),
        base.limits,
        false,
        base.provenance);
  }

  /**
   * Reads a file's settings; what is missing is as the recipe has it that {@code clip} chooses.
   *
   * @param root the whole file; every key that is unknown is refused
   * @throws org.perceiveir.trainer.config.ConfigException naming the key, its value and what is
   *     allowed
   */
  public static PromptTrainingConfig fromConfig(ConfigSection root) {
    Path clean = required(root, "clean");
    Path mediocre = required(root, "mediocre");
    Path out = required(root, "out");
    Optional<Path> clip = root.path("clip");
    PromptTrainingConfig base =
        clip.isPresent()
            ? publicClip(clip.get(), clean, mediocre, out)
            : fromScratch(clean, mediocre, out);
    try {
      EncoderSource encoder = base.encoder;
      if (encoder instanceof EncoderSource.FromScratch scratch) {
        encoder = encoder(root, scratch);
      }
      PromptTrainingConfig config =
          new PromptTrainingConfig(
              clean,
              mediocre,
              out,
              root.text("name", base.name),
              root.integer("seed", base.seed),
              root.flag("resume", false),
              prompts(root.section("prompts"), base.prompts),
              root.number("logitScale", base.logitScale, 0, 1000),
              encoder,
              views(root.section("views"), base.views),
              root.integer("windows", base.windows, 1, MAX_BATCH),
              root.integer("batch", base.batch, 1, MAX_BATCH),
              schedule(root.section("schedule"), base.schedule),
              AdamWConfig.fromConfig(root.section("optimizer"), base.optimizer),
              limits(root, base.limits),
              root.flag("tensorBoard", base.tensorBoard),
              base.provenance);
      root.done();
      return config.withProvenance(new Provenance("", "", "", root.resolved()));
    } catch (ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw root.error("settings", "do not fit together: " + e.getMessage());
    }
  }

  private static Path required(ConfigSection root, String key) {
    return root.path(key).orElseThrow(() -> root.error(key, "is missing: name a folder"));
  }

  private static Prompts prompts(ConfigSection section, Prompts base) {
    List<String> words = section.texts("words");
    int count = section.integer("count", words.isEmpty() ? 3 : words.size(), 2, 4);
    if (!words.isEmpty() && words.size() != count) {
      throw section.error("count", "is " + count + ", but there are " + words.size() + " words");
    }
    return new Prompts(
        words.isEmpty() ? Prompts.words(count) : words,
        Prompts.Initialisation.fromId(
            section.oneOf(
                "initialisation", base.initialisation().id(), Prompts.Initialisation.ids())),
        section.integer("length", base.length(), 1, 75));
  }

  private static EncoderSource encoder(ConfigSection root, EncoderSource.FromScratch base) {
    ConfigSection s = root.section("encoder");
    return new EncoderSource.FromScratch(
        s.integer("imageSize", base.imageSize(), 2, 1024),
        s.integer("patch", base.patch(), 2, 64),
        s.integer("width", base.width(), 1, 8192),
        s.integer("layers", base.layers(), 1, 128),
        s.integer("heads", base.heads(), 1, 8192),
        s.integer("embedDim", base.embedDim(), 1, 8192),
        s.integer("textWidth", base.textWidth(), 1, 8192),
        s.integer("textLayers", base.textLayers(), 1, 128),
        s.integer("textHeads", base.textHeads(), 1, 8192));
  }

  private static Views views(ConfigSection section, Views base) {
    return new Views(
        section.integer("rows", base.rows(), 0, 64),
        section.integer("columns", base.columns(), 0, 64),
        section.flag("whole", base.whole()),
        section.flag("spectrum", base.spectrum()));
  }

  private static CosineSchedule schedule(ConfigSection section, CosineSchedule base) {
    double rate = section.number("learningRate", base.learningRate(), 1e-12, 0.999);
    return new CosineSchedule(
        section.integer("steps", base.maxSteps(), 1, MAX_STEPS),
        section.integer("warmup", base.warmupSteps(), 0, MAX_STEPS),
        rate,
        section.number("finalLearningRate", Math.min(rate, base.finalLearningRate()), 0, rate));
  }

  private static RunLimits limits(ConfigSection root, RunLimits base) {
    ConfigSection limits = root.section("limits");
    ConfigSection checkpoints = root.section("checkpoints");
    return new RunLimits(
        limits.numberOrOff("minutes", 0, 0.001, 1e6).filter(m -> m > 0).map(m -> minutes(m)),
        minutes(checkpoints.number("minutes", 5, 0.01, 1e6)),
        checkpoints.integer("steps", base.checkpointSteps(), 0, MAX_STEPS),
        checkpoints.integer("keep", base.keepCheckpoints(), 1, 1000),
        limits.integer("threads", base.threads(), 0, 1024));
  }

  private static Duration minutes(double minutes) {
    return Duration.ofMillis(Math.max(1, Math.round(minutes * 60_000)));
  }

  /** This with what its records say of where it comes from. */
  public PromptTrainingConfig withProvenance(Provenance value) {
    return copy(resume, limits, value);
  }

  /** This going on where the last run stopped, or not. */
  public PromptTrainingConfig withResume(boolean value) {
    return copy(value, limits, provenance);
  }

  /** This with other bounds. */
  public PromptTrainingConfig withLimits(RunLimits value) {
    return copy(resume, value, provenance);
  }

  private PromptTrainingConfig copy(
      boolean newResume, RunLimits newLimits, Provenance newProvenance) {
    return new PromptTrainingConfig(
        clean,
        mediocre,
        out,
        name,
        seed,
        newResume,
        prompts,
        logitScale,
        encoder,
        views,
        windows,
        batch,
        schedule,
        optimizer,
        newLimits,
        tensorBoard,
        newProvenance);
  }

  /** What must not change between the runs of one training. */
  ObjectNode identity() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode words = json.putArray("words");
    prompts.words().forEach(words::add);
    json.put("initialisation", prompts.initialisation().id());
    json.put("length", prompts.length());
    json.put("logitScale", logitScale);
    json.set("views", views.toJson());
    json.put("windows", windows);
    json.put("batch", batch);
    json.put("seed", seed);
    json.put("maxSteps", schedule.maxSteps());
    json.put("warmupSteps", schedule.warmupSteps());
    json.put("learningRate", schedule.learningRate());
    json.put("finalLearningRate", schedule.finalLearningRate());
    json.put("beta1", optimizer.beta1());
    json.put("beta2", optimizer.beta2());
    json.put("epsilon", optimizer.epsilon());
    json.put("weightDecay", optimizer.weightDecay());
    json.put("clipNorm", Double.isInfinite(optimizer.clipNorm()) ? -1 : optimizer.clipNorm());
    json.put("averageDecay", optimizer.averageDecay());
    return json;
  }
}
