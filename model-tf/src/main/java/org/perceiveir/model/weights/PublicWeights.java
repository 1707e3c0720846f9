package org.perceiveir.model.weights;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.clip.ClipTextEncoder;
import org.perceiveir.model.clip.ClipWeights;
import org.perceiveir.model.dinov2.DinoV2Config;
import org.perceiveir.model.dinov2.DinoV2Encoder;
import org.perceiveir.model.dinov2.DinoV2Weights;
import org.perceiveir.model.lpips.Lpips;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.vgg.Vgg16Config;
import org.perceiveir.model.vgg.Vgg16Features;
import org.perceiveir.model.vit.StateDict;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * State dicts that others published: which network they are of is read off the shapes, then every
 * name and shape is compared with that network's.
 */
public final class PublicWeights {
  /** What a training script may put before every name; taken away while all names begin with it. */
  private static final List<String> WRAPPERS =
      List.of("module.", "params.", "params_ema.", "state_dict.");

  private static final Pattern CLIP_SIZES =
      Pattern.compile("(^|\\.)(position_ids|input_resolution|context_length|vocab_size)$");

  private static final int SHOWN = 10;

  /** Features of an image token of ViT-L/14, the widest that OpenAI published. */
  private static final int MAX_CLIP_WIDTH = 1024;

  private static final int MAX_LEVELS = 6;
  private static final int MAX_DECIMALS = 9;

  /** The networks that are known. */
  public enum Kind {
    /** CLIP, both halves, in OpenAI's or Hugging Face's names. */
    CLIP,
    /** DINOv2's vision transformer, in the official or Hugging Face's names. */
    DINOV2,
    /** torchvision's VGG-16. */
    VGG16,
    /** torchvision's AlexNet, a trunk of LPIPS. */
    ALEXNET,
    /** Restormer. */
    RESTORMER,
    /** NAFNet. */
    NAFNET;

    /** The name on the command line and in files. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the network restores images, and so is kept as a model bundle. */
    public boolean restores() {
      return this == RESTORMER || this == NAFNET;
    }
  }

  private PublicWeights() {}

  /**
   * Recognises a state dict of a kind.
   *
   * @param stateDict by name, in PyTorch's layout; every name may have one of the wrappers {@code
   *     module.}, {@code params.}, {@code params_ema.} and {@code state_dict.} before it
   * @throws StateDictException if it is not of that kind, describes a network that cannot be built,
   *     has a tensor without elements or holds numbers that are not finite
   * @throws WeightMismatchException listing every missing, unexpected and misshaped tensor
   */
  public static RecognisedWeights recognise(Kind kind, Map<String, FloatTensor> stateDict) {
    Map<String, FloatTensor> bare = unwrapped(stateDict);
    checkNotEmpty(bare);
    RecognisedWeights recognised;
    try {
      recognised =
          switch (kind) {
            case CLIP -> clip(bare);
            case DINOV2 -> dinov2(bare);
            case VGG16 -> vgg16(bare);
            case ALEXNET -> alexnet(bare);
            case RESTORMER, NAFNET -> restorer(kind, bare);
          };
    } catch (PresetException e) {
      throw unusable(kind, e);
    }
    checkFinite(recognised.weights());
    return recognised;
  }

  /**
   * Recognises the tensors of a file.
   *
   * @param file its floating point tensors, and the names of others: position numbers and sizes
   *     that CLIP files keep beside the weights are passed over
   * @throws StateDictException if it is not of that kind, holds numbers that are not finite or
   *     tensors that are no floats
   * @throws WeightMismatchException listing every missing, unexpected and misshaped tensor
   */
  public static RecognisedWeights recognise(Kind kind, SafeTensors.Floats file) {
    List<String> unknown =
        file.others().stream()
            .filter(name -> kind != Kind.CLIP || !CLIP_SIZES.matcher(name).find())
            .toList();
    if (!unknown.isEmpty()) {
      throw new StateDictException(
          "tensors "
              + unknown.subList(0, Math.min(SHOWN, unknown.size()))
              + " hold no floating point numbers, which no weight of a "
              + kind.id()
              + " network does; leave them out when you convert the file");
    }
    return recognise(kind, file.tensors());
  }

