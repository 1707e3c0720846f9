package org.perceiveir.trainer.loss;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.vgg.Vgg16Config;
import org.perceiveir.model.vgg.Vgg16Features;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Features of VGG-16 (eq. 11), on images as they are: without ImageNet's mean and deviation, as the
 * form that the paper's authors took over has it.
 */
public final class VggFeatureMaps implements FeatureMaps {
  /** torchvision's {@code features[3], [7], [11], [15]}: relu1_2, conv2_2, relu3_1, relu3_3. */
  public static final List<Integer> LAYERS = List.of(3, 7, 11, 15);

  private final ParamStore frozen;
  private final Vgg16Features vgg;
  private final List<Integer> layers;
  private final Map<String, FloatTensor> weights;

  /**
   * Features of these weights.
   *
   * @param layers four indices of torchvision's {@code features}, ascending
   * @param weights torchvision's names {@code features.N.weight} and {@code .bias}; layers beyond
   *     the last chosen one may be there
   */
  public VggFeatureMaps(Ops tf, List<Integer> layers, Map<String, FloatTensor> weights) {
    this.frozen = new ParamStore(tf, "vgg16.");
    this.vgg = new Vgg16Features(tf, frozen, Vgg16Config.of(weights));
    this.layers = List.copyOf(layers);
    this.weights = Map.copyOf(weights);
  }

  /** {@inheritDoc} Both sides must be at least 4 pixels for {@link #LAYERS}. */
  @Override
  public List<Operand<TFloat32>> of(Operand<TFloat32> images) {
    SortedMap<Integer, Operand<TFloat32>> maps = vgg.apply(images, layers);
    return List.copyOf(maps.values());
  }

  /**
   * Fills the weights, once in a session.
   *
   * @throws org.perceiveir.model.nn.WeightMismatchException listing every tensor that does not fit
   */
  public void load(Session session) {
    Map<String, FloatTensor> used = new LinkedHashMap<>();
    for (Param param : frozen.params()) {
      FloatTensor tensor = weights.get(param.name());
      if (tensor != null) {
        used.put(param.name(), tensor);
      }
    }
    frozen.assign(session, used);
  }
}
