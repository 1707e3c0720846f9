package org.perceiveir.cli.command;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.Degradations;

/** What the commands that degrade a folder of clean images are given, checked. */
final class DegradationArguments {
  private DegradationArguments() {}

  /**
   * The values of {@code --degradation}.
   *
   * @param kinds as {@code noise:15}; null for the standard set
   */
  static List<Degradation> parse(@Nullable List<String> kinds) {
    if (kinds == null) {
      return Degradations.standardSet();
    }
    try {
      return kinds.stream().map(Degradations::parse).toList();
    } catch (IllegalArgumentException e) {
      throw refused(e);
    }
  }

  /** What is said of a {@code --degradation} that cannot be used. */
  static CommandFailure refused(IllegalArgumentException e) {
    return new CommandFailure(
        "--degradation: " + e.getMessage(), "write for instance noise:25,haze", e);
  }

  /** Refuses a negative {@code --max-images}. */
  static void checkMaxImages(int maxImages) {
    if (maxImages < 0) {
      throw new CommandFailure(
          "--max-images is " + maxImages, "give a number of images, or 0 for all");
    }
  }
}
