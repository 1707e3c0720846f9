package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** One figure, measured once in each round. Not thread-safe. */
final class Rounds {
  private final List<Double> values = new ArrayList<>();

  /**
   * A comparison of two figures whose rounds were interleaved.
   *
   * @param ofMedians the median of one by the median of the other
   * @param min least quotient within one round
   * @param max largest quotient within one round
   */
  record Ratio(double ofMedians, double min, double max) {
    ObjectNode toJson() {
      return JsonNodeFactory.instance
          .objectNode()
          .put("ofMedians", Figure.rounded(ofMedians))
          .put("min", Figure.rounded(min))
          .put("max", Figure.rounded(max));
    }
  }

  /** Adds the figure of the next round. */
  void add(double value) {
    values.add(value);
  }

  /** The figures in the order of the rounds. */
  List<Double> values() {
    return List.copyOf(values);
  }

  /** The middle figure; the mean of the two middle ones if their number is even. */
  double median() {
    double[] sorted = sorted();
    int n = sorted.length;
    return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }

  double min() {
    return sorted()[0];
  }

  double max() {
    return sorted()[values.size() - 1];
  }

  /** This figure as a share of another of the same rounds. */
  Ratio over(Rounds other) {
    Rounds quotients = quotients(other);
    return new Ratio(median() / other.median(), quotients.min(), quotients.max());
  }

  /** This figure as a share of another, round by round. */
  Rounds quotients(Rounds other) {
    Rounds quotients = new Rounds();
    for (int i = 0; i < values.size(); i++) {
      quotients.add(values.get(i) / other.values.get(i));
    }
    return quotients;
  }

  ObjectNode toJson() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("median", Figure.rounded(median()));
    node.put("min", Figure.rounded(min()));
    node.put("max", Figure.rounded(max()));
    ArrayNode rounds = node.putArray("rounds");
    values.forEach(value -> rounds.add(Figure.rounded(value)));
    return node;
  }

  private double[] sorted() {
    if (values.isEmpty()) {
      throw new IllegalStateException("no round was measured");
    }
    return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }
}
