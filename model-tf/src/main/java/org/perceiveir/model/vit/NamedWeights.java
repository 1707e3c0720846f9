package org.perceiveir.model.vit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.safetensors.FloatTensor;

/**
 * A state dict seen under a network's own names and layouts.
 *
 * <p>What does not fit is reported once, as a whole, under the names that the file has, because
 * these are what its owner can look up.
 */
public final class NamedWeights {
  private static final int LARGEST_SIZE = 1_000_000;
  private static final int MOST_BLOCKS = 1000;

  private final StateDict file;
  private final Function<String, TensorSource> sources;

  /**
   * A view of a state dict.
   *
   * @param sources where a tensor of the network lies in the file, by the network's name for it
   */
  public NamedWeights(StateDict file, Function<String, TensorSource> sources) {
    this.file = file;
    this.sources = sources;
  }

  /** The shape under the network's name, or null where the file lacks it or it makes no sense. */
  public long @Nullable [] shape(String name) {
    TensorSource source = sources.apply(name);
    String first = source.names().get(0);
    if (!file.names().contains(first)) {
      return null;
    }
    long[] part = file.shape(first);
    boolean sensible =
        switch (source.kind()) {
          case SAME -> true;
          case TRANSPOSED -> part.length == 2;
          case STACKED -> part.length > 0;
        };
    return sensible ? source.shapeOf(part) : null;
  }

  /**
   * A size of a model, read off the first of these tensors that tells it.
   *
   * <p>A tensor that is not there, has another number of axes or a size that no model has tells
   * nothing; {@link #read} reports it.
   *
   * @param otherwise the size where no tensor tells it: the published model's, so that {@link
   *     #read} can say what was expected
   */
  public int size(int otherwise, Axis... tellers) {
    for (Axis teller : tellers) {
      long[] shape = shape(teller.tensor());
      if (shape != null && shape.length == teller.rank()) {
        long size = shape[teller.axis()];
        if (size >= 1 && size <= LARGEST_SIZE) {
          return (int) size;
        }
      }
    }
    return otherwise;
  }

  /**
   * Where a size lies.
   *
   * @param tensor by the network's name
   * @param rank its number of axes
   * @param axis from 0, in state dict layout
   */
  public record Axis(String tensor, int rank, int axis) {}

  /**
   * How many blocks there are, counted from 0 to the last of which this tensor is there.
   *
   * <p>A gap does not end the count, so that {@link #read} reports the gap and not what follows;
   * 1000 does, more than any network here may have.
   *
   * @param otherwise the number where no block has the tensor
   */
  public int depth(String prefix, String tensor, int otherwise) {
    int depth = 0;
    for (int block = 0; block < MOST_BLOCKS; block++) {
      if (shape(prefix + block + tensor) != null) {
        depth = block + 1;
      }
    }
    return depth == 0 ? otherwise : depth;
  }

  /**
   * The values of a network's parameters.
   *
   * @param params of the network or of the part that is wanted
   * @param belongs whether a tensor of the file belongs to that part; one that does and is no
   *     parameter is unexpected
   * @return in state dict layout, by the network's names
   * @throws WeightMismatchException listing every missing, unexpected and misshaped tensor
   */
  public Map<String, FloatTensor> read(ParamStore params, Predicate<String> belongs) {
    List<String> problems = new ArrayList<>();
    Set<String> used = new LinkedHashSet<>();
    for (Param p : params.params()) {
      TensorSource source = sources.apply(p.name());
      long[] expected = source.partShape(p.torchShape());
      for (String name : source.names()) {
        used.add(name);
        if (!file.names().contains(name)) {
          problems.add("missing " + name + " " + Arrays.toString(expected));
        } else if (!Arrays.equals(file.shape(name), expected)) {
          problems.add(
              "misshaped "
                  + name
                  + ": expected "
                  + Arrays.toString(expected)
                  + ", found "
                  + Arrays.toString(file.shape(name)));
        }
      }
    }
    for (String name : file.names()) {
      if (belongs.test(name) && !used.contains(name)) {
        problems.add("unexpected " + name + " " + Arrays.toString(file.shape(name)));
      }
    }
    if (!problems.isEmpty()) {
      throw new WeightMismatchException(problems);
    }
    Map<String, FloatTensor> values = new LinkedHashMap<>();
    for (Param p : params.params()) {
      values.put(p.name(), sources.apply(p.name()).read(file));
    }
    return values;
  }
}
