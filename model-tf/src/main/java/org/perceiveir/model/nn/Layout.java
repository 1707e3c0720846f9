package org.perceiveir.model.nn;

/**
 * How a parameter's numbers are laid out in PyTorch's state dict, and where they go in
 * TensorFlow's.
 *
 * <p>Weight files keep PyTorch's names and layout, so that public state dicts load as they are; the
 * graph wants channels last.
 */
public enum Layout {
  /** Any shape, the same numbers in the same order on both sides. */
  PLAIN,
  /** Convolution: {@code (out, in, kh, kw)} to {@code (kh, kw, in, out)}. */
  CONV,
  /** Depthwise convolution: {@code (channels, 1, kh, kw)} to {@code (kh, kw, channels, 1)}. */
  DEPTHWISE,
  /** Linear layer: {@code (out, in)} to {@code (in, out)}. */
  LINEAR,
  /** Channel scale: {@code (1, channels, 1, 1)} to {@code (channels)}. */
  CHANNEL_SCALE;

  /** The shape in the graph of a parameter with this shape in the state dict. */
  public long[] graphShape(long[] torch) {
    return switch (this) {
      case PLAIN -> torch.clone();
      case CONV -> new long[] {torch[2], torch[3], torch[1], torch[0]};
      case DEPTHWISE -> new long[] {torch[2], torch[3], torch[0], torch[1]};
      case LINEAR -> new long[] {torch[1], torch[0]};
      case CHANNEL_SCALE -> new long[] {torch[1]};
    };
  }

  /** Reorders numbers from the state dict's order into the graph's. */
  public float[] toGraph(float[] torch, long[] torchShape) {
    return reorder(torch, torchShape, true);
  }

  /** Reorders numbers from the graph's order into the state dict's. */
  public float[] toTorch(float[] graph, long[] torchShape) {
    return reorder(graph, torchShape, false);
  }

  private float[] reorder(float[] source, long[] torch, boolean towardsGraph) {
    if (this == PLAIN || this == CHANNEL_SCALE) {
      return source.clone();
    }
    // All others move the first axis (and, for CONV, the second) behind the kernel's: out -> last.
    int out = (int) torch[0];
    int in = (int) torch[1];
    int kernel = source.length / Math.max(1, out * in);
    float[] target = new float[source.length];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        for (int k = 0; k < kernel; k++) {
          int torchIndex = (o * in + i) * kernel + k;
          int graphIndex = this == DEPTHWISE ? (k * out + o) * in + i : (k * in + i) * out + o;
          if (towardsGraph) {
            target[graphIndex] = source[torchIndex];
          } else {
            target[torchIndex] = source[graphIndex];
          }
        }
      }
    }
    return target;
  }
}
