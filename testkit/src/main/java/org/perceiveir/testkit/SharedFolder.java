package org.perceiveir.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The folder of reference numbers, photographs and clips that may lie beside the checkout. */
public final class SharedFolder {
  private SharedFolder() {}

  /** A path in it; skips the running test, and says so, where it is absent. */
  public static Path require(String relative) {
    for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
      Path candidate = dir.resolve("shared").resolve(relative);
      if (Files.exists(candidate)) {
        return candidate;
      }
    }
    return Assumptions.abort("skipped: shared/" + relative + " does not lie beside the checkout");
  }
}
