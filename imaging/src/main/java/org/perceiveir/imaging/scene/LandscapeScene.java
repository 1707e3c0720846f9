package org.perceiveir.imaging.scene;

import static org.perceiveir.imaging.scene.Noise.clamp;
import static org.perceiveir.imaging.scene.Noise.fractal;
import static org.perceiveir.imaging.scene.Noise.mix;
import static org.perceiveir.imaging.scene.Noise.step;

import java.util.stream.IntStream;
import org.perceiveir.imaging.RgbImage;

/**
 * A river valley on a height field, drawn column by column from near to far.
 *
 * <p>Metres; x to the right, y up, z ahead; the water stands at y = 0. The height field repeats
 * after {@value #PERIOD} m. Each column marches away from the camera with steps that grow with the
 * distance; where the ground rises above all that was seen before, the rows between are filled,
 * each with the texture at its own point of the ground. Water is filled last and mirrors the rows
 * above.
 */
final class LandscapeScene implements SyntheticScene {
  private static final int CELLS = 512;
  private static final int CELL = 6;
  private static final int PERIOD = CELLS * CELL;
  private static final float EYE = 30;
  private static final float SPEED = 1.1f;
  private static final float FARTHEST = 2600;
  private static final float HAZE_LENGTH = 1500;
  private static final float RIVER = 24;
  private static final float GRASS_SIDE = 28;
  private static final float FOREST_SIDE = 90;
  private static final float TREE_HEIGHT = 9;

  private final int width;
  private final int height;
  private final float focal;
  private final float horizon;
  private final float[] heights = new float[CELLS * CELLS];
  private final float[] lights = new float[CELLS * CELLS];
  private final float[] forests = new float[CELLS * CELLS];
  private final Texture grass = LandscapeTextures.shared().grass;
  private final Texture forest = LandscapeTextures.shared().forest;
  private final Texture ripples = LandscapeTextures.shared().ripples;
  private final Sky sky = Sky.shared();

  LandscapeScene(long longSeed, int width, int height) {
    Canvas.checkSize(width, height);
    int seed = Long.hashCode(longSeed * 0x9E3779B97F4A7C15L);
    this.width = width;
    this.height = height;
    this.focal = 0.85f * Math.max(width, 1.4f * height);
    this.horizon = 0.4f * height;
    raise(seed);
    light();
  }

  @Override
  public RgbImage frame(int index) {
    Canvas canvas = Canvas.forFrame(index, width, height);
    new View(canvas, index).draw();
    return canvas.toImage();
  }

  /** The middle of the river. */
  private static float river(float z) {
    double turn = 2 * Math.PI * z / PERIOD;
    return (float) (90 * Math.sin(3 * turn) + 40 * Math.sin(7 * turn + 1));
  }

  private void raise(int seed) {
    IntStream.range(0, CELLS).parallel().forEach(row -> raiseRow(seed, row));
  }

  private void raiseRow(int seed, int row) {
    float bed = river(row * CELL);
    for (int column = 0; column < CELLS; column++) {
      float x = column * CELL;
      float fromRiver = Math.abs(x - bed - PERIOD * Math.round((x - bed) / PERIOD));
      float u = column / (float) CELLS;
      float v = row / (float) CELLS;
      float hills = fractal(seed, u * 12, v * 12, 12, 6);
      float ridge = 1 - Math.abs(2 * fractal(seed + 9, u * 6, v * 6, 6, 6) - 1);
      float valley = 1 - (float) Math.exp(-square(fromRiver / 330));
      float bank = step(RIVER - 6, RIVER + 26, fromRiver + 16 * (hills - 0.5f));
      heights[row * CELLS + column] =
          -3 + bank * (5 + 12 * hills) + valley * (330 * ridge * ridge * ridge + 50 * hills);
      float wood = fractal(seed + 17, u * 40, v * 40, 40, 4) + 0.12f * valley;
      float bushes = step(0.7f, 0.8f, Noise.value(seed + 23, u * 230, v * 230, 230));
      forests[row * CELLS + column] =
          Math.max(step(0.47f, 0.53f, wood), 0.75f * bushes)
              * step(RIVER + 18, RIVER + 34, fromRiver);
    }
  }