  private static RecognisedWeights clip(Map<String, FloatTensor> stateDict) {
    ClipWeights file = ClipWeights.of(StateDict.of(stateDict));
    ClipConfig config = file.config();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      new ClipImageEncoder(tf, params, config);
      new ClipTextEncoder(tf, params, config);
      Map<String, FloatTensor> weights = file.both(params);
      checkHeads(Kind.CLIP, "image tokens", config.visionWidth(), ClipConfig.FEATURES_PER_HEAD);
      checkHeads(Kind.CLIP, "text tokens", config.textWidth(), ClipConfig.FEATURES_PER_HEAD);
      if (config.visionWidth() > MAX_CLIP_WIDTH) {
        throw new StateDictException(
            "image tokens have "
                + config.visionWidth()
                + " features; OpenAI's CLIP models have at most "
                + MAX_CLIP_WIDTH
                + ", and wider ones, of OpenCLIP, have heads of another width, which no tensor"
                + " tells; take OpenAI's ViT-B/32");
      }
      return new RecognisedWeights(Kind.CLIP, config.toJson(), weights);
    }
  }

  /** The number of heads shows in no shape, so that only the authors' rule can tell it. */
  private static void checkHeads(Kind kind, String what, int width, int featuresPerHead) {
    if (width % featuresPerHead != 0) {
      throw new StateDictException(
          what
              + " have "
              + width
              + " features, no multiple of "
              + featuresPerHead
              + ": the authors' "
              + kind.id()
              + " models have a head for each "
              + featuresPerHead
              + ", and how many heads this one has is not in the file; take the authors' weights");
    }
  }

  private static RecognisedWeights dinov2(Map<String, FloatTensor> stateDict) {
    DinoV2Weights file = DinoV2Weights.of(StateDict.of(stateDict));
    DinoV2Config config = file.config();
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      new DinoV2Encoder(tf, params, config);
      Map<String, FloatTensor> weights = file.all(params);
      checkHeads(Kind.DINOV2, "tokens", config.width(), DinoV2Config.FEATURES_PER_HEAD);
      return new RecognisedWeights(Kind.DINOV2, config.toJson(), weights);
    }
  }

  private static RecognisedWeights vgg16(Map<String, FloatTensor> stateDict) {
    if (stateDict.keySet().stream().noneMatch(name -> name.startsWith("features."))) {
      require(Kind.VGG16, stateDict, "features.0.weight", 4);
    }
    Map<String, FloatTensor> features = Vgg16Config.features(stateDict);
    Vgg16Config config = Vgg16Config.of(features);
    check(
        features,
        (tf, params, images) ->
            new Vgg16Features(tf, params, config).apply(images, List.of(Vgg16Features.LAST)));
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode widths = json.putArray("widths");
    config.widths().forEach(widths::add);
    return new RecognisedWeights(Kind.VGG16, json, features);
  }

  /** One size only was published, and LPIPS's linear weights fit no other. */
  private static RecognisedWeights alexnet(Map<String, FloatTensor> stateDict) {
    if (stateDict.keySet().stream().noneMatch(name -> name.startsWith("features."))) {
      require(Kind.ALEXNET, stateDict, "features.0.weight", 4);
    }
    Map<String, FloatTensor> features = Lpips.Trunk.ALEXNET.features(stateDict);
    check(
        features,
        (tf, params, images) ->
            new Lpips(tf, params, Lpips.Trunk.ALEXNET).distance(images, images));
    return new RecognisedWeights(Kind.ALEXNET, JsonNodeFactory.instance.objectNode(), features);
  }

  private static RecognisedWeights restorer(Kind kind, Map<String, FloatTensor> stateDict) {
    Preset preset = presetOf(kind, stateDict);
    check(
        stateDict,
        (tf, params, images) -> PerceiveIrNetwork.build(tf, params, preset).restore(images));
    return new RecognisedWeights(kind, preset.toJson(), stateDict);
  }

  /**
   * The preset, without guidance, of a network that restores by itself.
   *
   * <p>What the shapes of single tensors say is taken; whether all others agree is for {@link
   * #recognise} to check.
   *
   * @param kind {@link Kind#RESTORMER} or {@link Kind#NAFNET}
   * @param stateDict names as in {@link #recognise}
   * @throws StateDictException if the tensors that tell the sizes are not there or contradict each
   *     other, or the kind does not restore
   */
  public static Preset presetOf(Kind kind, Map<String, FloatTensor> stateDict) {
    Map<String, FloatTensor> bare = unwrapped(stateDict);
    Backbone backbone =
        switch (kind) {
          case RESTORMER -> restormer(bare);
          case NAFNET -> nafNet(bare);
          default ->
              throw new StateDictException(
                  "kind " + kind.id() + " has no preset; only restormer and nafnet restore");
        };
    Preset preset = new Preset(kind.id(), backbone, null, null, null, null);
    try {
      return Preset.fromJson(preset.toJson());
    } catch (PresetException e) {
      throw unusable(kind, e);
    }
  }

  private static StateDictException unusable(Kind kind, PresetException e) {
    return new StateDictException(
        "not a " + kind.id() + " state dict that can be run: " + e.getMessage(), e);
  }

  private static Backbone restormer(Map<String, FloatTensor> stateDict) {
    int dim = (int) require(Kind.RESTORMER, stateDict, "patch_embed.proj.weight", 4)[0];
    List<Integer> blocks = new ArrayList<>();
    List<Integer> heads = new ArrayList<>();
    List<Hidden> hidden = new ArrayList<>();
    for (int level = 0; level < 4; level++) {
      String name = level == 3 ? "latent." : "encoder_level" + (level + 1) + ".";
      blocks.add(count(stateDict, name));
      String first = name + "0.";
      heads.add((int) sideOf(stateDict, first + "attn.temperature", 0, 1));
      addHidden(hidden, stateDict, first, (long) dim << level);
    }
    addHidden(hidden, stateDict, "decoder_level1.0.", 2L * dim);
    addHidden(hidden, stateDict, "refinement.0.", 2L * dim);
    boolean biasFree =
        stateDict.keySet().stream().noneMatch(name -> name.endsWith(".norm1.body.bias"));
    return new Backbone.Restormer(
        dim, blocks, count(stateDict, "refinement."), heads, expansion(hidden), biasFree);
  }

  /** A feed-forward network: so many hidden channels for so many channels. */
  private record Hidden(String name, long channels, long hidden) {}

  private static void addHidden(
      List<Hidden> found, Map<String, FloatTensor> stateDict, String block, long channels) {
    String name = block + "ffn.project_out.weight";
    long hidden = sideOf(stateDict, name, 1, 0);
    if (hidden > 0) {
      found.add(new Hidden(name, channels, hidden));
    }
  }

  /** The shortest decimal that, times the channels and rounded down, gives every hidden width. */
  private static double expansion(List<Hidden> widths) {
    if (widths.isEmpty()) {
      throw new StateDictException(
          "not a restormer state dict: it has no ffn.project_out.weight in the first block of any"
              + " level, so the width of its feed-forward networks is unknown");
    }
    double least = 0;
    double below = Double.POSITIVE_INFINITY;
    for (Hidden w : widths) {
      least = Math.max(least, (double) w.hidden / w.channels);
      below = Math.min(below, (double) (w.hidden + 1) / w.channels);
    }
    for (int decimals = 0; least < below && decimals <= MAX_DECIMALS; decimals++) {
      double unit = Math.pow(10, decimals);
      double candidate = Math.ceil(least * unit) / unit;
      if (widths.stream().allMatch(w -> (int) (w.channels * candidate) == w.hidden)) {
        return candidate;
      }
    }
    throw new StateDictException(
        "not a restormer state dict: no one expansion gives the widths of its feed-forward networks "
            + widths);
  }

  private static Backbone nafNet(Map<String, FloatTensor> stateDict) {
    int width = (int) require(Kind.NAFNET, stateDict, "intro.weight", 4)[0];
    // Any part may be missing, and the others still tell what to expect of it.
    int levels = 0;
    for (String part : List.of("downs.", "ups.", "encoders.", "decoders.")) {
      levels = Math.max(levels, Math.min(count(stateDict, part), MAX_LEVELS + 1));
    }
    if (levels == 0) {
      require(Kind.NAFNET, stateDict, "downs.0.weight", 4);
    }
    List<Integer> encoder = new ArrayList<>();
    List<Integer> decoder = new ArrayList<>();
    for (int level = 0; level < levels; level++) {
      encoder.add(count(stateDict, "encoders." + level + "."));
      decoder.add(count(stateDict, "decoders." + level + "."));
    }
    return new Backbone.NafNet(width, encoder, count(stateDict, "middle_blks."), decoder);
  }

  /** How many blocks, numbered from 0, have names that begin with {@code prefix} and the number. */
  private static int count(Map<String, FloatTensor> stateDict, String prefix) {
    TreeSet<String> names = new TreeSet<>(stateDict.keySet());
    int blocks = 0;
    while (true) {
      String block = prefix + blocks + ".";
      String next = names.ceiling(block);
      if (next == null || !next.startsWith(block)) {
        return blocks;
      }
      blocks++;
    }
  }

  private static long sideOf(
      Map<String, FloatTensor> stateDict, String name, int axis, long otherwise) {
    FloatTensor tensor = stateDict.get(name);
    return tensor == null || tensor.shape().length <= axis ? otherwise : tensor.shape()[axis];
  }

  private static long[] require(
      Kind kind, Map<String, FloatTensor> stateDict, String name, int rank) {
    FloatTensor tensor = stateDict.get(name);
    if (tensor == null) {
      throw new StateDictException(
          "not a "
              + kind.id()
              + " state dict: it has no "
              + name
              + " among its "
              + stateDict.size()
              + " tensors "
              + stateDict.keySet().stream().sorted().limit(3).toList()
              + (stateDict.size() > 3 ? " ..." : "")
              + "; choose the kind that it is of");
    }
    if (tensor.shape().length != rank || tensor.shape()[0] > Integer.MAX_VALUE) {
      throw new StateDictException(
          "not a "
              + kind.id()
              + " state dict: "
              + name
              + " has shape "
              + Arrays.toString(tensor.shape())
              + ", expected "
              + rank
              + " axes");
    }
    return tensor.shape();
  }

  /** Builds a network for the sake of its parameters. */
  private interface Builder {
    Object build(Ops tf, ParamStore params, Placeholder<TFloat32> images);
  }

  private static void check(Map<String, FloatTensor> weights, Builder builder) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      builder.build(
          tf, params, tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3))));
      params.check(weights);
    }
  }

  private static void checkNotEmpty(Map<String, FloatTensor> stateDict) {
    List<String> empty = new ArrayList<>();
    new TreeMap<>(stateDict)
        .forEach(
            (name, tensor) -> {
              if (tensor.values().length == 0) {
                empty.add(name + " " + Arrays.toString(tensor.shape()));
              }
            });
    if (!empty.isEmpty()) {
      throw new StateDictException(
          (empty.size() == 1 ? "1 tensor has" : empty.size() + " tensors have")
              + " no elements, which no weight has: "
              + String.join("; ", empty.subList(0, Math.min(SHOWN, empty.size())))
              + (empty.size() > SHOWN ? "; and " + (empty.size() - SHOWN) + " more" : "")
              + "; convert or download the file again");
    }
  }

  private static void checkFinite(Map<String, FloatTensor> weights) {
    List<String> bad = new ArrayList<>();
    new TreeMap<>(weights)
        .forEach(
            (name, tensor) -> {
              for (float value : tensor.values()) {
                if (!Float.isFinite(value)) {
                  bad.add(name + " holds " + value);
                  return;
                }
              }
            });
    if (!bad.isEmpty()) {
      throw new StateDictException(
          (bad.size() == 1 ? "1 tensor holds" : bad.size() + " tensors hold")
              + " numbers that are not finite: "
              + String.join("; ", bad.subList(0, Math.min(SHOWN, bad.size())))
              + (bad.size() > SHOWN ? "; and " + (bad.size() - SHOWN) + " more" : "")
              + "; take a checkpoint from before the training diverged");
    }
  }

  private static Map<String, FloatTensor> unwrapped(Map<String, FloatTensor> stateDict) {
    Map<String, FloatTensor> names = stateDict;
    for (boolean again = true; again; ) {
      again = false;
      for (String wrapper : WRAPPERS) {
        if (!names.isEmpty() && names.keySet().stream().allMatch(n -> n.startsWith(wrapper))) {
          Map<String, FloatTensor> shorter = new TreeMap<>();
          names.forEach((name, tensor) -> shorter.put(name.substring(wrapper.length()), tensor));
          names = shorter;
          again = true;
        }
      }
    }
    return names;
  }
}
