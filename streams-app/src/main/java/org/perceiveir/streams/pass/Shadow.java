package org.perceiveir.streams.pass;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.model.session.Restorer;

/**
 * A candidate that restores a share of the frames beside the network in use. Nobody sees its
 * pixels: only what they differ by, their tiers and their time go into the telemetry. What fails in
 * it is told there, and never harms the frame.
 */
final class Shadow {
  private final ModelSlot candidate;
  private final Share share;

  Shadow(ModelSlot candidate, double share) {
    this.candidate = candidate;
    this.share = new Share(share);
  }

  ModelSlot candidate() {
    return candidate;
  }

  /** Whether the next frame is one of the share. */
  boolean wants() {
    return share.next();
  }

  ShadowResult compare(RgbImage degraded, RgbImage restored, @Nullable TierJudge judge) {
    ModelIdentity identity = candidate.identity();
    long start = System.nanoTime();
    try {
      RgbImage other = candidate.use((Restorer r) -> r.restore(List.of(degraded)).get(0));
      long nanos = System.nanoTime() - start;
      Assessment after = judge == null ? null : judge.assess(List.of(other)).get(0);
      return new ShadowResult(identity, Psnr.between(restored, other), after, nanos, null);
    } catch (RuntimeException e) {
      return new ShadowResult(
          identity, Double.NaN, null, System.nanoTime() - start, String.valueOf(e));
    }
  }
}
