package org.perceiveir.imaging.scene;

import static org.perceiveir.imaging.scene.Noise.clamp;
import static org.perceiveir.imaging.scene.Noise.fractal;
import static org.perceiveir.imaging.scene.Noise.mix;
import static org.perceiveir.imaging.scene.Noise.step;
import static org.perceiveir.imaging.scene.Noise.uniform;

/**
 * What the street is papered with. Sizes in metres.
 *
 * <p>One set serves all streets, for it takes a second or two to paint: a scene's seed lays out
 * what stands where.
 */
final class StreetTextures {
  static final float ASPHALT_SIDE = 4;
  static final float PAVING_SIDE = 3.2f;
  static final float FACADE_WIDTH = 12;
  static final float FACADE_HEIGHT = 12;
  static final float SHOP_HEIGHT = 4;
  static final int STYLES = 5;
  static final int TREES = 3;
  static final int CAR_COLOURS = 5;

  private static final int CLUMPS = 34;
  private static final float STOREY = 3;
  private static final float BAY = 3;
  private static final float[][] PLASTER = {
    {204, 188, 158}, {158, 92, 72}, {214, 206, 196}, {176, 150, 108}, {138, 142, 150}
  };
  private static final float[][] PAINT = {
    {176, 32, 30}, {40, 66, 118}, {196, 198, 200}, {44, 46, 50}, {62, 98, 78}
  };

  final Texture asphalt;
  final Texture paving;
  final Texture[] facades = new Texture[STYLES];
  final Texture[] shops = new Texture[STYLES];
  final Texture[] trees = new Texture[TREES];
  final Texture[] carSides = new Texture[CAR_COLOURS];
  final Texture[] carRears = new Texture[CAR_COLOURS];
  final Texture[] carFronts = new Texture[CAR_COLOURS];

  private static final class Shared {
    static final StreetTextures TEXTURES = new StreetTextures(1);
  }

  /** Painted on first use. */
  static StreetTextures shared() {
    return Shared.TEXTURES;
  }

  private StreetTextures(int seed) {
    asphalt = Texture.paint(9, 9, 1, true, (x, y) -> asphalt(seed, x, y));
    paving = Texture.paint(8, 8, 1, true, (x, y) -> paving(seed + 11, x, y));
    for (int i = 0; i < STYLES; i++) {
      int style = i;
      int own = seed + 100 * (i + 1);
      facades[i] = Texture.paint(9, 9, 1, true, (x, y) -> facade(own, style, x, y));
      shops[i] = Texture.paint(9, 7, 1, true, (x, y) -> shop(own + 50, style, x, y));
    }
    for (int i = 0; i < TREES; i++) {
      int own = seed + 1000 * (i + 1);
      trees[i] = Texture.paint(8, 8, 2, false, (x, y) -> tree(own, x, y));
    }
    for (int i = 0; i < CAR_COLOURS; i++) {
      float[] paint = PAINT[i];
      carSides[i] = Texture.paint(8, 7, 3, false, (x, y) -> CarPainter.side(paint, x, y));
      carRears[i] = Texture.paint(7, 7, 3, false, (x, y) -> CarPainter.end(paint, x, y, true));
      carFronts[i] = Texture.paint(7, 7, 3, false, (x, y) -> CarPainter.end(paint, x, y, false));
    }
  }

  static float[] plaster(int style) {
    return PLASTER[style];
  }

  private static int asphalt(int seed, float x, float y) {
    float grain = fractal(seed, x * 128, y * 128, 128, 3);
    float stains = fractal(seed + 7, x * 8, y * 8, 8, 4);
    float stone = Math.max(0, fractal(seed + 3, x * 256, y * 256, 256, 1) - 0.82f) * 260;
    float v = 66 + 62 * grain + 26 * (stains - 0.5f) + stone;
    // Cracks run along the level lines of a coarse noise.
    float crack = Math.abs(fractal(seed + 5, x * 6, y * 6, 6, 5) - 0.5f);
    v *= 1 - 0.45f * (1 - step(0.001f, 0.006f, crack)) * step(0.5f, 0.62f, stains);
    return Texture.rgb(v, v * 0.99f, v * 0.98f);
  }

  private static int paving(int seed, float x, float y) {
    float rows = y * 8;
    int row = (int) rows;
    float columns = x * 4 + (row % 2) * 0.5f;
    int column = (int) columns & 3;
    float tone = uniform(seed, column, row);
    float grain = fractal(seed, x * 64, y * 64, 64, 3);
    float edge = Math.min(gap(columns) / 4, gap(rows) / 8);
    float joint = step(0.001f, 0.004f, edge);
    float v = (128 + 34 * tone + 52 * (grain - 0.5f)) * (0.55f + 0.45f * joint);
    return Texture.rgb(v * 1.02f, v, v * 0.95f);
  }

  /** Distance to the next integer. */
  private static float gap(float v) {
    float f = v - (float) Math.floor(v);
    return Math.min(f, 1 - f);
  }

