package org.perceiveir.model.preset;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A network configuration: a backbone and the guidance modules that are switched on.
 *
 * <p>A module that is absent is switched off, as in Table VI of the paper. Without {@link Sgm} the
 * prompt guidance takes Z alone, without {@link Cfe} it takes F_l alone; without {@link Pgm} both
 * are unused and Y = X.
 *
 * @param name the preset's name, also the default name of a bundle
 * @param backbone the U-Net
 * @param cfe compact feature extraction, or null when off
 * @param sgm semantic guidance by a frozen encoder, or null when off
 * @param pgm prompt guidance, or null when off
 * @param pgca prior guidance cross attention, or null when off
 */
public record Preset(
    String name,
    Backbone backbone,
    @Nullable Cfe cfe,
    @Nullable Sgm sgm,
    @Nullable Pgm pgm,
    @Nullable Pgca pgca) {

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  private static final int MAX_WIDTH = 512;
  private static final int MAX_BLOCKS = 64;
  private static final int MAX_FEATURES = 8192;
  private static final int MAX_UNSHUFFLE = 8;
  private static final int MAX_ENCODER_SIDE = 1024;
  private static final String UNSHUFFLE = "unshuffle";
  private static final int SEMANTIC_FEATURES = 4;

  /**
   * Compact feature extraction: image to Z.
   *
   * @param channels output channels of each residual block
   * @param unshuffle side of the pixel squares that are folded into channels before the first
   *     block; 1 in the paper's reading. Folding keeps every pixel, which telling noise apart
   *     needs, at a fraction of the cost
   * @param features width of Z
   */
  public record Cfe(List<Integer> channels, int unshuffle, int features) {
    /** Copies the list. */
    public Cfe {
      channels = List.copyOf(channels);
    }
  }

  /**
   * Semantic guidance: features F_1..F_4 of a frozen encoder (eq. 5).
   *
   * @param encoder name of the frozen encoder; its weights lie in the bundle
   * @param features width of each F_l
   * @param size side of the square that a frame is resized to for the encoder, in pixels; fixed, so
   *     that its cost does not depend on the frame
   * @param blocks the encoder's blocks after which F_1 to F_4 are taken, counted from 1
   * @param finalNorm whether the encoder's final norm is applied to them; raw in our reading
   */
  public record Sgm(
      String encoder, int features, int size, List<Integer> blocks, boolean finalNorm) {
    private static final int DEFAULT_SIZE = 224;
    private static final List<Integer> DEFAULT_BLOCKS = List.of(1, 4, 8, 12);

    /** Copies the list. */
    public Sgm {
      blocks = List.copyOf(blocks);
    }

    /** With the size and the blocks of the reading of eq. 5: 224, and blocks 1, 4, 8, 12. */
    public Sgm(String encoder, int features) {
      this(encoder, features, DEFAULT_SIZE, DEFAULT_BLOCKS);
    }

    /** Raw block outputs, the reading of eq. 5. */
    public Sgm(String encoder, int features, int size, List<Integer> blocks) {
      this(encoder, features, size, blocks, false);
    }
  }

  /**
   * Prompt guidance (eq. 6).
   *
   * @param perBlock one module for each enhanced block, else one for each level
   * @param projection what follows the linear layer on the 1x1 map
   */
  public record Pgm(boolean perBlock, Projection projection) {}

  /** What stands for "Conv(Linear(v))" in eq. 6. */
  public enum Projection {
    /** The linear layer alone: on a 1x1 map a convolution adds no function class. */
    LINEAR("linear"),
    /** A 1x1 convolution after it. */
    CONV1X1("conv1x1"),
    /** A depthwise 3x3 convolution, zero padded, after it. */
    DEPTHWISE3X3("depthwise3x3");

    private final String id;

    Projection(String id) {
      this.id = id;
    }

    /** The name in JSON. */
    public String id() {
      return id;
    }
  }

  /**
   * Prior guidance cross attention (eqs. 7 and 8).
   *
   * @param selfAttention whether MDTA follows the cross attention (eq. 8), else cross attention
   *     alone (Fig. 3)
   */
  public record Pgca(boolean selfAttention) {}

  /** The modules that can be switched off (Table VI of the paper, and cross attention). */
  public enum Module {
    /** Compact feature extraction: without it prompt guidance takes F_l alone. */
    CFE("cfe"),
    /** Semantic guidance: without it prompt guidance takes Z alone. */
    SGM("sgm"),
    /** Prompt guidance: without it Y = X. */
    PGM("pgm"),
    /** Prior guidance cross attention: without it an enhanced block attends to itself alone. */
    PGCA("pgca");

    private final String id;

    Module(String id) {
      this.id = id;
    }

    /** The name in JSON and on the command line. */
    public String id() {
      return id;
    }

    /**
     * The module of that name.
     *
     * @throws PresetException naming the modules there are
     */
    public static Module of(String id) {
      for (Module m : values()) {
        if (m.id.equals(id)) {
          return m;
        }
      }
      throw new PresetException(
          "module '"
              + id
              + "' is not known; choose from "
              + String.join(", ", Arrays.stream(values()).map(Module::id).toList()));
    }
  }

  /** Both sides of a padded frame are multiples of this, in pixels. */
  public int padMultiple() {
    return backbone.padMultiple();
  }

  /** The modules that are switched on. */
  public Set<Module> modules() {
    Set<Module> on = EnumSet.noneOf(Module.class);
    if (cfe != null) {
      on.add(Module.CFE);
    }
    if (sgm != null) {
      on.add(Module.SGM);
    }
    if (pgm != null) {
      on.add(Module.PGM);
    }
    if (pgca != null) {
      on.add(Module.PGCA);
    }
    return on;
  }

  /**
   * This preset with modules switched off; those that are off already stay so.
   *
   * <p>Prompt guidance goes too when neither CFE nor SGM is left: nothing would guide it.
   */
  public Preset without(Set<Module> off) {
    Cfe keptCfe = off.contains(Module.CFE) ? null : cfe;
    Sgm keptSgm = off.contains(Module.SGM) ? null : sgm;
    boolean guided = keptCfe != null || keptSgm != null;
    return new Preset(
        name,
        backbone,
        keptCfe,
        keptSgm,
        guided && !off.contains(Module.PGM) ? pgm : null,
        off.contains(Module.PGCA) ? null : pgca);
  }

  /** This preset with semantic guidance switched off, for when its frozen encoder is not there. */
  public Preset withoutSgm() {
    return without(EnumSet.of(Module.SGM));
  }

  /** Width of v = concat(F_l, Z), 0 when neither is there. */
  public int guidanceFeatures() {
    return (sgm == null ? 0 : sgm.features()) + (cfe == null ? 0 : cfe.features());
  }

  /**
   * Reads a preset that ships with the product.
   *
   * @throws PresetException if there is none of that name
   */
  public static Preset named(String name) {
    if (!name.matches("[a-z0-9][a-z0-9-]{0,63}")) {
      throw unknown(name);
    }
    try (InputStream in = Preset.class.getResourceAsStream(name + ".json")) {
      if (in == null) {
        throw unknown(name);
      }
      return fromJson(JSON.readTree(in));
    } catch (IOException e) {
      throw new PresetException("preset '" + name + "' cannot be read: " + e.getMessage());
    }
  }

  private static PresetException unknown(String name) {
    return new PresetException(
        "preset '" + name + "' is not known; choose one of " + String.join(", ", shipped()));
  }

  /** Names of the presets that ship with the product. */
  public static List<String> shipped() {
    return List.of("compact", "paper", "paper-nafnet");
  }

  /**
   * Checks a preset and makes it from JSON.
   *
   * @throws PresetException naming the key, its value and what is allowed
   */
  public static Preset fromJson(JsonNode json) {
    Reader root =
        Reader.of(json, "preset", Set.of("name", "backbone", "cfe", "sgm", "pgm", "pgca"));
    String name = root.text("name");
    Backbone backbone = backbone(root.required("backbone"));
    Preset preset =
        new Preset(
            name,
            backbone,
            cfe(root.optional("cfe"), backbone.padMultiple()),
            sgm(root.optional("sgm")),
            pgm(root.optional("pgm")),
            pgca(root.optional("pgca")));
    if (preset.pgm != null && preset.guidanceFeatures() == 0) {
      throw new PresetException(
          "preset.pgm is on but neither preset.cfe nor preset.sgm is: it would have nothing to be guided by; add one or drop pgm");
    }
    return preset;
  }

  private static Backbone backbone(JsonNode json) {
    String type = json.path("type").asText("");
    switch (type) {
      case "restormer" -> {
        Reader r =
            Reader.of(
                json,
                "preset.backbone",
                Set.of(
                    "type", "dim", "blocks", "refinement", "heads", "expansion", "biasFreeNorm"));
        int dim = r.integer("dim", 1, MAX_WIDTH);
        List<Integer> blocks = r.integers("blocks", 0, MAX_BLOCKS);
        List<Integer> heads = r.integers("heads", 1, MAX_WIDTH);
        if (blocks.size() != 4 || heads.size() != 4) {
          throw new PresetException(
              "preset.backbone.blocks and heads need four entries, one for each level; got "
                  + blocks
                  + " and "
                  + heads);
        }
        if (dim % 2 != 0) {
          throw new PresetException("preset.backbone.dim is " + dim + ": it must be even");
        }
        for (int l = 0; l < 4; l++) {
          int channels = dim << l;
          if (channels % heads.get(l) != 0) {
            throw new PresetException(
                "preset.backbone.heads["
                    + l
                    + "] is "
                    + heads.get(l)
                    + ": it must divide "
                    + channels);
          }
        }
        double expansion = r.number("expansion", 0.1, 16);
        return new Backbone.Restormer(
            dim,
            blocks,
            r.integer("refinement", 0, MAX_BLOCKS),
            heads,
            expansion,
            r.bool("biasFreeNorm", false));
      }
      case "nafnet" -> {
        Reader r =
            Reader.of(
                json,
                "preset.backbone",
                Set.of("type", "width", UNSHUFFLE, "encoder", "middle", "decoder"));
        int width = r.integer("width", 2, MAX_WIDTH);
        List<Integer> encoder = r.integers("encoder", 0, MAX_BLOCKS);
        List<Integer> decoder = r.integers("decoder", 0, MAX_BLOCKS);
        if (encoder.isEmpty() || encoder.size() > 6 || encoder.size() != decoder.size()) {
          throw new PresetException(
              "preset.backbone.encoder and decoder need the same number of levels, 1 to 6; got "
                  + encoder
                  + " and "
                  + decoder);
        }
        int unshuffle = json.has(UNSHUFFLE) ? r.integer(UNSHUFFLE, 1, MAX_UNSHUFFLE) : 1;
        return new Backbone.NafNet(
            width, unshuffle, encoder, r.integer("middle", 0, MAX_BLOCKS), decoder);
      }
      default ->
          throw new PresetException(
              "preset.backbone.type is '" + type + "'; choose restormer or nafnet");
    }
  }

  private static @Nullable Cfe cfe(@Nullable JsonNode json, int padMultiple) {
    if (json == null) {
      return null;
    }
    Reader r = Reader.of(json, "preset.cfe", Set.of("channels", UNSHUFFLE, "features"));
    List<Integer> channels = r.integers("channels", 1, MAX_WIDTH);
    if (channels.isEmpty()) {
      throw new PresetException("preset.cfe.channels is empty; give one entry for each block");
    }
    int unshuffle = json.has(UNSHUFFLE) ? r.integer(UNSHUFFLE, 1, MAX_UNSHUFFLE) : 1;
    if (padMultiple % unshuffle != 0) {
      throw new PresetException(
          "preset.cfe.unshuffle is "
              + unshuffle
              + ": it must divide "
              + padMultiple
              + ", to which the backbone pads");
    }
    return new Cfe(channels, unshuffle, r.integer("features", 1, MAX_FEATURES));
  }

  private static @Nullable Sgm sgm(@Nullable JsonNode json) {
    if (json == null) {
      return null;
    }
    Reader r =
        Reader.of(json, "preset.sgm", Set.of("encoder", "features", "size", "blocks", "finalNorm"));
    List<Integer> blocks =
        json.has("blocks") ? r.integers("blocks", 1, MAX_BLOCKS) : Sgm.DEFAULT_BLOCKS;
    if (blocks.size() != SEMANTIC_FEATURES) {
      throw new PresetException(
          "preset.sgm.blocks is "
              + blocks
              + ": it needs four entries, the blocks after which F_1 to F_4 are taken");
    }
    return new Sgm(
        r.text("encoder"),
        r.integer("features", 1, MAX_FEATURES),
        json.has("size") ? r.integer("size", 8, MAX_ENCODER_SIDE) : Sgm.DEFAULT_SIZE,
        blocks,
        r.bool("finalNorm", false));
  }

  private static @Nullable Pgm pgm(@Nullable JsonNode json) {
    if (json == null) {
      return null;
    }
    Reader r = Reader.of(json, "preset.pgm", Set.of("per", "projection"));
    String per = r.choice("per", "block", "block", "level");
    String projection = r.choice("projection", "linear", "linear", "conv1x1", "depthwise3x3");
    Projection chosen = Projection.LINEAR;
    for (Projection p : Projection.values()) {
      if (p.id().equals(projection)) {
        chosen = p;
      }
    }
    return new Pgm(per.equals("block"), chosen);
  }

  private static @Nullable Pgca pgca(@Nullable JsonNode json) {
    if (json == null) {
      return null;
    }
    Reader r = Reader.of(json, "preset.pgca", Set.of("form"));
    return new Pgca(r.choice("form", "cross+mdta", "cross+mdta", "cross").equals("cross+mdta"));
  }

  /** The preset as JSON; {@link #fromJson} of it equals this. */
  public ObjectNode toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("name", name);
    ObjectNode b = root.putObject("backbone");
    if (backbone instanceof Backbone.Restormer r) {
      b.put("type", "restormer").put("dim", r.dim());
      addAll(b.putArray("blocks"), r.blocks());
      b.put("refinement", r.refinement());
      addAll(b.putArray("heads"), r.heads());
      b.put("expansion", r.expansion()).put("biasFreeNorm", r.biasFreeNorm());
    } else if (backbone instanceof Backbone.NafNet n) {
      b.put("type", "nafnet").put("width", n.width());
      if (n.unshuffle() > 1) {
        b.put(UNSHUFFLE, n.unshuffle());
      }
      addAll(b.putArray("encoder"), n.encoder());
      b.put("middle", n.middle());
      addAll(b.putArray("decoder"), n.decoder());
    }
    if (cfe != null) {
      ObjectNode c = root.putObject("cfe");
      addAll(c.putArray("channels"), cfe.channels());
      c.put(UNSHUFFLE, cfe.unshuffle()).put("features", cfe.features());
    }
    if (sgm != null) {
      ObjectNode g = root.putObject("sgm");
      g.put("encoder", sgm.encoder()).put("features", sgm.features()).put("size", sgm.size());
      addAll(g.putArray("blocks"), sgm.blocks());
      g.put("finalNorm", sgm.finalNorm());
    }
    if (pgm != null) {
      root.putObject("pgm")
          .put("per", pgm.perBlock() ? "block" : "level")
          .put("projection", pgm.projection().id());
    }
    if (pgca != null) {
      root.putObject("pgca").put("form", pgca.selfAttention() ? "cross+mdta" : "cross");
    }
    return root;
  }

  private static void addAll(ArrayNode array, List<Integer> values) {
    values.forEach(array::add);
  }

  /** Typed access to one JSON object whose keys are all known. */
  private record Reader(JsonNode json, String path) {

    static Reader of(JsonNode json, String path, Set<String> known) {
      if (!json.isObject()) {
        throw new PresetException(path + " must be a JSON object, got " + json.getNodeType());
      }
      for (var names = json.fieldNames(); names.hasNext(); ) {
        String key = names.next();
        if (!known.contains(key)) {
          throw new PresetException(
              path + "." + key + " is not a known key; known are " + new TreeSet<>(known));
        }
      }
      return new Reader(json, path);
    }

    @Nullable JsonNode optional(String key) {
      JsonNode node = json.get(key);
      return node == null || node.isNull() ? null : node;
    }

    JsonNode required(String key) {
      JsonNode node = optional(key);
      if (node == null) {
        throw new PresetException(path + "." + key + " is missing");
      }
      return node;
    }

    String text(String key) {
      JsonNode node = required(key);
      if (!node.isTextual() || node.asText().isBlank() || node.asText().length() > 200) {
        throw new PresetException(
            path + "." + key + " must be a text of 1 to 200 characters, got " + node);
      }
      return node.asText();
    }

    String choice(String key, String byDefault, String... allowed) {
      JsonNode node = optional(key);
      if (node == null) {
        return byDefault;
      }
      if (!List.of(allowed).contains(node.asText())) {
        throw new PresetException(
            path + "." + key + " is " + node + "; choose one of " + String.join(", ", allowed));
      }
      return node.asText();
    }

    boolean bool(String key, boolean byDefault) {
      JsonNode node = optional(key);
      if (node == null) {
        return byDefault;
      }
      if (!node.isBoolean()) {
        throw new PresetException(path + "." + key + " must be true or false, got " + node);
      }
      return node.asBoolean();
    }

    int integer(String key, int min, int max) {
      return checked(required(key), path + "." + key, min, max);
    }

    List<Integer> integers(String key, int min, int max) {
      JsonNode node = required(key);
      if (!node.isArray() || node.size() > 16) {
        throw new PresetException(
            path + "." + key + " must be an array of at most 16 integers, got " + node);
      }
      List<Integer> values = new ArrayList<>();
      for (int i = 0; i < node.size(); i++) {
        values.add(checked(node.get(i), path + "." + key + "[" + i + "]", min, max));
      }
      return values;
    }

    double number(String key, double min, double max) {
      JsonNode node = required(key);
      double value = node.asDouble(Double.NaN);
      if (!node.isNumber() || !(value >= min && value <= max)) {
        throw new PresetException(
            path + "." + key + " is " + node + ": it must be a number from " + min + " to " + max);
      }
      return value;
    }

    private static int checked(JsonNode node, String path, int min, int max) {
      if (!node.isIntegralNumber()
          || !node.canConvertToInt()
          || node.asInt() < min
          || node.asInt() > max) {
        throw new PresetException(
            path + " is " + node + ": it must be an integer from " + min + " to " + max);
      }
      return node.asInt();
    }
  }
}
