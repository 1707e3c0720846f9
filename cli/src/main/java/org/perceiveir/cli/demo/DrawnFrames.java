package org.perceiveir.cli.demo;

import org.perceiveir.imaging.scene.SyntheticScene;

/**
 * Self-drawn scenes with a moving camera: a street and a landscape in turn, one for each source.
 */
final class DrawnFrames {
  /** Width in pixels. */
  static final int WIDTH = 480;

  /** Height in pixels. */
  static final int HEIGHT = 272;

  private DrawnFrames() {}

  /** The scene of a source. */
  static CleanFrames source(int source) {
    long seed = 100L + source;
    SyntheticScene scene =
        source % 2 == 0
            ? SyntheticScene.street(seed, WIDTH, HEIGHT)
            : SyntheticScene.landscape(seed, WIDTH, HEIGHT);
    return scene::frame;
  }
}
