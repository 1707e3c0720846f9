package org.perceiveir.imaging.scene;

import static org.perceiveir.imaging.scene.Noise.clamp;
import static org.perceiveir.imaging.scene.Noise.hash;
import static org.perceiveir.imaging.scene.Noise.step;
import static org.perceiveir.imaging.scene.Noise.uniform;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.perceiveir.imaging.RgbImage;

/**
 * A canyon of houses along the z axis, drawn by casting one ray a pixel at three planes (ground,
 * left and right fronts) and painting trees and cars over it from far to near.
 *
 * <p>Metres; x to the right from the middle of the road, y up, z ahead. The sun stands to the left
 * behind the houses, so that the left fronts and part of the road lie in shade. Surfaces take their
 * detail from mip-mapped textures, edges are covered by share of a pixel: neighbouring frames
 * differ by motion, not by flicker.
 */
final class StreetScene implements SyntheticScene {
  private static final float FRONT = 8.6f;
  private static final float KERB = 5.7f;
  private static final float EYE = 1.55f;
  private static final float HOUSE_LENGTH = StreetTextures.FACADE_WIDTH;
  private static final float HOUSE_DEPTH = 11;
  private static final float SUN_SLOPE = 1.25f;
  private static final float SPEED = 0.32f;
  private static final float HAZE_LENGTH = 420;
  private static final float TREE_SPACING = 9.5f;
  private static final float TREE_LINE = 6.7f;
  private static final float PARKING_SPACING = 6.2f;
  private static final float PARKING_LINE = 4.65f;
  private static final float VISIBLE = 190;
  private static final float NEAR = 0.8f;

  private final int seed;
  private final int width;
  private final int height;
  private final float focal;
  private final float horizon;
  private final StreetTextures textures;
  private final Sky sky;

  StreetScene(long seed, int width, int height) {
    this.seed = Long.hashCode(seed * 0x9E3779B97F4A7C15L);
    Canvas.checkSize(width, height);
    this.width = width;
    this.height = height;
    this.focal = 0.8f * Math.max(width, 1.4f * height);
    this.horizon = 0.47f * height;
    this.textures = StreetTextures.shared();
    this.sky = Sky.shared();
  }

  @Override
  public RgbImage frame(int index) {
    Canvas canvas = Canvas.forFrame(index, width, height);
    new View(canvas, index).draw();
    return canvas.toImage();
  }

  /** Number of storeys above the shops, 2 to 4. */
  private float houseHeight(int side, int number) {
    int storeys = 2 + Math.floorMod(hash(seed + side, number, 3), 3);
    return StreetTextures.SHOP_HEIGHT + 3 * storeys;
  }

  private int style(int side, int number) {
    return Math.floorMod(hash(seed + side, number, 4), StreetTextures.STYLES);
  }

  /** One frame: the camera's place and the drawing. */
  private final class View {
    private final Canvas canvas;
    private final int index;
    private final float eyeX;
    private final float eyeZ;
    private final float sin;
    private final float cos;
    private final float centreY;

    View(Canvas canvas, int index) {
      this.canvas = canvas;
      this.index = index;
      this.eyeX = 1.75f + 0.3f * (float) Math.sin(index * 0.021);
      this.eyeZ = index * SPEED;
      double yaw = 0.03 * Math.sin(index * 0.017 + 1);
      this.sin = (float) Math.sin(yaw);
      this.cos = (float) Math.cos(yaw);
      this.centreY = horizon + 0.002f * height * (float) Math.sin(index * 0.31);
    }

