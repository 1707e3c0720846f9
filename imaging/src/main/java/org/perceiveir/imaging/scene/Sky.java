package org.perceiveir.imaging.scene;

/** A blue sky that pales to the horizon, with a drifting layer of cumulus. */
final class Sky {
  /** The colour of the far haze, which the horizon and everything distant fade to. */
  static final float HAZE_R = 206;

  static final float HAZE_G = 216;
  static final float HAZE_B = 227;

  private static final float CLOUD_PERIOD = 9f;
  private static final float DRIFT = 0.004f;

  private final Texture clouds;

  private static final class Shared {
    static final Sky SKY = new Sky(5);
  }

  /** One sky serves all scenes, for its clouds take some time to paint. */
  static Sky shared() {
    return Shared.SKY;
  }

  private Sky(int seed) {
    clouds =
        Texture.paint(
            9,
            9,
            1,
            true,
            (x, y) -> {
              float n = Noise.fractal(seed, x * 8, y * 8, 8, 7);
              float dense = Noise.fractal(seed, x * 8 + 0.12f, y * 8 + 0.06f, 8, 5);
              float cover = Noise.step(0.47f, 0.66f, n);
              // Thick towards the sun's far side: grey bellies, white rims.
              float white = 252 - 75 * Noise.step(0.5f, 0.8f, dense) * cover;
              float alpha = 255 * cover;
              int a = (int) alpha;
              int c = (int) (white * cover);
              return a << 24 | c << 16 | c << 8 | Math.min(a, c + (int) (5 * cover));
            });
  }

  /**
   * Draws one pixel.
   *
   * @param dx direction to the right, for one unit forwards
   * @param dy direction upwards, for one unit forwards
   * @param travelled how far the camera has come, in frames
   */
  void draw(Canvas canvas, int x, int y, float dx, float dy, float travelled) {
    float up = Math.max(0, dy);
    float pale = (float) Math.exp(-4.2f * up);
    float r = 82 + (HAZE_R - 82) * pale;
    float g = 138 + (HAZE_G - 138) * pale;
    float b = 204 + (HAZE_B - 204) * pale;
    canvas.set(x, y, r, g, b);
    float distance = 1 / (up + 0.06f);
    float u = dx * distance / CLOUD_PERIOD + travelled * DRIFT * 0.1f;
    float v = distance / CLOUD_PERIOD + travelled * DRIFT * 0.04f;
    int cloud = clouds.sample(u, v, distance * distance / canvas.width / CLOUD_PERIOD);
    int fade = (int) (256 * Noise.clamp(1.25f - pale));
    canvas.over(x, y, Texture.blend(0, cloud, fade), 1);
  }
}
