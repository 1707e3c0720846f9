package org.perceiveir.model.vit;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/**
 * The tokens of a batch of images on their way through an encoder.
 *
 * <p>Blocks are put into the graph when their output is first asked for; asking twice builds
 * nothing twice.
 */
public final class VisionTokens {
  private final Transformer transformer;
  private final int before;
  private final int rows;
  private final int columns;
  private final List<Operand<TFloat32>> outputs = new ArrayList<>();

  /**
   * Tokens before the first block.
   *
   * @param embedded {@code (batch, before + rows * columns, width)}, the class token first
   * @param before number of tokens that stand before the patches
   * @param rows of patches
   * @param columns of patches
   */
  public VisionTokens(
      Transformer transformer, Operand<TFloat32> embedded, int before, int rows, int columns) {
    this.transformer = transformer;
    this.before = before;
    this.rows = rows;
    this.columns = columns;
    outputs.add(embedded);
  }

  /** Number of tokens of an image. */
  public int count() {
    return before + rows * columns;
  }

  /**
   * All tokens as they leave a block.
   *
   * @param block number of the block from 1; 0 for what enters the first
   * @return {@code (batch, tokens, width)}
   * @throws IllegalArgumentException if there is no such block
   */
  public Operand<TFloat32> after(int block) {
    if (block < 0 || block > transformer.form().depth()) {
      throw new IllegalArgumentException(
          "tokens after block "
              + block
              + " were asked for, there are blocks 1 to "
              + transformer.form().depth());
    }
    while (outputs.size() <= block) {
      int next = outputs.size();
      outputs.add(transformer.block(next, outputs.get(next - 1), count()));
    }
    return outputs.get(block);
  }

  /** All tokens as they leave the last block: {@code (batch, tokens, width)}. */
  public Operand<TFloat32> last() {
    return after(transformer.form().depth());
  }

  /**
   * The class token as it leaves a block.
   *
   * @param block number of the block from 1
   * @return {@code (batch, width)}
   */
  public Operand<TFloat32> classToken(int block) {
    return classTokenOf(after(block));
  }

  /**
   * The class token among tokens of this batch.
   *
   * @param tokens {@code (batch, tokens, width)}, for instance after a norm
   * @return {@code (batch, width)}
   */
  public Operand<TFloat32> classTokenOf(Operand<TFloat32> tokens) {
    return transformer.layers().tokenAt(tokens, 0, transformer.form().width());
  }

  /**
   * The patches as they leave a block, as a feature map.
   *
   * @param block number of the block from 1
   * @return {@code (batch, rows, columns, width)}
   */
  public Operand<TFloat32> patches(int block) {
    return patchesOf(after(block));
  }

  /**
   * The patches among tokens of this batch, as a feature map.
   *
   * @param tokens {@code (batch, tokens, width)}, for instance after a norm
   * @return {@code (batch, rows, columns, width)}
   */
  public Operand<TFloat32> patchesOf(Operand<TFloat32> tokens) {
    return transformer
        .layers()
        .patchesAfter(tokens, before, rows, columns, transformer.form().width());
  }
}
