package org.perceiveir.model.vit;

import java.util.Arrays;
import java.util.List;
import org.perceiveir.model.safetensors.FloatTensor;

/**
 * Where one tensor of a network lies in a file that names or lays out its tensors differently.
 *
 * @param kind how the tensor is made of those of the file
 * @param names of the file's tensors
 */
public record TensorSource(Kind kind, List<String> names) {

  /** The ways in which public files differ. */
  public enum Kind {
    /** The same numbers in the same order. */
    SAME,
    /** A matrix whose rows are the network's columns. */
    TRANSPOSED,
    /** Equal parts, one after another along the first axis: separate q, k and v. */
    STACKED
  }

  /** Copies the list. */
  public TensorSource {
    names = List.copyOf(names);
  }

  /** The file's tensor as it is. */
  public static TensorSource same(String name) {
    return new TensorSource(Kind.SAME, List.of(name));
  }

  /** The file's matrix, transposed. */
  public static TensorSource transposed(String name) {
    return new TensorSource(Kind.TRANSPOSED, List.of(name));
  }

  /** The file's tensors, one after another along the first axis. */
  public static TensorSource stacked(String... names) {
    return new TensorSource(Kind.STACKED, List.of(names));
  }

  /** The shape that each of the file's tensors must have for the network's to have this one. */
  long[] partShape(long[] shape) {
    long[] part = shape.clone();
    switch (kind) {
      case SAME -> {}
      case TRANSPOSED -> {
        part[0] = shape[1];
        part[1] = shape[0];
      }
      case STACKED -> part[0] = shape[0] / names.size();
    }
    return part;
  }

  /** The shape of the network's tensor, judged by the first of the file's. */
  long[] shapeOf(long[] part) {
    long[] shape = part.clone();
    switch (kind) {
      case SAME -> {}
      case TRANSPOSED -> {
        shape[0] = part[1];
        shape[1] = part[0];
      }
      case STACKED -> shape[0] = part[0] * names.size();
    }
    return shape;
  }

  /** Makes the network's tensor; all shapes must have been checked. */
  FloatTensor read(StateDict file) {
    FloatTensor first = file.floats(names.get(0));
    return switch (kind) {
      case SAME -> first;
      case TRANSPOSED -> transpose(first);
      case STACKED -> stack(first, file);
    };
  }

  private FloatTensor stack(FloatTensor first, StateDict file) {
    int each = first.values().length;
    float[] values = Arrays.copyOf(first.values(), each * names.size());
    for (int i = 1; i < names.size(); i++) {
      System.arraycopy(file.floats(names.get(i)).values(), 0, values, i * each, each);
    }
    return new FloatTensor(shapeOf(first.shape()), values);
  }

  private static FloatTensor transpose(FloatTensor matrix) {
    int rows = (int) matrix.shape()[0];
    int columns = (int) matrix.shape()[1];
    float[] values = new float[rows * columns];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        values[c * rows + r] = matrix.values()[r * columns + c];
      }
    }
    return new FloatTensor(new long[] {columns, rows}, values);
  }
}
