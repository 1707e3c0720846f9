package org.perceiveir.trainer.data;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.perceiveir.imaging.degrade.DegradationType;

/**
 * Which degradations a training has, and how often: a type of weight w comes w times in each round,
 * spread as evenly as the weights allow ({@link Rotation}).
 *
 * <p>Where a batch is of one type ({@link TrainingDataConfig.Batches#ONE_TYPE}), haze and low
 * light, whose gradients are large and coherent, do not drown the noise of the same step.
 *
 * @param weights weight of each type, 1 to 100; a type that is not there is not trained
 */
public record TaskMix(Map<DegradationType, Integer> weights) {
  private static final int MAX_WEIGHT = 100;

  /** Every type once in a round. */
  public static final TaskMix EVEN = of(type -> 1);

  /** Noise twice in a round, every other type once: noise needs the finest detail. */
  public static final TaskMix DEFAULT = of(type -> type == DegradationType.NOISE ? 2 : 1);

  /**
   * Checks the weights.
   *
   * @throws IllegalArgumentException if there is no type or a weight is outside 1 to 100
   */
  public TaskMix {
    if (weights.isEmpty()) {
      throw new IllegalArgumentException("no task to train: give at least one, such as noise=1");
    }
    weights.forEach(
        (type, weight) -> {
          if (weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException(
                "weight of task " + type.id() + " is " + weight + ", allowed are 1 to 100");
          }
        });
    weights = Collections.unmodifiableMap(new EnumMap<>(weights));
  }

  private static TaskMix of(ToIntFunction<DegradationType> weight) {
    Map<DegradationType, Integer> weights = new EnumMap<>(DegradationType.class);
    for (DegradationType type : DegradationType.values()) {
      weights.put(type, weight.applyAsInt(type));
    }
    return new TaskMix(weights);
  }

  /**
   * Reads for instance {@code noise=3,haze=1}; a type without a weight has weight 1.
   *
   * @throws IllegalArgumentException naming the part that is wrong
   */
  public static TaskMix parse(String text) {
    Map<DegradationType, Integer> weights = new EnumMap<>(DegradationType.class);
    for (String part : text.split(",", -1)) {
      String[] sides = part.strip().split("=", -1);
      DegradationType type = DegradationType.fromId(sides[0].strip());
      int weight;
      try {
        weight = sides.length == 1 ? 1 : Integer.parseInt(sides[1].strip());
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "task '" + part.strip() + "': the weight must be an integer, as in noise=3", e);
      }
      if (sides.length > 2 || weights.put(type, weight) != null) {
        throw new IllegalArgumentException(
            "task '" + part.strip() + "' is malformed or given twice; write noise=3,haze=1");
      }
    }
    return new TaskMix(weights);
  }

  @Override
  public String toString() {
    return weights.entrySet().stream()
        .map(e -> e.getKey().id() + "=" + e.getValue())
        .collect(Collectors.joining(","));
  }
}
