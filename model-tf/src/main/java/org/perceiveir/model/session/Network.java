package org.perceiveir.model.session;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;

/** Single passes of a network over pictures, each as large as it is asked for. */
interface Network {

  /**
   * Restores frames of one size in one pass.
   *
   * @param frames one or more, of the same width and height
   * @param whole what they share as parts of one frame; {@link WholeFrame#NONE} if each is whole
   */
  List<RestoredImage> restore(List<RgbImage> frames, WholeFrame whole);

  /**
   * What Z of a picture is made of: the compact features' mean over its pixels.
   *
   * @return null if no guidance is made of it
   */
  float @Nullable [] pooled(RgbImage picture);

  /**
   * Z of a picture.
   *
   * @return empty if the preset has no compact feature extraction
   */
  float[] z(RgbImage picture);

  /**
   * F_1 to F_4 of a picture, side by side.
   *
   * @return null if no guidance is made of them
   */
  float @Nullable [] semantic(RgbImage picture);

  /**
   * What the tiles of one frame share.
   *
   * @param pooled for Z; null where each pass computes its own
   * @param semantic F_1 to F_4; null where each pass computes its own
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared, only handed on.
  record WholeFrame(float @Nullable [] pooled, float @Nullable [] semantic) {
    static final WholeFrame NONE = new WholeFrame(null, null);
  }
}
