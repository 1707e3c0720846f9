package org.perceiveir.model.nn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A reordering that loses its inverse would write bundles that do not restore what was trained. */
class LayoutTest {

  private static long[] shapeOf(Layout layout) {
    return switch (layout) {
      case PLAIN -> new long[] {3, 4};
      case CONV -> new long[] {4, 3, 2, 5};
      case DEPTHWISE -> new long[] {4, 1, 3, 3};
      case LINEAR -> new long[] {4, 6};
      case CHANNEL_SCALE -> new long[] {1, 7, 1, 1};
    };
  }

  @ParameterizedTest
  @EnumSource
  void shouldGiveBackTheSameNumbersWhenReorderedBothWays(Layout layout) {
    long[] shape = shapeOf(layout);
    int count = 1;
    for (long s : shape) {
      count *= (int) s;
    }
    float[] torch = new float[count];
    for (int i = 0; i < count; i++) {
      torch[i] = i;
    }
    assertThat(layout.toTorch(layout.toGraph(torch, shape), shape)).containsExactly(torch);
    long product = 1;
    for (long s : layout.graphShape(shape)) {
      product *= s;
    }
    assertThat(product).isEqualTo(count);
  }

  @Test
  void shouldPutOutputChannelsLastWhenAConvolutionIsReordered() {
    // (out 2, in 1, 1, 2): torch holds out 0's two taps, then out 1's.
    assertThat(Layout.CONV.toGraph(new float[] {1, 2, 3, 4}, new long[] {2, 1, 1, 2}))
        .containsExactly(1, 3, 2, 4);
  }
}