    void draw() {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          background(x, y);
        }
      }
      List<Item> items = items();
      items.sort(Comparator.comparingDouble((Item item) -> item.z).reversed());
      for (Item item : items) {
        item.draw(this);
      }
    }

    private void background(int x, int y) {
      float sideways = (x + 0.5f - 0.5f * width) / focal;
      float dy = (centreY - y - 0.5f) / focal;
      float dx = sideways * cos + sin;
      float dz = cos - sideways * sin;
      float toGround = dy < 0 ? EYE / -dy : Float.MAX_VALUE;
      float toFront =
          dx > 1e-6f ? (FRONT - eyeX) / dx : dx < -1e-6f ? (-FRONT - eyeX) / dx : Float.MAX_VALUE;
      if (toGround < toFront) {
        ground(x, y, eyeX + dx * toGround, eyeZ + dz * toGround, toGround);
        return;
      }
      sky.draw(canvas, x, y, sideways, dy, index);
      if (toFront < 4000) {
        house(x, y, dx, dy, dz, toFront);
      }
    }

    private void ground(int px, int py, float x, float z, float distance) {
      float across = distance / focal;
      float along = across * distance / EYE;
      float footprint = (float) Math.sqrt(across * along);
      float fromMiddle = Math.abs(x);
      int colour;
      float light = 1;
      if (fromMiddle < KERB) {
        colour =
            textures.asphalt.sample(
                x / StreetTextures.ASPHALT_SIDE,
                z / StreetTextures.ASPHALT_SIDE,
                footprint / StreetTextures.ASPHALT_SIDE);
        // The same texture at another scale breaks up its repetition.
        int stain = textures.asphalt.sample(x / 41, z / 57, footprint / 41);
        light = 0.62f + (stain & 0xFF) / 240f;
        float inLane = Math.abs(fromMiddle - 1.9f);
        light *= 1 - 0.1f * step(0.45f, 0.75f, inLane) * (1 - step(0.85f, 1.15f, inLane));
      } else {
        colour =
            textures.paving.sample(
                x / StreetTextures.PAVING_SIDE,
                z / StreetTextures.PAVING_SIDE,
                footprint / StreetTextures.PAVING_SIDE);
        if (fromMiddle < KERB + 0.28f) {
          light = fromMiddle < KERB + 0.1f ? 0.75f : 1.3f;
        }
        light *= 1 - 0.4f * step(FRONT - 0.7f, FRONT, fromMiddle);
      }
      float r = (colour >> 16 & 0xFF) * light;
      float g = (colour >> 8 & 0xFF) * light;
      float b = (colour & 0xFF) * light;
      float paint = marking(x, z, across, along) * (0.55f + 0.0025f * (colour & 0xFF));
      r += (225 - r) * paint;
      g += (224 - g) * paint;
      b += (214 - b) * paint;
      float sun = sunOnGround(x, z);
      put(px, py, r, g, b, sun, distance);
    }

    /** Share of a pixel that is road paint. */
    private float marking(float x, float z, float across, float along) {
      float phase = z - 7.5f * (float) Math.floor(z / 7.5f);
      float dash = clamp((1.5f - Math.abs(phase - 3.75f)) / along + 0.5f);
      float middle = line(x, 0, 0.07f, across) * dash;
      float edges = line(Math.abs(x), 3.7f, 0.05f, across);
      float crossing = 0;
      float block = z - 96 * (float) Math.floor(z / 96) - 60;
      if (Math.abs(x) < KERB && Math.abs(block) < 4) {
        float stripe = Math.abs(x - (float) Math.floor(x) - 0.5f);
        crossing =
            clamp((0.27f - stripe) / across + 0.5f)
                * clamp((1.6f - Math.abs(block)) / along + 0.5f);
        float free = clamp((Math.abs(block) - 2.6f) / along + 0.5f);
        middle *= free;
        edges *= free;
      }
      return Math.max(crossing, Math.max(middle, edges));
    }

    private static float line(float x, float at, float half, float across) {
      float covered = clamp((half - Math.abs(x - at)) / across + 0.5f);
      return covered * Math.min(1, 2 * half / across);
    }

    /** 1 in the sun, 0 in the shade of the houses on the left. */
    private float sunOnGround(float x, float z) {
      float depth = x + FRONT;
      float edge = shadeHeight(z + 0.35f * depth) / SUN_SLOPE;
      return step(edge - 0.25f, edge + 0.25f, depth);
    }

    /** Height of the left row where its shadow falls, with soft corners. */
    private float shadeHeight(float z) {
      float houses = z / HOUSE_LENGTH;
      int number = (int) Math.floor(houses);
      float share = step(0.97f, 1.0f, houses - number);
      return 0.9f * Noise.mix(houseHeight(0, number), houseHeight(0, number + 1), share);
    }

    private void house(int px, int py, float dx, float dy, float dz, float toFront) {
      int side = dx > 0 ? 1 : 0;
      float z = eyeZ + dz * toFront;
      float y = EYE + dy * toFront;
      float houses = z / HOUSE_LENGTH;
      int number = (int) Math.floor(houses);
      float top = houseHeight(side, number);
      float pixel = toFront / focal;
      float covered = clamp((top - y) / pixel + 0.5f);
      if (covered < 1) {
        gables(px, py, dx, dy, dz, side, number);
      }
      if (covered <= 0) {
        return;
      }
      float along = pixel * toFront / (FRONT - side(eyeX, side));
      float footprint = (float) Math.sqrt(pixel * Math.max(pixel, along));
      int style = style(side, number);
      int colour =
          y < StreetTextures.SHOP_HEIGHT
              ? textures.shops[style].sample(
                  houses, 1 - y / StreetTextures.SHOP_HEIGHT, footprint / HOUSE_LENGTH)
              : textures.facades[style].sample(
                  houses + 0.25f * (number & 3),
                  -(y - StreetTextures.SHOP_HEIGHT) / StreetTextures.FACADE_HEIGHT,
                  footprint / HOUSE_LENGTH);
      float fromTop = top - y;
      float inHouse = (houses - number) * HOUSE_LENGTH;
      float edge = Math.min(inHouse, HOUSE_LENGTH - inHouse);
      float light = fromTop < 0.35f ? 1.15f : fromTop < 0.75f ? 0.68f : 1;
      light *= 1 - 0.5f * clamp((0.09f - edge) / along + 0.5f) * Math.min(1, 0.18f / along);
      light *= 0.72f + 0.28f * step(0, 2.5f, y);
      float sun = 0;
      if (side == 1) {
        float shade = shadeHeight(z + 0.7f * FRONT) - 2 * FRONT * SUN_SLOPE;
        sun = step(shade - 0.2f, shade + 0.2f, y);
      }
      blend(
          px,
          py,
          (colour >> 16 & 0xFF) * light,
          (colour >> 8 & 0xFF) * light,
          (colour & 0xFF) * light,
          sun,
          toFront,
          covered);
    }

    private static float side(float x, int side) {
      return side == 1 ? x : -x;
    }

    /** The bare end walls of higher houses that look over lower ones. */
    private void gables(int px, int py, float dx, float dy, float dz, int side, int number) {
      for (int n = number + 1; n < number + 5; n++) {
        float distance = (n * HOUSE_LENGTH - eyeZ) / dz;
        float x = Math.abs(eyeX + dx * distance);
        if (x > FRONT + HOUSE_DEPTH) {
          return;
        }
        float y = EYE + dy * distance;
        float pixel = distance / focal;
        float covered = clamp((houseHeight(side, n) - y) / pixel + 0.5f);
        if (covered > 0) {
          float[] plaster = StreetTextures.plaster(style(side, n));
          int grain = textures.asphalt.sample(x / 5, y / 5, pixel / 5);
          float light = 0.62f + (grain & 0xFF) / 500f;
          blend(
              px,
              py,
              plaster[0] * light,
              plaster[1] * light,
              plaster[2] * light,
              0.1f,
              distance,
              covered);
          return;
        }
      }
    }

    private void put(int px, int py, float r, float g, float b, float sun, float distance) {
      float far = 1 - (float) Math.exp(-distance / HAZE_LENGTH);
      float red = r * (0.5f + 0.72f * sun);
      float green = g * (0.54f + 0.64f * sun);
      float blue = b * (0.63f + 0.44f * sun);
      canvas.set(
          px,
          py,
          red + (Sky.HAZE_R - red) * far,
          green + (Sky.HAZE_G - green) * far,
          blue + (Sky.HAZE_B - blue) * far);
    }

    private void blend(
        int px, int py, float r, float g, float b, float sun, float distance, float covered) {
      float behindR = canvas.get(px, py, 0);
      float behindG = canvas.get(px, py, 1);
      float behindB = canvas.get(px, py, 2);
      put(px, py, r, g, b, sun, distance);
      canvas.towards(px, py, behindR, behindG, behindB, 1 - covered);
    }

    private List<Item> items() {
      List<Item> items = new ArrayList<>();
      for (int side = 0; side < 2; side++) {
        float sign = side == 1 ? 1 : -1;
        int firstTree = (int) Math.floor((eyeZ - 2) / TREE_SPACING);
        for (int n = firstTree; n < firstTree + VISIBLE / TREE_SPACING; n++) {
          float z = (n + 0.5f + 0.4f * (uniform(seed + side, n, 11) - 0.5f)) * TREE_SPACING;
          if (uniform(seed + side, n, 12) < 0.82f) {
            float size = 6.2f + 2.4f * uniform(seed + side, n, 13);
            int kind = Math.floorMod(hash(seed + side, n, 14), StreetTextures.TREES);
            items.add(new Tree(sign * TREE_LINE, z, size, kind));
          }
        }
        int firstCar = (int) Math.floor((eyeZ - 6) / PARKING_SPACING);
        for (int n = firstCar; n < firstCar + VISIBLE / PARKING_SPACING; n++) {
          float z = n * PARKING_SPACING + 0.8f * uniform(seed + side, n, 21);
          boolean onCrossing = Math.abs(z + 2 - 96 * Math.round((z + 2 - 60) / 96) - 60) < 7;
          if (uniform(seed + side, n, 22) < 0.6f && !onCrossing) {
            int colour = Math.floorMod(hash(seed + side, n, 23), StreetTextures.CAR_COLOURS);
            items.add(new Car(sign * PARKING_LINE, z, colour, side == 1));
          }
        }
      }
      float lead =
          eyeZ + 15 + 4 * (float) Math.sin(index * 0.013) + 2 * (float) Math.sin(index * 0.031);
      items.add(
          new Car(1.85f, lead, Math.floorMod(hash(seed, 1, 31), StreetTextures.CAR_COLOURS), true));
      for (int n = 0; n < 4; n++) {
        // Oncoming cars come round every 230 m of their way.
        float way = 230 * (n + uniform(seed, n, 41)) / 4 - index * SPEED * 2.1f;
        float ahead = way - 230 * (float) Math.floor(way / 230) - 15;
        int colour = Math.floorMod(hash(seed, n, 42), StreetTextures.CAR_COLOURS);
        items.add(new Car(-1.85f, eyeZ + ahead, colour, false));
      }
      return items;
    }

    /** Depth ahead of the camera. */
    float depth(float x, float z) {
      return (x - eyeX) * sin + (z - eyeZ) * cos;
    }

    /** Column of a point at this depth. */
    float column(float x, float z, float depth) {
      return 0.5f * width + focal * ((x - eyeX) * cos - (z - eyeZ) * sin) / depth;
    }

    void layer(int px, int py, int colour, float sun, float distance) {
      if (colour >>> 24 == 0) {
        return;
      }
      float far = 1 - (float) Math.exp(-distance / HAZE_LENGTH);
      int haze = 0xFF000000 | (int) Sky.HAZE_R << 16 | (int) Sky.HAZE_G << 8 | (int) Sky.HAZE_B;
      int alpha = colour >>> 24;
      int faint = Texture.blend(0, haze, alpha + (alpha >> 7));
      canvas.over(px, py, Texture.blend(colour, faint, (int) (256 * far)), 0.6f + 0.55f * sun);
    }

    /** A dark soft ellipse on the ground. */
    void contactShadow(float x, float z, float halfX, float halfZ, float strength) {
      float nearest = Math.max(NEAR, depth(x, z - halfZ));
      float farthest = depth(x, z + halfZ);
      if (farthest < NEAR) {
        return;
      }
      int top = Math.max(0, (int) (centreY + focal * EYE / farthest));
      int bottom = Math.min(height - 1, (int) (centreY + focal * EYE / nearest) + 1);
      for (int py = top; py <= bottom; py++) {
        float dy = (centreY - py - 0.5f) / focal;
        if (dy >= -1e-4f) {
          continue;
        }
        float distance = EYE / -dy;
        float middle = column(x, z, Math.max(NEAR, distance));
        float reach = focal * halfX / distance * 1.2f;
        int left = Math.max(0, (int) (middle - reach));
        int right = Math.min(width - 1, (int) (middle + reach));
        for (int px = left; px <= right; px++) {
          float sideways = (px + 0.5f - 0.5f * width) / focal;
          float gx = (eyeX + (sideways * cos + sin) * distance - x) / halfX;
          float gz = (eyeZ + (cos - sideways * sin) * distance - z) / halfZ;
          float inside = 1 - step(0.55f, 1.05f, (float) Math.sqrt(gx * gx + gz * gz));
          canvas.towards(px, py, 14, 14, 18, strength * inside);
        }
      }
    }
  }

  /** Something that stands on the street; farther ones are drawn first. */
  private abstract static class Item {
    final float x;
    final float z;

    Item(float x, float z) {
      this.x = x;
      this.z = z;
    }

    abstract void draw(View view);
  }

  /** A flat tree that turns to the camera. */
  private final class Tree extends Item {
    private final float size;
    private final int kind;

    Tree(float x, float z, float size, int kind) {
      super(x, z);
      this.size = size;
      this.kind = kind;
    }

    @Override
    void draw(View view) {
      float depth = view.depth(x, z);
      if (depth < NEAR) {
        return;
      }
      view.contactShadow(x, z, 1.3f, 1.3f, 0.35f);
      float scale = focal / depth;
      float middle = view.column(x, z, depth);
      float foot = view.centreY + EYE * scale;
      float pixels = size * scale;
      int left = Math.max(0, (int) (middle - pixels / 2));
      int right = Math.min(width - 1, (int) (middle + pixels / 2));
      int top = Math.max(0, (int) (foot - pixels));
      int bottom = Math.min(height - 1, (int) foot);
      float sun = x > 0 ? 0.95f : 0.35f;
      for (int py = top; py <= bottom; py++) {
        float v = 1 - (foot - py - 0.5f) / pixels;
        for (int px = left; px <= right; px++) {
          float u = (px + 0.5f - middle) / pixels + 0.5f;
          view.layer(px, py, textures.trees[kind].sample(u, v, 1 / pixels), sun, depth);
        }
      }
    }
  }

  /** A box of two visible faces; {@code z} is its nearer end. */
  private final class Car extends Item {
    private final int colour;
    private final boolean fromBehind;

    Car(float x, float z, int colour, boolean fromBehind) {
      super(x, z);
      this.colour = colour;
      this.fromBehind = fromBehind;
    }

    @Override
    void draw(View view) {
      float farDepth = view.depth(x, z + CarPainter.LENGTH);
      if (farDepth < NEAR) {
        return;
      }
      float middle = z + CarPainter.LENGTH / 2;
      view.contactShadow(x, middle, 1.15f, CarPainter.LENGTH * 0.58f, 0.8f);
      float sun = x > 2 ? 0.9f : x > 0 ? 0.7f : 0.3f;
      if (fromBehind) {
        side(view, farDepth, sun);
        end(view, z, 0, 1, 0.85f * sun);
      } else {
        // The windscreen stands behind the bonnet.
        end(view, z + 1.3f, 0, CarPainter.BONNET, 0.85f * sun);
        side(view, farDepth, sun);
        end(view, z, CarPainter.BONNET, 1, 0.85f * sun);
      }
    }

    private void side(View view, float farDepth, float sun) {
      float plane = x + (x > view.eyeX ? -0.5f : 0.5f) * CarPainter.WIDTH;
      float nearDepth = Math.max(NEAR, view.depth(plane, z));
      float a = view.column(plane, z + CarPainter.LENGTH, farDepth);
      float b =
          view.depth(plane, z) > NEAR
              ? view.column(plane, z, nearDepth)
              : plane < view.eyeX ? 0 : width;
      int left = Math.max(0, (int) Math.min(a, b));
      int right = Math.min(width - 1, (int) Math.max(a, b) + 1);
      int top =
          Math.max(0, (int) (view.centreY + (EYE - CarPainter.HEIGHT) * focal / nearDepth) - 1);
      int bottom = Math.min(height - 1, (int) (view.centreY + EYE * focal / nearDepth) + 1);
      top = Math.min(top, Math.max(0, (int) view.centreY));
      for (int px = left; px <= right; px++) {
        float sideways = (px + 0.5f - 0.5f * width) / focal;
        float dx = sideways * view.cos + view.sin;
        float dz = view.cos - sideways * view.sin;
        float distance = (plane - view.eyeX) / dx;
        float along = (view.eyeZ + dz * distance - z) / CarPainter.LENGTH;
        if (distance < NEAR || along < 0 || along > 1) {
          continue;
        }
        float footprint = distance / focal / CarPainter.LENGTH * 1.5f;
        for (int py = top; py <= bottom; py++) {
          float y = EYE + (view.centreY - py - 0.5f) / focal * distance;
          int texel =
              textures.carSides[colour].sample(
                  fromBehind ? along : 1 - along, 1 - y / CarPainter.HEIGHT, footprint);
          view.layer(px, py, texel, sun, distance);
        }
      }
    }

    /** The rows {@code from..to} of an end, as shares of its height from the top. */
    private void end(View view, float at, float from, float to, float sun) {
      float depth = view.depth(x, at);
      if (depth < NEAR) {
        return;
      }
      float scale = focal / depth;
      float middle = view.column(x, at, depth);
      float foot = view.centreY + EYE * scale;
      float pixelsX = CarPainter.WIDTH * scale;
      float pixelsY = CarPainter.HEIGHT * scale;
      int left = Math.max(0, (int) (middle - pixelsX / 2));
      int right = Math.min(width - 1, (int) (middle + pixelsX / 2) + 1);
      int top = Math.max(0, (int) (foot - pixelsY));
      int bottom = Math.min(height - 1, (int) foot + 1);
      Texture texture = fromBehind ? textures.carRears[colour] : textures.carFronts[colour];
      for (int py = top; py <= bottom; py++) {
        float v = 1 - (foot - py - 0.5f) / pixelsY;
        if (v < from || v >= to) {
          continue;
        }
        for (int px = left; px <= right; px++) {
          float u = (px + 0.5f - middle) / pixelsX + 0.5f;
          view.layer(px, py, texture.sample(u, v, 1 / pixelsX), sun, depth);
        }
      }
    }
  }
}
