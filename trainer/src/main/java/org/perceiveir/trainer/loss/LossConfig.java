package org.perceiveir.trainer.loss;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.perceiveir.model.vgg.Vgg16Features;
import org.perceiveir.trainer.config.ConfigSection;

/**
 * Settings of the restoration loss {@code L = L_rec + 0.1 L_cl + 0.05 L_clip + 0.1 L_dpl} (eq. 13).
 *
 * <pre>
 * losses:
 *   reconstruction: 1              # weight of L_rec; or a section with
 *                                  # weight: 1 and form: l1 (the paper's) or psnr
 *   perceiver: runs/perceiver      # the quality perceiver, for clip and as features of perceptual
 *   contrastive:                   # L_cl; off without this section or with weight 0
 *     weight: 0.1
 *     temperature: 0.07
 *     form: moco                   # or eq12, as it is printed
 *   clip:                          # L_clip
 *     weight: 0.05
 *   perceptual:                    # L_dpl
 *     weight: 0.1
 *     lambda: 2
 *     gamma: 0.25
 *     features: auto               # vgg16, perceiver, or the first of them that is given
 *     vgg: weights/vgg16           # a directory that ./perceive model import made
 *     layers: [3, 7, 11, 15]       # of VGG-16
 *     negatives:
 *       - {name: restormer, bundle: runs/restormer/bundle}
 *       - {name: dncnn, folder: out/dncnn}
 * </pre>
 *
 * @param reconstruction L_rec
 * @param contrastive L_cl
 * @param clip L_clip
 * @param perceptual L_dpl
 * @param perceiver directory of the quality perceiver, empty where no loss needs it
 */
