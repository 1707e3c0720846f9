package org.perceiveir.model.vit;

/**
 * The form of a stack of pre-norm transformer blocks.
 *
 * @param width features of a token
 * @param depth number of blocks
 * @param heads number of attention heads; divides the width
 * @param activation of the MLP, whose hidden layer has four times the width
 * @param epsilon of the layer norms
 * @param layerScale whether each branch has a learned scale for every feature
 * @param causal whether a token sees itself and the tokens before it only
 */
public record TransformerForm(
    int width,
    int depth,
    int heads,
    Activation activation,
    double epsilon,
    boolean layerScale,
    boolean causal) {
  private static final int EXPANSION = 4;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException if one is not positive or the heads do not divide the width
   */
  public TransformerForm {
    if (width < 1 || depth < 1 || heads < 1 || width % heads != 0) {
      throw new IllegalArgumentException(
          "transformer of width "
              + width
              + ", depth "
              + depth
              + ", "
              + heads
              + " heads: all must be positive and the heads must divide the width");
    }
  }

  /** Features of a token inside the MLP. */
  public int hidden() {
    return EXPANSION * width;
  }
}
