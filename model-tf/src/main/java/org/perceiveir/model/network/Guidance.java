package org.perceiveir.model.network;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.nn.Layers;
import org.perceiveir.model.nn.PromptGuidance;
import org.perceiveir.model.nn.RestormerBlocks;
import org.perceiveir.model.preset.Preset;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * What guides the decoder: v for each level, the modulation by it and the attention between X and
 * Y.
 */
final class Guidance {
  private final Layers layers;
  private final Preset preset;
  private final @Nullable Operand<TFloat32> z;
  private final List<Operand<TFloat32>> semantic;
  private final @Nullable PromptGuidance modulation;

  Guidance(
      Layers layers,
      Preset preset,
      @Nullable Operand<TFloat32> z,
      List<Operand<TFloat32>> semantic) {
    this.layers = layers;
    this.preset = preset;
    this.z = z;
    this.semantic = List.copyOf(semantic);
    this.modulation = preset.pgm() == null ? null : new PromptGuidance(layers, preset.pgm());
  }

  /** Whether blocks of the decoder differ from the plain backbone's. */
  boolean active() {
    return preset.pgm() != null || preset.pgca() != null;
  }

  /**
   * v of a level, the concatenation of F_l and Z.
   *
   * @param level decoder level, 0 at full resolution
   * @return {@code (batch, features)}, or null without prompt guidance
   */
  @Nullable Operand<TFloat32> vector(int level) {
    if (modulation == null) {
      return null;
    }
    List<Operand<TFloat32>> parts = new ArrayList<>();
    if (!semantic.isEmpty()) {
      // A backbone deeper than four levels is guided by the last feature below the fourth.
      parts.add(semantic.get(Math.min(level, semantic.size() - 1)));
    }
    if (z != null) {
      parts.add(z);
    }
    return parts.size() == 1 ? parts.get(0) : layers.concatFeatures(parts.get(0), parts.get(1));
  }

  /**
   * Whether every block modulates its own input, else one Y of a level stands beside its blocks.
   */
  boolean perBlock() {
    return preset.pgm() != null && preset.pgm().perBlock();
  }

  /**
   * Y of eq. 6, or X itself without prompt guidance.
   *
   * @param level decoder level, 0 at full resolution
   * @param block index of the block in its level
   * @param x the block's input, or the level's with one module for each level
   * @param v what {@link #vector} gives
   */
  Operand<TFloat32> modulate(
      int level, int block, Operand<TFloat32> x, int channels, @Nullable Operand<TFloat32> v) {
    return modulation == null || v == null
        ? x
        : modulation.apply(level, block, x, channels, v, preset.guidanceFeatures());
  }

  /**
   * The attention of an enhanced block: {@code MDTA(LN(CrossAtt(LN(Y), LN(X)))) + Y} (eq. 8), or
   * one of its parts where the preset switches the other off.
   *
   * @param always whether self attention stays when cross attention is off (a transformer block
   *     needs it)
   */
  Operand<TFloat32> attend(
      RestormerBlocks blocks,
      String name,
      Operand<TFloat32> y,
      Operand<TFloat32> x,
      int channels,
      int heads,
      boolean always) {
    Ops tf = layers.tf();
    Preset.Pgca pgca = preset.pgca();
    Operand<TFloat32> attended = y;
    boolean any = false;
    if (pgca != null) {
      attended =
          blocks.crossAttention(
              name + ".cross", name + ".norm_y", y, name + ".norm_x", x, channels, heads);
      any = true;
    }
    if (pgca == null ? always : pgca.selfAttention()) {
      attended = blocks.mdta(name + ".mdta", name + ".norm_m", attended, channels, heads);
      any = true;
    }
    return any ? tf.math.add(attended, y) : y;
  }
}
