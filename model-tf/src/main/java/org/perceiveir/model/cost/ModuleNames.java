package org.perceiveir.model.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;

/** Which module a parameter belongs to, by its name in the state dict. */
final class ModuleNames {

  /** A module: where it stands and what it is. */
  record Module(String stage, String part) {}

  private static final Pattern RESTORMER_BLOCK =
      Pattern.compile("(encoder_level|latent|decoder_level|refinement)(\\d?)\\.\\d+\\.(\\w+)\\..*");
  private static final Pattern ENHANCED_BLOCK =
      Pattern.compile("etb\\.(\\d+)\\.\\d+\\.(\\w+)\\..*");
  private static final Pattern PROMPT_GUIDANCE = Pattern.compile("pgm\\.(\\d+)\\..*");
  private static final Pattern RESTORMER_SAMPLING =
      Pattern.compile("(?:down(\\d)_\\d|up\\d_(\\d)|reduce_chan_level(\\d))\\..*");
  private static final Pattern NAFNET_BLOCK =
      Pattern.compile("(encoders|decoders|downs|ups)\\.(\\d+)\\..*");

  private static final String RESAMPLING = "resampling";
  private static final String CONVOLUTION = "convolution";

  private final Preset preset;

  ModuleNames(Preset preset) {
    this.preset = preset;
  }

  /** All stages, in the order in which a frame passes through them. */
  List<String> stages() {
    List<String> stages = new ArrayList<>(List.of("CFE", "extraction"));
    int levels = levels();
    for (int l = 1; l <= levels; l++) {
      stages.add("encoder " + l);
    }
    stages.add(deepest());
    for (int l = levels; l >= 1; l--) {
      stages.add("decoder " + l);
    }
    stages.addAll(List.of("refinement", "reconstruction"));
    return stages;
  }

  private int levels() {
    return preset.backbone() instanceof Backbone.NafNet n ? n.encoder().size() : 3;
  }

  private String deepest() {
    return preset.backbone() instanceof Backbone.NafNet ? "middle" : "latent";
  }

  /**
   * The module of a parameter.
   *
   * @throws IllegalStateException if there is none for such a name
   */
  Module of(String parameter) {
    if (parameter.startsWith("cfe.")) {
      return new Module("CFE", "CFE");
    }
    if (parameter.startsWith("patch_embed.") || parameter.startsWith("intro.")) {
      return new Module("extraction", CONVOLUTION);
    }
    if (parameter.startsWith("output.") || parameter.startsWith("ending.")) {
      return new Module("reconstruction", CONVOLUTION);
    }
    if (parameter.startsWith("middle_blks.")) {
      return new Module("middle", "NAFNet block");
    }
    Matcher m = PROMPT_GUIDANCE.matcher(parameter);
    if (m.matches()) {
      return new Module(decoderStage(Integer.parseInt(m.group(1))), "PGM");
    }
    m = ENHANCED_BLOCK.matcher(parameter);
    if (m.matches()) {
      return new Module(decoderStage(Integer.parseInt(m.group(1))), enhancedPart(m.group(2)));
    }
    m = RESTORMER_BLOCK.matcher(parameter);
    if (m.matches()) {
      String part = m.group(3).matches("norm1|attn") ? "MDTA" : "GDFN";
      return new Module((m.group(1).replace("_level", "") + " " + m.group(2)).strip(), part);
    }
    m = RESTORMER_SAMPLING.matcher(parameter);
    if (m.matches()) {
      if (m.group(1) != null) {
        return new Module("encoder " + m.group(1), RESAMPLING);
      }
      return new Module("decoder " + (m.group(2) != null ? m.group(2) : m.group(3)), RESAMPLING);
    }
    m = NAFNET_BLOCK.matcher(parameter);
    if (m.matches()) {
      int index = Integer.parseInt(m.group(2));
      boolean encoder = m.group(1).equals("encoders") || m.group(1).equals("downs");
      boolean block = m.group(1).equals("encoders") || m.group(1).equals("decoders");
      return new Module(
          encoder ? "encoder " + (index + 1) : "decoder " + (levels() - index),
          block ? "NAFNet block" : RESAMPLING);
    }
    throw new IllegalStateException("parameter " + parameter + " belongs to no known module");
  }

  private String decoderStage(int level) {
    return level == levels() ? deepest() : "decoder " + (level + 1);
  }

  private String enhancedPart(String name) {
    return switch (name) {
      case "cross", "norm_x", "norm_y" -> "PGCA cross attention";
      case "mdta", "norm_m" -> preset.pgca() == null ? "MDTA" : "PGCA self attention";
      default -> "GDFN";
    };
  }
}
