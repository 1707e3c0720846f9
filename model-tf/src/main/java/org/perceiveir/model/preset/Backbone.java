package org.perceiveir.model.preset;

import java.util.List;

/** The U-Net that a preset restores with. */
public sealed interface Backbone {

  /** Both sides of a padded frame are multiples of this, in pixels. */
  int padMultiple();

  /** Channels at the first level. */
  int width();

  /**
   * Restormer (spec section 1): transformer blocks over channels.
   *
   * @param dim channels at full resolution, C
   * @param blocks blocks at levels 1 to 4, for the encoder and the decoder alike
   * @param refinement blocks after decoder level 1, at 2C channels
   * @param heads attention heads at levels 1 to 4
   * @param expansion hidden width of the feed-forward network over its channels
   * @param biasFreeNorm whether LayerNorm neither subtracts the mean nor adds a bias
   */
  record Restormer(
      int dim,
      List<Integer> blocks,
      int refinement,
      List<Integer> heads,
      double expansion,
      boolean biasFreeNorm)
      implements Backbone {

    /** Copies the lists. */
    public Restormer {
      blocks = List.copyOf(blocks);
      heads = List.copyOf(heads);
    }

    @Override
    public int padMultiple() {
      return 8;
    }

    @Override
    public int width() {
      return dim;
    }
  }

  /**
   * NAFNet: blocks without non-linear activations.
   *
   * <p>With {@code unshuffle} above 1 the first convolution takes squares of pixels folded into
   * channels and the last one's result is unfolded again, so that no block runs at full resolution.
   *
   * @param width channels at the first level
   * @param unshuffle side of the squares of pixels that the first level takes as one, 1 for none
   * @param encoder blocks of each encoder level, from the first down
   * @param middle blocks at the lowest resolution
   * @param decoder blocks of each decoder level, from the lowest resolution up
   */
  record NafNet(int width, int unshuffle, List<Integer> encoder, int middle, List<Integer> decoder)
      implements Backbone {

    /** Copies the lists. */
    public NafNet {
      encoder = List.copyOf(encoder);
      decoder = List.copyOf(decoder);
    }

    /** The published form, whose first level is at full resolution. */
    public NafNet(int width, List<Integer> encoder, int middle, List<Integer> decoder) {
      this(width, 1, encoder, middle, decoder);
    }

    @Override
    public int padMultiple() {
      return unshuffle << encoder.size();
    }
  }
}
