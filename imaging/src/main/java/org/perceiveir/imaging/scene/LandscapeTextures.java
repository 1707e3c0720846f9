package org.perceiveir.imaging.scene;

import static org.perceiveir.imaging.scene.Noise.clamp;
import static org.perceiveir.imaging.scene.Noise.fractal;
import static org.perceiveir.imaging.scene.Noise.mix;
import static org.perceiveir.imaging.scene.Noise.step;
import static org.perceiveir.imaging.scene.Noise.uniform;

/** What the landscape is covered with; one set serves all landscapes. */
final class LandscapeTextures {
  final Texture grass;
  final Texture forest;
  final Texture ripples;

  private static final class Shared {
    static final LandscapeTextures TEXTURES = new LandscapeTextures(1);
  }

  /** Painted on first use. */
  static LandscapeTextures shared() {
    return Shared.TEXTURES;
  }

  private LandscapeTextures(int seed) {
    grass = Texture.paint(9, 9, 1, true, (x, y) -> grass(seed + 20, x, y));
    forest = Texture.paint(9, 9, 1, true, (x, y) -> forest(seed + 30, x, y));
    ripples = Texture.paint(8, 8, 1, true, (x, y) -> ripples(seed + 40, x, y));
  }

  private static int grass(int seed, float x, float y) {
    float blades = Noise.value(seed + 1, x * 512, y * 512, 512);
    float tufts = 0.6f * fractal(seed, x * 64, y * 64, 64, 3) + 0.4f * blades;
    float patches = fractal(seed + 5, x * 5, y * 5, 5, 5);
    float dry = step(0.42f, 0.66f, patches);
    float v = 0.25f + 1.5f * tufts;
    float flower = uniform(seed + 8, (int) (x * 512), (int) (y * 512));
    if (flower > 0.9955f && patches > 0.5f) {
      return Texture.rgb(232, flower > 0.998f ? 214 : 226, flower > 0.998f ? 90 : 220);
    }
    return Texture.rgb(mix(88, 142, dry) * v, mix(116, 128, dry) * v, mix(46, 66, dry) * v);
  }

  /** Crowns from above on a jittered grid; alpha keeps the height of the canopy. */
  private static int forest(int seed, float x, float y) {
    int crowns = 20;
    float gx = x * crowns;
    float gy = y * crowns;
    float best = 0;
    float light = 0;
    float tone = 0;
    for (int j = -1; j <= 1; j++) {
      for (int i = -1; i <= 1; i++) {
        int cx = (int) gx + i;
        int cy = (int) gy + j;
        int wx = Math.floorMod(cx, crowns);
        int wy = Math.floorMod(cy, crowns);
        float dx = gx - cx - 0.2f - 0.6f * uniform(seed, wx, wy);
        float dy = gy - cy - 0.2f - 0.6f * uniform(seed + 1, wx, wy);
        float radius = 0.55f + 0.3f * uniform(seed + 2, wx, wy);
        float up = 1 - (dx * dx + dy * dy) / (radius * radius);
        up *= 0.7f + 0.3f * uniform(seed + 3, wx, wy);
        if (up > best) {
          best = up;
          light = 0.5f - 0.55f * dx / radius - 0.2f * dy / radius;
          tone = uniform(seed + 4, wx, wy);
        }
      }
    }
    float leaves = fractal(seed + 6, x * 128, y * 128, 128, 3);
    float v = (0.25f + 0.75f * (float) Math.sqrt(best)) * (0.4f + 0.8f * clamp(light));
    v *= 0.3f + 1.4f * leaves;
    return Texture.rgb(mix(62, 104, tone) * v, mix(98, 118, tone) * v, mix(44, 40, tone) * v);
  }

  /** Slopes of small waves: red to the right, green ahead, 128 is level. */
  private static int ripples(int seed, float x, float y) {
    float e = 1 / 256f;
    float here = fractal(seed, x * 8, y * 24, 8, 4);
    float right = fractal(seed, (x + e) * 8, y * 24, 8, 4);
    float ahead = fractal(seed, x * 8, (y + e) * 24, 8, 4);
    return Texture.rgb(128 + 1100 * (right - here), 128 + 700 * (ahead - here), here * 255);
  }
}