public record LossConfig(
    Reconstruction reconstruction,
    Contrastive contrastive,
    Clip clip,
    Perceptual perceptual,
    Optional<Path> perceiver) {
  private static final double MAX_WEIGHT = 1000;
  private static final int MAX_NEGATIVES = 16;
  private static final String RECONSTRUCTION = "reconstruction";

  /**
   * L_rec.
   *
   * @param weight at least 0
   * @param form what it measures
   * @param ceiling with {@code psnr}: PSNR in dB at which an image counts half
   */
  public record Reconstruction(double weight, ReconstructionLoss.Form form, double ceiling) {
    private static final double CEILING = 80;

    /** The paper's form. */
    public static Reconstruction of(double weight) {
      return new Reconstruction(weight, ReconstructionLoss.Form.L1, CEILING);
    }
  }

  /**
   * L_cl.
   *
   * @param weight 0 switches it off; 0.1 in the paper
   * @param temperature tau
   * @param form of the denominator
   */
  public record Contrastive(double weight, double temperature, ContrastiveLoss.Form form) {
    /** The paper's temperature in MoCo's form. */
    public static Contrastive of(double weight) {
      return new Contrastive(weight, 0.07, ContrastiveLoss.Form.MOCO);
    }
  }

  /**
   * L_clip.
   *
   * @param weight 0 switches it off; 0.05 in the paper
   */
  public record Clip(double weight) {}

  /** Where L_dpl's features come from. */
  public enum Features {
    /** VGG-16 where it is given, else the perceiver's image encoder, else the loss is off. */
    AUTO("auto"),
    /** VGG-16. */
    VGG16("vgg16"),
    /** The perceiver's image encoder. */
    PERCEIVER("perceiver");

    private final String id;

    Features(String id) {
      this.id = id;
    }

    /** The name in configurations. */
    public String id() {
      return id;
    }

    static Features of(String id) {
      return Arrays.stream(values()).filter(f -> f.id.equals(id)).findFirst().orElseThrow();
    }
  }

  /** Another restorer, whose results are negatives of L_dpl. */
  public sealed interface Negative {
    /** What reports call it. */
    String name();

    /** Where it lies. */
    Path path();

    /** Images that it restored before the training, found by the names of the degraded ones. */
    record Folder(String name, Path path) implements Negative {}

    /** A model bundle, which restores the crops in the training itself. */
    record Bundle(String name, Path path) implements Negative {}
  }

  /**
   * L_dpl.
   *
   * @param weight 0 switches it off; 0.1 in the paper
   * @param lambda weight of the degraded image among the negatives
   * @param gamma step of the weights of the other negatives, by their difficulty
   * @param features where the features come from
   * @param layers of VGG-16, four indices of torchvision's {@code features}, ascending
   * @param vgg directory of VGG-16, empty where it is not there
   * @param negatives other restorers, possibly none
   */
  public record Perceptual(
      double weight,
      double lambda,
      double gamma,
      Features features,
      List<Integer> layers,
      Optional<Path> vgg,
      List<Negative> negatives) {
    /** Copies the lists. */
    public Perceptual {
      layers = List.copyOf(layers);
      negatives = List.copyOf(negatives);
    }

    /** The paper's settings without negatives. */
    public static Perceptual of(double weight) {
      return new Perceptual(
          weight, 2, 0.25, Features.AUTO, VggFeatureMaps.LAYERS, Optional.empty(), List.of());
    }
  }

  /** L_rec alone. */
  public static LossConfig reconstructionOnly() {
    return new LossConfig(
        Reconstruction.of(1), Contrastive.of(0), new Clip(0), Perceptual.of(0), Optional.empty());
  }

  /**
   * Reads the section {@code losses}; what is not there is off, and a missing section leaves L_rec
   * alone. The caller calls {@link ConfigSection#done} on the whole file.
   *
   * @throws org.perceiveir.trainer.config.ConfigException naming the key that is wrong
   */
  public static LossConfig fromConfig(ConfigSection losses) {
    Reconstruction reconstruction = reconstruction(losses);
    Optional<Path> perceiver = losses.path("perceiver");

    double contrastiveWeight = weight(losses, "contrastive", 0.1);
    ConfigSection contrastive = losses.section("contrastive");
    Contrastive cl =
        new Contrastive(
            contrastiveWeight,
            contrastive.number("temperature", 0.07, 1e-3, 100),
            ContrastiveLoss.Form.of(
                contrastive.oneOf(
                    "form", ContrastiveLoss.Form.MOCO.id(), ContrastiveLoss.Form.ids())));

    Clip clip = new Clip(weight(losses, "clip", 0.05));
    if (clip.weight() > 0 && perceiver.isEmpty()) {
      throw losses.error(
          "perceiver",
          "is missing: clip compares with the prompts of a quality perceiver; give the directory"
              + " that ./perceive train prompts made, or leave clip out");
    }

    Perceptual perceptual = perceptual(losses, weight(losses, "perceptual", 0.1), perceiver);
    LossConfig config = new LossConfig(reconstruction, cl, clip, perceptual, perceiver);
    if (config.terms() == 0) {
      throw losses.error(
          RECONSTRUCTION, "is 0 and every other loss is off: nothing would be learnt");
    }
    return config;
  }

  private static Reconstruction reconstruction(ConfigSection losses) {
    if (!losses.hasSection(RECONSTRUCTION)) {
      return Reconstruction.of(losses.number(RECONSTRUCTION, 1, 0, MAX_WEIGHT));
    }
    ConfigSection section = losses.section(RECONSTRUCTION);
    ReconstructionLoss.Form form =
        ReconstructionLoss.Form.of(
            section.oneOf("form", ReconstructionLoss.Form.L1.id(), ReconstructionLoss.Form.ids()));
    if (form == ReconstructionLoss.Form.L1 && section.has("ceiling")) {
      throw section.error(
          "ceiling", "belongs to form: psnr, and form is l1; leave one of them out");
    }
    return new Reconstruction(
        section.number("weight", 1, 0, MAX_WEIGHT),
        form,
        section.number("ceiling", Reconstruction.CEILING, 10, Reconstruction.CEILING));
  }

  /** The weight of a term: that of the paper where the section is there and does not say. */
  private static double weight(ConfigSection losses, String key, double paper) {
    boolean there = losses.has(key);
    return losses.section(key).number("weight", there ? paper : 0, 0, MAX_WEIGHT);
  }

  private static Perceptual perceptual(
      ConfigSection losses, double weight, Optional<Path> perceiver) {
    ConfigSection section = losses.section("perceptual");
    Features features =
        Features.of(
            section.oneOf(
                "features",
                Features.AUTO.id(),
                Arrays.stream(Features.values()).map(Features::id).toList()));
    Optional<Path> vgg = section.path("vgg");
    if (weight > 0 && features == Features.VGG16 && vgg.isEmpty()) {
      throw section.error(
          "vgg",
          "is missing: features is vgg16; give the directory that ./perceive model import made of"
              + " torchvision's VGG-16, or set features to perceiver");
    }
    if (weight > 0 && features == Features.PERCEIVER && perceiver.isEmpty()) {
      throw losses.error(
          "perceiver", "is missing: perceptual.features is perceiver; give its directory");
    }
    List<Double> asked = section.numbers("layers", 0, Vgg16Features.LAST);
    List<Integer> layers =
        asked.isEmpty() ? VggFeatureMaps.LAYERS : asked.stream().map(Double::intValue).toList();
    if (layers.size() != FeatureMaps.COUNT
        || !layers.equals(List.copyOf(new TreeSet<>(layers)))
        || asked.stream().anyMatch(layer -> layer != Math.rint(layer))) {
      throw section.error(
          "layers",
          "is "
              + asked
              + ": it must be "
              + FeatureMaps.COUNT
              + " ascending layers of VGG-16, like "
              + VggFeatureMaps.LAYERS);
    }
    return new Perceptual(
        weight,
        section.number("lambda", 2, 1e-3, 1000),
        section.number("gamma", 0.25, 0, 0.99),
        features,
        layers,
        vgg,
        negatives(section));
  }

  private static List<Negative> negatives(ConfigSection perceptual) {
    List<Negative> negatives = new ArrayList<>();
    TreeSet<String> names = new TreeSet<>();
    for (ConfigSection item : perceptual.sections("negatives")) {
      Optional<Path> folder = item.path("folder");
      Optional<Path> bundle = item.path("bundle");
      if (folder.isPresent() == bundle.isPresent()) {
        throw item.error(
            "folder",
            "or bundle, one of them, says where the restored images or the model bundle are");
      }
      Path path = folder.or(() -> bundle).orElseThrow();
      String name = item.text("name", String.valueOf(path.getFileName()));
      if (name.isBlank() || !names.add(name)) {
        throw item.error("name", "is '" + name + "': each negative needs a name of its own");
      }
      negatives.add(
          folder.isPresent() ? new Negative.Folder(name, path) : new Negative.Bundle(name, path));
    }
    if (negatives.size() > MAX_NEGATIVES) {
      throw perceptual.error(
          "negatives", "has " + negatives.size() + " entries: at most " + MAX_NEGATIVES);
    }
    return negatives;
  }

  /** How many terms have a weight. */
  int terms() {
    return (reconstruction.weight() > 0 ? 1 : 0)
        + (contrastive.weight() > 0 ? 1 : 0)
        + (clip.weight() > 0 ? 1 : 0)
        + (perceptual.weight() > 0 ? 1 : 0);
  }

  /** Whether batches must hold a second crop of each image. */
  public boolean needsSecondCrop() {
    return contrastive.weight() > 0;
  }

  /**
   * The folders whose images the batches must hold as negatives, in this order; empty where L_dpl
   * is off.
   */
  public List<Negative.Folder> negativeFolders() {
    List<Negative.Folder> folders = new ArrayList<>();
    if (perceptual.weight() > 0) {
      for (Negative negative : perceptual.negatives()) {
        if (negative instanceof Negative.Folder folder) {
          folders.add(folder);
        }
      }
    }
    return folders;
  }

  /**
   * What must not change between the runs of one training; weights of files are hashed by {@link
   * LossSources#identity}.
   */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put(RECONSTRUCTION, reconstruction.weight());
    if (reconstruction.form() != ReconstructionLoss.Form.L1) {
      json.put("reconstructionForm", reconstruction.form().id());
    }
    if (reconstruction.ceiling() != Reconstruction.CEILING) {
      json.put("reconstructionCeiling", reconstruction.ceiling());
    }
    if (contrastive.weight() > 0) {
      json.putObject("contrastive")
          .put("weight", contrastive.weight())
          .put("temperature", contrastive.temperature())
          .put("form", contrastive.form().id());
    }
    if (clip.weight() > 0) {
      json.putObject("clip").put("weight", clip.weight());
    }
    if (perceptual.weight() > 0) {
      ObjectNode dpl = json.putObject("perceptual");
      dpl.put("weight", perceptual.weight());
      dpl.put("lambda", perceptual.lambda());
      dpl.put("gamma", perceptual.gamma());
      dpl.put("features", perceptual.features().id());
      perceptual.layers().forEach(dpl.putArray("layers")::add);
      ObjectNode negatives = dpl.putObject("negatives");
      for (Negative negative : perceptual.negatives()) {
        negatives.put(negative.name(), negative instanceof Negative.Folder ? "folder" : "bundle");
      }
    }
    return json;
  }
}