  private static int facade(int seed, int style, float x, float y) {
    float metresX = x * FACADE_WIDTH;
    float metresY = (1 - y) * FACADE_HEIGHT;
    int bay = (int) (metresX / BAY);
    int storey = (int) (metresY / STOREY);
    float inBay = metresX - bay * BAY - BAY / 2;
    float inStorey = metresY - storey * STOREY;
    float halfWidth = style == 2 ? 0.85f : 0.6f;
    float sill = 0.75f;
    float lintel = style == 4 ? 2.2f : 2.5f;
    float[] wall = PLASTER[style];
    float dirt = fractal(seed, x * 6, y * 6, 6, 5);
    float grain = fractal(seed + 1, x * 128, y * 128, 128, 2);
    float light = 0.72f + 0.34f * dirt + 0.22f * (grain - 0.5f);
    if (style == 1 || style == 3) {
      light *= brick(seed, metresX, metresY);
    }
    // Rain leaves dark streaks below the sills.
    float below = sill - inStorey;
    if (below > 0 && Math.abs(inBay) < halfWidth + 0.1f) {
      float streak = fractal(seed + 9, metresX * 4, 0.5f, 48, 3);
      light *= 1 - 0.35f * streak * (1 - below / sill);
    }
    float r = wall[0] * light;
    float g = wall[1] * light;
    float b = wall[2] * light;
    float dx = halfWidth - Math.abs(inBay);
    float dy = Math.min(inStorey - sill, lintel - inStorey);
    if (dx > -0.14f && dy > -0.14f) {
      if (dx < 0 || dy < 0) {
        // Stone frame, its upper edge in the light.
        float frame = inStorey > lintel ? 0.92f : 1.08f;
        return Texture.rgb(
            mix(r, 222, 0.6f) * frame, mix(g, 214, 0.6f) * frame, mix(b, 200, 0.6f) * frame);
      }
      return window(
          seed, bay, storey, inBay / halfWidth, (inStorey - sill) / (lintel - sill), dx, dy);
    }
    // A ledge between storeys, with its shadow.
    if (inStorey < 0.16f) {
      return Texture.rgb(r * 1.12f, g * 1.12f, b * 1.12f);
    }
    if (inStorey > STOREY - 0.12f) {
      return Texture.rgb(r * 0.7f, g * 0.7f, b * 0.72f);
    }
    return Texture.rgb(r, g, b);
  }

  private static float brick(int seed, float x, float y) {
    float rows = y / 0.1f;
    int row = (int) rows;
    float columns = x / 0.25f + (row % 2) * 0.5f;
    float tone = uniform(seed + 77, (int) columns, row);
    float mortar = Math.min(gap(columns) * 0.25f, gap(rows) * 0.1f);
    return (0.8f + 0.34f * tone) * (mortar < 0.012f ? 1.12f : 1);
  }

  /** A pane: {@code across} -1..1, {@code up} 0..1, distances to the frame in metres. */
  private static int window(
      int seed, int bay, int storey, float across, float up, float dx, float dy) {
    float kind = uniform(seed + 21, bay, storey);
    float recess = dy < 0.12f && up > 0.5f ? 0.55f : 1;
    boolean bar = Math.abs(across) < 0.05f || Math.abs(up - 0.66f) < 0.025f;
    if (bar || dx < 0.06f || dy < 0.06f) {
      return Texture.rgb(226 * recess, 224 * recess, 218 * recess);
    }
    // Glass mirrors the sky above and the houses opposite below, broken by its unevenness.
    float wave = fractal(seed + 31, across * 2 + 8 * bay, up * 2 + 8 * storey, 64, 3);
    float mirrored = step(0.25f, 0.75f, up + 0.9f * (wave - 0.5f) + 0.3f * (kind - 0.5f));
    float r = mix(34, 132, mirrored);
    float g = mix(38, 156, mirrored);
    float b = mix(44, 182, mirrored);
    if (kind > 0.45f && Math.abs(across) > 0.35f + 0.5f * (kind - 0.45f)) {
      float fold = 0.75f + 0.25f * (float) Math.sin(across * 40 + 7 * kind);
      r = mix(r, 214 * fold, 0.7f);
      g = mix(g, 206 * fold, 0.7f);
      b = mix(b, 190 * fold, 0.7f);
    } else if (kind < 0.12f && up > 0.35f) {
      float slat = gap(up * 18) > 0.2f ? 1 : 0.7f;
      r = 196 * slat;
      g = 190 * slat;
      b = 176 * slat;
    }
    return Texture.rgb(r * recess, g * recess, b * recess);
  }

