package org.perceiveir.trainer.loss;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.EncoderException;
import org.perceiveir.model.weights.PublicWeights;
import org.perceiveir.trainer.config.ConfigException;
import org.tensorflow.op.Ops;

/**
 * The settings of the loss and the frozen networks that it leans on, read once before the graph is
 * built. None of them ends up in the optimizer or in the bundle that is trained.
 */
public final class LossSources {
  private final LossConfig config;
  private final @Nullable Perceiver perceiver;
  private final @Nullable Vgg vgg;
  private final Map<String, ModelBundle> restorers;

  /**
   * A quality perceiver.
   *
   * @param id its name, version and hash, for records
   * @param judge puts it into a graph
   */
  public record Perceiver(String id, Function<Ops, QualityJudge> judge) {}

  /**
   * VGG-16.
   *
   * @param id its file and hash, for records
   * @param weights under torchvision's names, {@code features.N...}
   */
  public record Vgg(String id, Map<String, FloatTensor> weights) {}

  /**
   * Sources that are there already.
   *
   * @param restorers the bundles among the negatives, by their name
   * @throws ConfigException if the settings need one that is not there
   */
  public LossSources(
      LossConfig config,
      @Nullable Perceiver perceiver,
      @Nullable Vgg vgg,
      Map<String, ModelBundle> restorers) {
    this.config = config;
    this.perceiver = perceiver;
    this.vgg = vgg;
    this.restorers = new LinkedHashMap<>(restorers);
    if (config.clip().weight() > 0 && perceiver == null) {
      throw new ConfigException("losses.clip is on, but there is no quality perceiver");
    }
    LossConfig.Features asked = config.perceptual().features();
    if (config.perceptual().weight() > 0
        && asked != LossConfig.Features.AUTO
        && features() == LossConfig.Features.AUTO) {
      throw new ConfigException(
          "losses.perceptual.features is " + asked.id() + ", but that network is not there");
    }
  }

  /**
   * Reads what the settings name and use.
   *
   * @throws IOException if something is missing, damaged or of another kind, naming it
   */
  public static LossSources read(LossConfig config) throws IOException {
    LossConfig.Perceptual perceptual = config.perceptual();
    boolean dpl = perceptual.weight() > 0;
    Vgg vgg = null;
    if (dpl
        && perceptual.vgg().isPresent()
        && perceptual.features() != LossConfig.Features.PERCEIVER) {
      vgg = vgg(perceptual.vgg().get());
    }
    Perceiver perceiver = null;
    if (config.perceiver().isPresent() && (config.clip().weight() > 0 || (dpl && vgg == null))) {
      perceiver = of(PerceiverBundle.read(config.perceiver().get()));
    }
    Map<String, ModelBundle> restorers = new LinkedHashMap<>();
    if (dpl) {
      for (LossConfig.Negative negative : perceptual.negatives()) {
        if (negative instanceof LossConfig.Negative.Bundle) {
          restorers.put(negative.name(), ModelBundle.read(negative.path()));
        }
      }
    }
    return new LossSources(config, perceiver, vgg, restorers);
  }

  private static Vgg vgg(Path directory) throws IOException {
    EncoderDirectory read = EncoderDirectory.read(directory);
    if (read.kind() != PublicWeights.Kind.VGG16) {
      throw new EncoderException(
          directory
              + " holds a "
              + read.kind().id()
              + " encoder: losses.perceptual.vgg needs vgg16; import torchvision's VGG-16 with"
              + " ./perceive model import");
    }
    return new Vgg("vgg16 " + read.source().file() + " " + read.sha256(), read.weights());
  }

  /** The perceiver of a bundle. */
  public static Perceiver of(PerceiverBundle bundle) {
    return new Perceiver(
        "perceiver " + bundle.name() + " " + bundle.version() + " " + bundle.sha256(),
        tf -> new PerceiverJudge(tf, bundle));
  }

  /** L_rec alone, which needs nothing. */
  public static LossSources none() {
    return new LossSources(LossConfig.reconstructionOnly(), null, null, Map.of());
  }

  /** Where the features of L_dpl come from; {@code AUTO} where there is nothing to take them of. */
  private LossConfig.Features features() {
    LossConfig.Features asked = config.perceptual().features();
    if (vgg != null && asked != LossConfig.Features.PERCEIVER) {
      return LossConfig.Features.VGG16;
    }
    return perceiver != null && asked != LossConfig.Features.VGG16
        ? LossConfig.Features.PERCEIVER
        : LossConfig.Features.AUTO;
  }

  /** The settings. */
  public LossConfig config() {
    return config;
  }

  /** Whether L_dpl takes part. */
  boolean perceptual() {
    return config.perceptual().weight() > 0 && features() != LossConfig.Features.AUTO;
  }

  @Nullable Perceiver perceiver() {
    return config.clip().weight() > 0
            || (perceptual() && features() == LossConfig.Features.PERCEIVER)
        ? perceiver
        : null;
  }

  /** VGG-16 where L_dpl takes its features from it, else null. */
  @Nullable Vgg vgg() {
    return perceptual() && features() == LossConfig.Features.VGG16 ? vgg : null;
  }

  /** The bundle of a negative. */
  ModelBundle restorer(LossConfig.Negative.Bundle negative) {
    ModelBundle bundle = restorers.get(negative.name());
    if (bundle == null) {
      throw new ConfigException(
          "losses.perceptual.negatives: the bundle of " + negative.name() + " is not there");
    }
    return bundle;
  }

  /** What the user should know before the training starts, possibly nothing. */
  public List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    if (config.perceptual().weight() > 0 && !perceptual()) {
      remarks.add(
          "L_dpl is off: there are no features to compare; give losses.perceptual.vgg (VGG-16) or"
              + " losses.perceiver");
    }
    return remarks;
  }

  /**
   * Settings and hashes: what must not change between the runs of one training, and what its bundle
   * records.
   */
  public ObjectNode identity() {
    ObjectNode json = config.toJson();
    Perceiver usedPerceiver = perceiver();
    if (usedPerceiver != null) {
      json.put("perceiver", usedPerceiver.id());
    }
    if (json.path("perceptual") instanceof ObjectNode dpl) {
      Vgg usedVgg = vgg();
      dpl.put(
          "features",
          !perceptual()
              ? "none: the loss is off"
              : usedVgg != null ? usedVgg.id() : "image encoder of the perceiver");
      ObjectNode negatives = dpl.putObject("negatives");
      for (LossConfig.Negative negative : config.perceptual().negatives()) {
        ModelBundle bundle = restorers.get(negative.name());
        negatives.put(
            negative.name(),
            bundle == null ? "folder" : "bundle " + bundle.name() + " " + bundle.sha256());
      }
    }
    return json;
  }
}
