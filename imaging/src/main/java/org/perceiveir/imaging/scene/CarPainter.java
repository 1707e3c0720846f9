package org.perceiveir.imaging.scene;

import static org.perceiveir.imaging.scene.Noise.mix;
import static org.perceiveir.imaging.scene.Noise.step;

/** Paints a hatchback from the side and from its ends; positions in metres from its lower left. */
final class CarPainter {
  static final float LENGTH = 4.3f;
  static final float WIDTH = 1.8f;
  static final float HEIGHT = 1.5f;

  /** Where the bonnet ends and the windscreen begins, as a share of the height from the top. */
  static final float BONNET = 0.37f;

  private static final float BELT = 0.92f;
  private static final float SILL = 0.22f;
  private static final float WHEEL = 0.33f;

  private CarPainter() {}

  /** The side, bonnet to the right; x, y in 0..1, y downwards. */
  static int side(float[] paint, float x, float y) {
    float px = x * LENGTH;
    float py = (1 - y) * HEIGHT;
    float rear = px - 0.85f;
    float front = px - 3.45f;
    float toWheel =
        (float) Math.sqrt(Math.min(rear * rear, front * front) + (py - WHEEL) * (py - WHEEL));
    if (toWheel < WHEEL) {
      float spokes = (float) Math.sin(5 * Math.atan2(py - WHEEL, px < 2 ? rear : front));
      float rim = spokes > -0.4f ? 165 : 70;
      float v = toWheel > 0.21f ? 26 : rim;
      return Texture.rgb(v, v, v);
    }
    if (toWheel < WHEEL + 0.06f && py < 0.7f) {
      return Texture.rgb(16, 16, 17);
    }
    // Roof line: a quick rise at the tail, flat, then the windscreen down to the bonnet.
    float roof =
        px < 0.7f
            ? mix(1.3f, 1.48f, step(-0.1f, 0.6f, px))
            : mix(1.48f, 0.98f, step(2.1f, 3.25f, px)) - 0.12f * step(3.3f, 4.3f, px);
    float nose = 0.5f * step(4.05f, 4.3f, px) * step(4.05f, 4.3f, px);
    if (py > roof - nose || py < SILL || px < 0.03f) {
      return 0;
    }
    if (py > BELT && py < roof - 0.09f && px > 0.35f && px < 2.95f) {
      boolean pillar = Math.abs(px - 1.85f) < 0.05f || Math.abs(px - 0.85f) < 0.06f;
      float sky = step(BELT, 1.5f, py + 0.12f * (float) Math.sin(px * 3));
      float v = pillar ? 22 : mix(26, 118, sky);
      return Texture.rgb(v, v * 1.05f, v * 1.12f);
    }
    boolean seam =
        py > 0.3f
            && py < BELT
            && (Math.abs(px - 1.85f) < 0.012f
                || Math.abs(px - 2.95f) < 0.012f
                || Math.abs(px - 0.98f) < 0.012f);
    boolean frontDoor = px > 1.6f && px < 1.78f;
    boolean handle = py > 0.8f && py < 0.84f && (frontDoor || (px > 2.65f && px < 2.83f));
    float shine = 0.45f + 0.75f * step(0.2f, 1.0f, py) + 0.25f * step(0.8f, 0.9f, py);
    shine *= py < 0.34f ? 0.55f : 1;
    shine *= seam ? 0.45f : handle ? 0.6f : 1;
    if (px > 4.0f && py > 0.66f && py < 0.82f) {
      return Texture.rgb(226, 228, 222);
    }
    if (px < 0.2f && py > 0.72f && py < 0.95f) {
      return Texture.rgb(150, 24, 20);
    }
    return body(paint, shine);
  }

  /** Tail or front; x, y in 0..1, y downwards. */
  static int end(float[] paint, float x, float y, boolean rear) {
    float px = Math.abs(x - 0.5f) * WIDTH;
    float py = (1 - y) * HEIGHT;
    if (py < 0.3f) {
      boolean tyre = px > 0.62f && px < 0.85f;
      return tyre
          ? Texture.rgb(22, 22, 22)
          : py > 0.16f && px < 0.86f ? Texture.rgb(12, 12, 12) : 0;
    }
    float half = py < BELT ? 0.9f : mix(0.9f, 0.86f, step(BELT, 1.5f, py));
    float roof = 1.49f - 0.14f * px * px * px * px;
    if (px > half || py > roof) {
      return 0;
    }
    float glassHalf = half - 0.1f;
    if (py > BELT + 0.03f && py < roof - 0.12f && px < glassHalf) {
      float sky = step(0.85f, 1.5f, py + 0.1f * (x - 0.5f));
      float seats = px > 0.15f && px < 0.42f && py < 1.18f ? 0.6f : 1;
      float v = mix(24, 128, sky) * seats;
      return Texture.rgb(v, v * 1.05f, v * 1.1f);
    }
    if (py > 0.66f && py < 0.88f && px > 0.58f) {
      boolean inner = px < 0.66f;
      return rear
          ? Texture.rgb(inner ? 190 : 168, inner ? 70 : 22, 22)
          : Texture.rgb(inner ? 200 : 238, 238, 228);
    }
    if (px < 0.27f && py > 0.52f && py < 0.64f) {
      return Texture.rgb(220, 220, 210);
    }
    if (!rear && px < 0.5f && py > 0.66f && py < 0.8f) {
      float slat = (int) (py * 50) % 2 == 0 ? 22 : 60;
      return Texture.rgb(slat, slat, slat);
    }
    if (py < 0.42f) {
      return Texture.rgb(36, 36, 38);
    }
    float shine = 0.5f + 0.5f * step(0.35f, 0.95f, py) - 0.25f * px + 0.2f * step(0.88f, 0.92f, py);
    shine *= Math.abs(py - 0.5f) < 0.01f ? 0.5f : 1;
    return body(paint, shine);
  }

  private static int body(float[] paint, float shine) {
    float sky = 26 * Math.max(0, shine - 0.7f);
    return Texture.rgb(paint[0] * shine + sky, paint[1] * shine + sky, paint[2] * shine + sky);
  }
}
