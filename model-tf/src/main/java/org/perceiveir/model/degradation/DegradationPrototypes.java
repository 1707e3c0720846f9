package org.perceiveir.model.degradation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One direction of Z for each degradation: the mean of the unit vectors of images that have it.
 *
 * <p>Z comes from the compact feature extraction, which the contrast of degradations (eq. 12)
 * trains to tell them apart and the guidance of the network trains to describe them. Only its
 * direction is compared, as in eq. 12: how bright or large an image is shows in the length.
 *
 * <p>Immutable and thread-safe.
 */
public final class DegradationPrototypes {
  /** A label: lower-case letters, digits, dashes. */
  private static final Pattern LABEL = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  private static final int MOST_LABELS = 64;

  private final Map<String, float[]> unitByLabel;
  private final int size;

  private DegradationPrototypes(Map<String, float[]> unitByLabel, int size) {
    this.unitByLabel = unitByLabel;
    this.size = size;
  }

  /**
   * Prototypes from vectors that need not be unit vectors.
   *
   * @throws IllegalArgumentException if there is none, a label is malformed, or a vector has
   *     another size than the first, is zero, or not finite
   */
  public static DegradationPrototypes of(Map<String, float[]> byLabel) {
    if (byLabel.isEmpty() || byLabel.size() > MOST_LABELS) {
      throw new IllegalArgumentException(
          byLabel.size() + " prototypes: there must be 1 to " + MOST_LABELS);
    }
    int size = byLabel.values().iterator().next().length;
    Map<String, float[]> units = new LinkedHashMap<>();
    byLabel.forEach(
        (label, vector) -> {
          if (!LABEL.matcher(label).matches()) {
            throw new IllegalArgumentException(
                "the label '" + label + "' of a prototype does not match " + LABEL.pattern());
          }
          if (vector.length != size || size == 0) {
            throw new IllegalArgumentException(
                "the prototype '"
                    + label
                    + "' has "
                    + vector.length
                    + " values, the first one has "
                    + size
                    + ": all need the same number, at least 1");
          }
          units.put(label, unit(label, vector));
        });
    return new DegradationPrototypes(units, size);
  }

  private static float[] unit(String label, float[] vector) {
    double length = length(vector);
    if (!(length > 0) || Double.isInfinite(length)) {
      throw new IllegalArgumentException(
          "the prototype '" + label + "' has the length " + length + ": it gives no direction");
    }
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = (float) (vector[i] / length);
    }
    return unit;
  }

  private static double length(float[] vector) {
    double sum = 0;
    for (float value : vector) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  /**
   * Reads {@code {"noise": [0.1, ...], ...}}.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static DegradationPrototypes fromJson(JsonNode json) {
    if (!json.isObject()) {
      throw new IllegalArgumentException("the prototypes are not a JSON object");
    }
    Map<String, float[]> byLabel = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      JsonNode values = field.getValue();
      float[] vector = new float[values.size()];
      for (int i = 0; i < vector.length; i++) {
        if (!values.path(i).isNumber()) {
          throw new IllegalArgumentException(
              "the prototype '" + field.getKey() + "' must be an array of numbers");
        }
        vector[i] = values.path(i).floatValue();
      }
      byLabel.put(field.getKey(), vector);
    }
    return of(byLabel);
  }

  /** The prototypes as {@link #fromJson} reads them. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    unitByLabel.forEach(
        (label, unit) -> {
          ArrayNode values = json.putArray(label);
          for (float value : unit) {
            values.add(value);
          }
        });
    return json;
  }

  /** The labels, in the order in which they were given. */
  public List<String> labels() {
    return new ArrayList<>(unitByLabel.keySet());
  }

  /** Number of values of Z. */
  public int size() {
    return size;
  }

  /**
   * The nearest prototype.
   *
   * @param z a frame's Z, of {@link #size} values
   * @return its label and distance; the first prototype at distance 1 where Z is zero or not
   *     finite, which tells nothing
   * @throws IllegalArgumentException if Z has another size
   */
  public DegradationEstimate nearest(float[] z) {
    if (z.length != size) {
      throw new IllegalArgumentException("Z has " + z.length + " values, prototypes have " + size);
    }
    double length = length(z);
    String nearest = labels().get(0);
    if (!(length > 0) || Double.isInfinite(length)) {
      return new DegradationEstimate(nearest, 1);
    }
    double best = Double.NEGATIVE_INFINITY;
    for (Map.Entry<String, float[]> prototype : unitByLabel.entrySet()) {
      double dot = 0;
      for (int i = 0; i < size; i++) {
        dot += (double) z[i] * prototype.getValue()[i];
      }
      if (dot > best) {
        best = dot;
        nearest = prototype.getKey();
      }
    }
    double cosine = Math.max(-1, Math.min(1, best / length));
    return new DegradationEstimate(nearest, (float) (1 - cosine));
  }

  /** Gathers Z of images and makes a prototype of each label's. Not thread-safe. */
  public static final class Gatherer {
    private final Map<String, double[]> sums = new LinkedHashMap<>();

    /**
     * Adds one image's Z; what has no direction adds nothing.
     *
     * @throws IllegalArgumentException if Z has another size than the label's first
     */
    public void add(String label, float[] z) {
      double[] sum = sums.computeIfAbsent(label, l -> new double[z.length]);
      if (sum.length != z.length) {
        throw new IllegalArgumentException(
            "Z has " + z.length + " values, it had " + sum.length + " before");
      }
      double length = length(z);
      if (length > 0 && !Double.isInfinite(length)) {
        for (int i = 0; i < z.length; i++) {
          sum[i] += z[i] / length;
        }
      }
    }

    /**
     * The prototypes.
     *
     * @throws IllegalArgumentException if nothing was added, or a label's images cancel out
     */
    public DegradationPrototypes prototypes() {
      Map<String, float[]> byLabel = new LinkedHashMap<>();
      sums.forEach(
          (label, sum) -> {
            float[] vector = new float[sum.length];
            for (int i = 0; i < vector.length; i++) {
              vector[i] = (float) sum[i];
            }
            byLabel.put(label, vector);
          });
      return of(byLabel);
    }
  }
}