  /** Light on each cell: the sun from the left ahead, and less sky in hollows. */
  private void light() {
    for (int row = 0; row < CELLS; row++) {
      for (int column = 0; column < CELLS; column++) {
        float slopeX =
            (cell(heights, column + 1, row) - cell(heights, column - 1, row)) / (2 * CELL);
        float slopeZ =
            (cell(heights, column, row + 1) - cell(heights, column, row - 1)) / (2 * CELL);
        float length = (float) Math.sqrt(1 + slopeX * slopeX + slopeZ * slopeZ);
        float sun = Math.max(0, (0.62f * slopeX - 0.25f * slopeZ + 0.55f) / length);
        lights[row * CELLS + column] = 0.42f + 1.05f * sun;
      }
    }
  }

  private static float cell(float[] field, int column, int row) {
    return field[(row & (CELLS - 1)) * CELLS + (column & (CELLS - 1))];
  }

  /** A field between its cells, bilinear. */
  private static float at(float[] field, float x, float z) {
    float u = x / CELL;
    float v = z / CELL;
    int column = (int) Math.floor(u);
    int row = (int) Math.floor(v);
    float fx = u - column;
    float fz = v - row;
    float near = mix(cell(field, column, row), cell(field, column + 1, row), fx);
    float far = mix(cell(field, column, row + 1), cell(field, column + 1, row + 1), fx);
    return mix(near, far, fz);
  }

  private static float square(float v) {
    return v * v;
  }

  /** One frame. */
  private final class View {
    private final Canvas canvas;
    private final int index;
    private final float eyeX;
    private final float eyeY;
    private final float eyeZ;
    private final float sin;
    private final float cos;
    private final float[] water;

    View(Canvas canvas, int index) {
      this.canvas = canvas;
      this.index = index;
      this.eyeZ = index * SPEED;
      this.eyeX = river(eyeZ + 15);
      this.eyeY = EYE + 3 * (float) Math.sin(index * 0.011);
      double yaw = Math.atan2(river(eyeZ + 320) - eyeX, 320) * 0.8;
      this.sin = (float) Math.sin(yaw);
      this.cos = (float) Math.cos(yaw);
      this.water = new float[width * height];
    }

