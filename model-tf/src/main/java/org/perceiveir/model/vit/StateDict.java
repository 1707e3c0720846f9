package org.perceiveir.model.vit;

import java.util.Map;
import java.util.Set;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.safetensors.SafeTensorsException;

/**
 * Tensors by name, each read when it is asked for: a file of a public model holds more than one
 * part needs, and entries that are no float numbers.
 */
public interface StateDict {

  /** Names of all tensors. */
  Set<String> names();

  /**
   * Sizes of a tensor.
   *
   * @throws SafeTensorsException if there is none of that name
   */
  long[] shape(String name);

  /**
   * The numbers of a tensor.
   *
   * @throws SafeTensorsException if there is none of that name or it has no float numbers
   */
  FloatTensor floats(String name);

  /** The tensors of a file. */
  static StateDict of(SafeTensors file) {
    return new StateDict() {
      @Override
      public Set<String> names() {
        return file.names();
      }

      @Override
      public long[] shape(String name) {
        return file.shape(name);
      }

      @Override
      public FloatTensor floats(String name) {
        return file.floats(name);
      }
    };
  }

  /** Tensors in memory. */
  static StateDict of(Map<String, FloatTensor> tensors) {
    return new StateDict() {
      @Override
      public Set<String> names() {
        return tensors.keySet();
      }

      @Override
      public long[] shape(String name) {
        return floats(name).shape().clone();
      }

      @Override
      public FloatTensor floats(String name) {
        FloatTensor tensor = tensors.get(name);
        if (tensor == null) {
          throw new SafeTensorsException("no tensor " + name + " among the " + tensors.size());
        }
        return tensor;
      }
    };
  }
}