  private static int shop(int seed, int style, float x, float y) {
    float metresX = x * FACADE_WIDTH;
    float metresY = (1 - y) * SHOP_HEIGHT;
    int unit = (int) (metresX / 4);
    float inUnit = metresX - unit * 4f;
    float[] wall = PLASTER[(style + 2) % STYLES];
    float hue = uniform(seed, unit, 5);
    float light = 0.62f + 0.4f * fractal(seed + 1, x * 32, y * 11, 32, 4);
    if (metresY < 0.5f || inUnit < 0.35f || inUnit > 3.65f || metresY > 3.75f) {
      float dark = metresY < 0.5f ? 0.6f : 0.86f;
      return Texture.rgb(wall[0] * light * dark, wall[1] * light * dark, wall[2] * light * dark);
    }
    if (metresY > 3.0f) {
      // The sign board, with light blocks for letters.
      float letter = uniform(seed + 3, (int) (metresX * 5), unit);
      boolean written =
          metresY > 3.2f
              && metresY < 3.5f
              && letter > 0.35f
              && inUnit > 0.9f
              && inUnit < 3.1f
              && gap(metresX * 5) > 0.12f;
      float r = mix(48, 170, uniform(seed, unit, 1));
      float g = mix(40, 96, hue);
      float b = mix(40, 110, uniform(seed, unit, 2));
      return written ? Texture.rgb(236, 230, 208) : Texture.rgb(r * light, g * light, b * light);
    }
    if (metresY > 2.75f) {
      float stripe = gap(metresX * 2.5f) > 0.25f ? 1 : 0.45f;
      return Texture.rgb(210 * stripe * light, 190 * stripe * light, 170 * stripe * light);
    }
    boolean door = inUnit > 2.6f;
    float frame =
        door ? Math.min(inUnit - 2.6f, 3.65f - inUnit) : Math.min(inUnit - 0.35f, 2.6f - inUnit);
    if (frame < 0.07f || (!door && metresY < 0.75f)) {
      return Texture.rgb(58 * light + 20, 52 * light + 20, 46 * light + 20);
    }
    // Goods on shelves behind dark glass, and the street mirrored in it.
    int shelf = (int) (metresY * 1.7f);
    int item = (int) (metresX * 4);
    float bulk = uniform(seed + 9, item, shelf);
    float inShelf = metresY * 1.7f - shelf;
    boolean goods = inShelf > 0.1f && inShelf < 0.2f + 0.7f * bulk && gap(metresX * 4) > 0.07f;
    float warm = hue > 0.5f ? 1.2f : 0.9f;
    float v = goods ? 50 + 90 * uniform(seed + 10, item, shelf) : 30 + 22 * inShelf;
    float tint = uniform(seed + 11, item, shelf) - 0.5f;
    float mirrored = 0.55f * step(0.42f, 0.7f, fractal(seed + 13, x * 10, y * 4, 10, 5));
    return Texture.rgb(
        mix(v * warm * (1 + 0.5f * tint), 112, mirrored),
        mix(v, 122, mirrored),
        mix(v / warm * (1 - 0.5f * tint), 130, mirrored));
  }

  /** Trunk and crown on a square of the tree's height: y downwards. */
  private static int tree(int seed, float x, float y) {
    float ragged = fractal(seed + 2, x * 40, y * 40, 64, 4) - 0.5f;
    float leaf = fractal(seed + 5, x * 110, y * 110, 128, 2);
    float best = 0;
    float light = 0;
    // The crown is a heap of round clumps of leaves, each lit from the upper left.
    for (int i = 0; i < CLUMPS; i++) {
      float angle = i * 2.4f + uniform(seed, i, 3);
      float radius = 0.31f * (float) Math.sqrt((i + 0.5f) / CLUMPS);
      float size = 0.05f + 0.06f * uniform(seed, i, 1);
      float dx = (x - 0.5f - radius * (float) Math.cos(angle) * 1.05f) / size;
      float dy = (y - 0.37f - radius * (float) Math.sin(angle)) / size;
      float inside = 1 - (dx * dx + dy * dy) + 2.6f * ragged + 0.9f * (leaf - 0.5f);
      float front = inside + 0.7f * uniform(seed, i, 2);
      if (inside > 0 && front > best) {
        best = front;
        light = clamp(0.5f - 0.24f * dx - 0.3f * dy + 0.8f * ragged);
      }
    }
    if (best > 0) {
      float hole = fractal(seed + 8, x * 14, y * 14, 16, 4);
      if (hole > 0.66f) {
        return 0;
      }
      float v = (0.3f + 0.8f * light) * (0.3f + 1.4f * leaf) * (1.14f - 0.55f * y);
      float yellow = fractal(seed + 9, x * 10, y * 10, 16, 2);
      return Texture.rgb(mix(66, 104, yellow) * v, mix(104, 116, yellow) * v, 48 * v);
    }
    float bend = 0.03f * (fractal(seed, 0.5f, y * 4, 16, 2) - 0.5f);
    float fromMiddle = x - 0.5f - bend;
    float half = 0.018f + 0.012f * step(0.92f, 1f, y);
    boolean branch =
        y > 0.42f && Math.abs(Math.abs(fromMiddle) - 0.35f * (0.62f - y)) < 0.008f && y < 0.62f;
    if ((y > 0.5f && Math.abs(fromMiddle) < half) || branch) {
      float bark = 0.5f + 0.7f * fractal(seed + 6, x * 80, y * 20, 128, 3);
      float round = branch ? 0.6f : 1.1f - 0.9f * (fromMiddle + half) / (2 * half);
      return Texture.rgb(92 * bark * round, 78 * bark * round, 64 * bark * round);
    }
    return 0;
  }
}
