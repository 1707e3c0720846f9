package org.perceiveir.imaging.degrade;

import java.util.Arrays;
import java.util.List;

/** The kinds of degradation that the all-in-one network is trained on. */
public enum DegradationType {
  /** Additive Gaussian noise: {@link GaussianNoise}. */
  NOISE("noise"),
  /** Scattering by haze or fog: {@link Haze}. */
  HAZE("haze"),
  /** Bright streaks of falling rain: {@link RainStreaks}. */
  RAIN("rain"),
  /** Linear motion blur: {@link MotionBlur}. */
  BLUR("blur"),
  /** Under-exposure with sensor noise: {@link LowLight}. */
  LOW_LIGHT("low-light");

  private final String id;

  DegradationType(String id) {
    this.id = id;
  }

  /**
   * The name used on command lines, in reports and in file names, for instance {@code low-light}.
   */
  public String id() {
    return id;
  }

  /**
   * The type with this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none; the message lists the known ids
   */
  public static DegradationType fromId(String id) {
    for (DegradationType type : values()) {
      if (type.id.equals(id)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "unknown degradation '" + id + "': choose one of " + String.join(", ", ids()));
  }

  /** All {@linkplain #id() ids}, in the order of {@link #values()}. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(DegradationType::id).toList();
  }
}
