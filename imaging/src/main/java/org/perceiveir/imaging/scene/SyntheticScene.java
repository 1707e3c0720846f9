package org.perceiveir.imaging.scene;

import org.perceiveir.imaging.RgbImage;

/**
 * A drawn world seen by a moving camera: an endless sequence of clean frames.
 *
 * <p>A frame is a function of seed, size and index alone: frames may be asked for in any order and
 * by several threads. The same index shows the same place at every size. The first scene paints the
 * textures that all share (a second or two, some 20 MB).
 */
public sealed interface SyntheticScene permits StreetScene, LandscapeScene {
  /**
   * The frame with this index; neighbouring indices are about 1/10 s apart.
   *
   * @throws IllegalArgumentException if the index is negative
   */
  RgbImage frame(int index);

  /**
   * A drive through a street: asphalt with markings, houses, trees, parked, preceding and oncoming
   * cars.
   *
   * @param width frame width in pixels, at least 1
   * @param height frame height in pixels, at least 1
   */
  static SyntheticScene street(long seed, int width, int height) {
    return new StreetScene(seed, width, height);
  }

  /**
   * A flight up a river: hills with forest and meadows, water with reflections, clouds.
   *
   * @param width frame width in pixels, at least 1
   * @param height frame height in pixels, at least 1
   */
  static SyntheticScene landscape(long seed, int width, int height) {
    return new LandscapeScene(seed, width, height);
  }
}
