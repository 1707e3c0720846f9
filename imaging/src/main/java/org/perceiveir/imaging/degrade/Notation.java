package org.perceiveir.imaging.degrade;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * The text form of degradations, on command lines and in configurations:
 *
 * <pre>
 *   mixture     = degradation ("+" degradation)*
 *   degradation = id (":" number)*
 * </pre>
 *
 * <p>The numbers are the record components in their order, all of them or none: without numbers the
 * standard strength is meant. Neither comma nor space nor equals sign occurs, so that lists of them
 * and tables of properties need no quoting.
 */
final class Notation {
  private Notation() {}

  static Degradation parse(String text) {
    List<Degradation> parts = new ArrayList<>();
    for (String part : text.split("\\+", -1)) {
      parts.add(parsePart(part.strip(), text));
    }
    return parts.size() == 1 ? parts.get(0) : new Mixture(parts);
  }

  private static Degradation parsePart(String part, String text) {
    if (part.isEmpty()) {
      throw new IllegalArgumentException(
          "degradation '" + text + "' has an empty part: write it as haze+noise:25+jpeg:40");
    }
    List<String> fields = List.of(part.split(":", -1));
    String id = fields.get(0).strip();
    Numbers numbers = new Numbers(part, fields);
    if (id.equals(JpegCompression.ID)) {
      if (numbers.none()) {
        return Degradations.standardJpeg();
      }
      numbers.require("quality");
      return new JpegCompression(numbers.whole(0));
    }
    DegradationType type = type(id);
    return numbers.none() ? Degradations.standard(type) : withNumbers(type, numbers);
  }

  private static DegradationType type(String id) {
    try {
      return DegradationType.fromId(id);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + ", " + JpegCompression.ID, e);
    }
  }

  private static TaskDegradation withNumbers(DegradationType type, Numbers numbers) {
    return switch (type) {
      case NOISE -> {
        numbers.require("sigma");
        yield new GaussianNoise(numbers.get(0));
      }
      case HAZE -> {
        numbers.require("airlight", "beta");
        yield new Haze(numbers.get(0), numbers.get(1));
      }
      case RAIN -> {
        numbers.require("density", "length", "width", "brightness");
        yield new RainStreaks(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
      }
      case BLUR -> {
        numbers.require("length");
        yield new MotionBlur(numbers.get(0));
      }
      case LOW_LIGHT -> {
        numbers.require("gamma", "gain", "shot", "read");
        yield new LowLight(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
      }
    };
  }

  /** The shortest decimals that give the same numbers again. */
  static String print(DegradationType type, double... numbers) {
    StringBuilder text = new StringBuilder(type.id());
    for (double number : numbers) {
      BigDecimal decimal = BigDecimal.valueOf(number).stripTrailingZeros();
      text.append(':').append(decimal.toPlainString());
    }
    return text.toString();
  }

  /** What stands behind an id. */
  private record Numbers(String part, List<String> fields) {
    boolean none() {
      return fields.size() == 1;
    }

    void require(String... names) {
      if (fields.size() - 1 != names.length) {
        throw new IllegalArgumentException(
            "degradation '"
                + part
                + "' has "
                + (fields.size() - 1)
                + " numbers: write "
                + fields.get(0).strip()
                + ":"
                + String.join(":", names)
                + ", or "
                + fields.get(0).strip()
                + " alone for the standard strength");
      }
    }

    double get(int index) {
      return decimal(index).doubleValue();
    }

    int whole(int index) {
      try {
        return decimal(index).intValueExact();
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(
            "degradation '"
                + part
                + "': '"
                + fields.get(index + 1).strip()
                + "' is no whole number",
            e);
      }
    }

    private BigDecimal decimal(int index) {
      String field = fields.get(index + 1).strip();
      try {
        return new BigDecimal(field);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "degradation '" + part + "': '" + field + "' is no number", e);
      }
    }
  }
}
