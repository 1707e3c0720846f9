package org.perceiveir.cli.demo;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.perceiveir.imaging.degrade.DegradationType;

/**
 * What a demo is asked to do.
 *
 * @param frames frames over all sources, at least 1
 * @param sources sources, 1 to 16
 * @param scenario what goes wrong
 * @param input directory of real frames or a video file, else scenes are drawn
 * @param degradation the one kind of degradation, else all kinds in turn
 * @param page whether the live page is served
 * @param port the page's port; without one a free port is taken if the usual one is not free
 * @param report where the JSON report goes
 * @param picture where the before-and-after sheet goes
 * @param bundle directory of the model bundle
 * @param perceiver directory of the perceiver that tells the tiers of each frame, before and after
 * @param device {@code auto}, {@code cpu} or {@code gpu:N}
 */
public record DemoSettings(
    int frames,
    int sources,
    Scenario scenario,
    Optional<Path> input,
    Optional<DegradationType> degradation,
    boolean page,
    OptionalInt port,
    Optional<Path> report,
    Optional<Path> picture,
    Path bundle,
    Optional<Path> perceiver,
    String device) {

  /** Most sources. */
  public static final int MAX_SOURCES = 16;

  /** Checks the ranges. */
  public DemoSettings {
    if (frames < 1) {
      throw new IllegalArgumentException("--frames is " + frames + ": it must be at least 1");
    }
    if (sources < 1 || sources > MAX_SOURCES) {
      throw new IllegalArgumentException(
          "--sources is " + sources + ": it must lie in 1.." + MAX_SOURCES);
    }
    if (port.isPresent() && (port.getAsInt() < 1 || port.getAsInt() > 65_535)) {
      throw new IllegalArgumentException(
          "--port is " + port.getAsInt() + ": it must lie in 1..65535");
    }
  }
}
