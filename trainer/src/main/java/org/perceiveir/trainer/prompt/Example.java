package org.perceiveir.trainer.prompt;

import java.util.List;
import org.perceiveir.imaging.RgbImage;

/** What stands for a tier in training. */
enum Example {
  /** I_d, the degraded image. */
  DEGRADED,
  /** Halfway from I_d to I_m: a restoration that stopped early. */
  BETWEEN,
  /** I_m, the image that a mediocre restorer left. */
  RESTORED,
  /** I_g, the truth. */
  CLEAN;

  /**
   * The examples of so many tiers, from the worst to the best.
   *
   * <p>The paper has images for three tiers and tries two and four prompts (Table VIII) without
   * saying which images go with them. Two leave out I_m; four add what lies between I_d and I_m.
   */
  static List<Example> forTiers(int count) {
    return switch (count) {
      case 2 -> List.of(DEGRADED, CLEAN);
      case 3 -> List.of(DEGRADED, RESTORED, CLEAN);
      case 4 -> List.of(DEGRADED, BETWEEN, RESTORED, CLEAN);
      default -> throw new IllegalArgumentException(count + " tiers: there are images for 2 to 4");
    };
  }

  /** The image of this kind of one scene. */
  RgbImage of(RgbImage degraded, RgbImage restored, RgbImage clean) {
    return switch (this) {
      case DEGRADED -> degraded;
      case BETWEEN -> mean(degraded, restored);
      case RESTORED -> restored;
      case CLEAN -> clean;
    };
  }

  private static RgbImage mean(RgbImage a, RgbImage b) {
    byte[] mean = new byte[a.rgb().length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (byte) (((a.rgb()[i] & 0xff) + (b.rgb()[i] & 0xff) + 1) / 2);
    }
    return RgbImage.wrap(a.width(), a.height(), mean);
  }
}
