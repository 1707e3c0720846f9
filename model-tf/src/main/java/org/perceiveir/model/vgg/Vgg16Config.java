package org.perceiveir.model.vgg;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perceiveir.model.safetensors.FloatTensor;

/**
 * Channels of VGG-16's five stages, configuration D of Simonyan and Zisserman.
 *
 * @param widths channels of stages 1 to 5; 64, 128, 256, 512, 512 in the public network
 */
public record Vgg16Config(List<Integer> widths) {
  /** Convolutions of each stage. */
  static final List<Integer> STAGES = List.of(2, 2, 3, 3, 3);

  private static final int MAX_WIDTH = 4096;
  private static final String CLASSIFIER = "classifier.";

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException unless there are five widths of at least 1
   */
  public Vgg16Config {
    widths = List.copyOf(widths);
    if (widths.size() != STAGES.size() || widths.stream().anyMatch(w -> w < 1)) {
      throw new IllegalArgumentException(
          "VGG-16 widths " + widths + ": five numbers from 1 are needed, one for each stage");
    }
  }

  /** The public network. */
  public static Vgg16Config full() {
    return dividedBy(1);
  }

  /**
   * The public network with every stage that much narrower.
   *
   * @throws IllegalArgumentException unless the divisor divides 64
   */
  public static Vgg16Config dividedBy(int divisor) {
    if (divisor < 1 || 64 % divisor != 0) {
      throw new IllegalArgumentException(
          "VGG-16 width divisor " + divisor + ": choose a divisor of 64");
    }
    return new Vgg16Config(
        List.of(64 / divisor, 128 / divisor, 256 / divisor, 512 / divisor, 512 / divisor));
  }

  /**
   * The convolutions of a torchvision state dict, without its {@code classifier.*}.
   *
   * @return tensors under torchvision's names {@code features.N.weight} and {@code .bias}
   */
  public static Map<String, FloatTensor> features(Map<String, FloatTensor> stateDict) {
    Map<String, FloatTensor> features = new LinkedHashMap<>();
    stateDict.forEach(
        (name, tensor) -> {
          if (!name.startsWith(CLASSIFIER)) {
            features.put(name, tensor);
          }
        });
    return features;
  }

  /**
   * The configuration that these weights have the widths of, read off the first convolution of each
   * stage; where that is not there or is no convolution, the public network's.
   *
   * <p>Whether every tensor fits is for {@link org.perceiveir.model.nn.ParamStore#check} to say,
   * which names all that do not.
   *
   * @param stateDict torchvision's names
   */
  public static Vgg16Config of(Map<String, FloatTensor> stateDict) {
    int[] first = {0, 5, 10, 17, 24};
    List<Integer> widths = new ArrayList<>(full().widths);
    for (int s = 0; s < first.length; s++) {
      FloatTensor weight = stateDict.get("features." + first[s] + ".weight");
      if (weight != null && weight.shape().length == 4) {
        long out = weight.shape()[0];
        if (out >= 1 && out <= MAX_WIDTH) {
          widths.set(s, (int) out);
        }
      }
    }
    return new Vgg16Config(widths);
  }
}
