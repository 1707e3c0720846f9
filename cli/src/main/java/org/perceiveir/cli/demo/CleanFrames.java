package org.perceiveir.cli.demo;

import org.perceiveir.imaging.RgbImage;

/** The undamaged frames of one source: the truth that only the demo knows. */
interface CleanFrames {

  /** Frame {@code index} of the source, from 0; any index has a frame. */
  RgbImage frame(int index);

  /** From any thread: a {@link #frame} that waits, and all that follow, fail soon. */
  default void cancel() {}
}
