package org.perceiveir.streams.pass;

import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.perceiver.Assessment;

/** Tells the quality tier of frames; its tiers are {@link RoutingPolicy#TIERS}. Thread-safe. */
public interface TierJudge extends AutoCloseable {
  /**
   * Judges frames of one size.
   *
   * @return one assessment for each, in their order
   * @throws IllegalStateException if it is closed or its device cannot compute any more
   */
  List<Assessment> assess(List<RgbImage> frames);

  /** Name and version of the perceiver, for the log. */
  String name();

  @Override
  void close();
}