    void draw() {
      for (int x = 0; x < width; x++) {
        column(x);
      }
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          if (water[y * width + x] > 0) {
            water(x, y, water[y * width + x]);
          }
        }
      }
    }

    private void column(int px) {
      float sideways = (px + 0.5f - 0.5f * width) / focal;
      float dx = sideways * cos + sin;
      float dz = cos - sideways * sin;
      int open = height;
      float distance = 12;
      float previousDistance = distance;
      float previousRow = height + 1000f;
      while (distance < FARTHEST && open > 0) {
        float x = eyeX + dx * distance;
        float z = eyeZ + dz * distance;
        float ground = Math.max(0, at(heights, x, z));
        if (ground > 0 && distance < 1400) {
          ground += canopy(x, z, distance);
        }
        float row = horizon - focal * (ground - eyeY) / distance;
        if (row < open) {
          int top = Math.max(0, (int) Math.ceil(row));
          float span = Math.max(1e-3f, previousRow - row);
          for (int py = open - 1; py >= top; py--) {
            float share = clamp((previousRow - py) / span);
            surface(px, py, dx, dz, mix(previousDistance, distance, share));
          }
          open = Math.min(open, top);
        }
        previousRow = row;
        previousDistance = distance;
        distance += Math.max(0.4f, distance * 0.011f);
      }
      for (int py = open - 1; py >= 0; py--) {
        sky.draw(canvas, px, py, sideways + sin, (horizon - py - 0.5f) / focal, index);
      }
    }

    private float canopy(float x, float z, float distance) {
      float wood = step(0.3f, 0.6f, at(forests, x, z));
      if (wood <= 0) {
        return 0;
      }
      int crown = forest.sample(x / FOREST_SIDE, z / FOREST_SIDE, distance / focal / FOREST_SIDE);
      return wood * TREE_HEIGHT * (0.55f + 0.006f * (crown >> 8 & 0xFF));
    }

    private void surface(int px, int py, float dx, float dz, float distance) {
      float x = eyeX + dx * distance;
      float z = eyeZ + dz * distance;
      float ground = at(heights, x, z);
      if (ground <= 0) {
        water[py * width + px] = distance;
        return;
      }
      float pixel = distance / focal;
      float footprint =
          0.7f * pixel * (float) Math.sqrt(Math.min(12, Math.max(1, distance / eyeY)));
      float light = at(lights, x, z);
      float wood = step(0.25f, 0.4f, at(forests, x, z));
      // What stands above the ground slants the texture, which trunks would draw out to streaks.
      float above = Math.max(0, eyeY + (horizon - py - 0.5f) / focal * distance - ground);
      int meadow =
          grass.sample(
              (x + 0.6f * above) / GRASS_SIDE, (z + above) / GRASS_SIDE, footprint / GRASS_SIDE);
      float belowTop = TREE_HEIGHT - above;
      int crowns =
          forest.sample(
              (x - 0.4f * belowTop) / FOREST_SIDE,
              (z - 0.6f * belowTop) / FOREST_SIDE,
              footprint / FOREST_SIDE);
      // The same textures at other scales vary the colour over fields and woods.
      int field = grass.sample(x / 311, z / 311, footprint / 311);
      int colour = Texture.blend(meadow, crowns, (int) (256 * wood));
      float leaves = mix(1, 0.35f + (meadow >> 8 & 0xFF) / 170f, wood);
      float vary = (0.55f + (field >> 8 & 0xFF) / 260f) * leaves;
      float r = (colour >> 16 & 0xFF) * light * vary;
      float g = (colour >> 8 & 0xFF) * light * vary;
      float b = (colour & 0xFF) * light * vary;
      // Bare rock on the heights and gravel along the water.
      float rock = step(170, 260, ground + 0.5f * (field & 0xFF)) * 0.8f;
      float shore = 1 - step(0.6f, 2.2f, ground + 0.01f * (meadow >> 8 & 0xFF));
      float stone = (meadow >> 8 & 0xFF) * 0.9f + 40;
      float bare = Math.max(rock, shore);
      r += (stone * 1.02f * light - r) * bare;
      g += (stone * 0.97f * light - g) * bare;
      b += (stone * 0.88f * light - b) * bare;
      float far = 1 - (float) Math.exp(-distance / HAZE_LENGTH);
      canvas.set(
          px,
          py,
          r + (Sky.HAZE_R - 22 - r) * far,
          g + (Sky.HAZE_G - 12 - g) * far,
          b + (Sky.HAZE_B - b) * far);
    }

    /** Mirrors the rows above the horizon, bent by ripples; steep looks see the ground below. */
    private void water(int px, int py, float distance) {
      float sideways = (px + 0.5f - 0.5f * width) / focal;
      float x = eyeX + (sideways * cos + sin) * distance;
      float z = eyeZ + (cos - sideways * sin) * distance;
      float flow = index * 0.05f;
      int wave = ripples.sample(x / 16 + 0.02f * flow, (z + flow) / 16, distance / focal / 8);
      float tiltX = (wave >> 16 & 0xFF) - 128f;
      float tiltZ = (wave >> 8 & 0xFF) - 128f;
      float fading = 1 / (1 + distance / 260);
      int fromX =
          Math.max(0, Math.min(width - 1, px + Math.round(tiltX * 0.0008f * focal * fading)));
      float mirroredRow = 2 * horizon - py - 8 * height / (distance + 60);
      int fromY =
          Math.max(
              0, Math.min(height - 1, Math.round(mirroredRow - tiltZ * 0.0016f * focal * fading)));
      int at = fromY * width + fromX;
      while (fromY > 0 && water[at] > 0) {
        fromY--;
        at -= width;
      }
      float slope = eyeY / distance + 0.0012f * tiltZ;
      float mirrored = 0.2f + 0.75f * (float) Math.exp(-5 * Math.max(0, slope));
      float r = mix(38, canvas.get(fromX, fromY, 0), mirrored);
      float g = mix(62, canvas.get(fromX, fromY, 1), mirrored);
      float b = mix(60, canvas.get(fromX, fromY, 2), mirrored);
      float glint = 0.25f * (tiltX + tiltZ) * fading;
      float far = 1 - (float) Math.exp(-distance / HAZE_LENGTH);
      canvas.set(
          px,
          py,
          mix(r + glint, Sky.HAZE_R - 22, far),
          mix(g + glint, Sky.HAZE_G - 12, far),
          mix(b + glint, Sky.HAZE_B, far));
    }
  }
}
