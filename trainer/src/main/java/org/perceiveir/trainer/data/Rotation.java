package org.perceiveir.trainer.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Spreads things over a round as evenly as their weights allow (smooth weighted round robin). */
final class Rotation {
  private Rotation() {}

  /**
   * One round, in which each thing comes as often as its weight says.
   *
   * @param weights at least 1 each; among equals the first in order comes first
   */
  static <T> List<T> of(Map<T, Integer> weights) {
    int total = weights.values().stream().mapToInt(Integer::intValue).sum();
    Map<T, Integer> credit = new LinkedHashMap<>();
    List<T> order = new ArrayList<>(total);
    for (int i = 0; i < total; i++) {
      weights.forEach((thing, weight) -> credit.merge(thing, weight, Integer::sum));
      T next = Collections.max(credit.entrySet(), Map.Entry.comparingByValue()).getKey();
      credit.merge(next, -total, Integer::sum);
      order.add(next);
    }
    return List.copyOf(order);
  }
}
