package org.perceiveir.streams.pass;

import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.degradation.DegradationEstimate;
import org.perceiveir.model.perceiver.Assessment;

/**
 * One frame after a pass.
 *
 * @param image the restored pixels, of the size of the frame; the frame itself where it was passed
 *     through
 * @param route which way it went and why; null where nothing was decided, because no perceiver is
 *     configured
 * @param model the network that restored it; null where it was passed through
 * @param inferNanos time of the network over all frames that went this way; null where none ran
 * @param judged what the perceiver and the network saw
 * @param shadow what a candidate made of it; null where none looked
 */
public record PassedFrame(
    RgbImage image,
    @Nullable RouteDecision route,
    @Nullable ModelIdentity model,
    @Nullable Long inferNanos,
    Judgement judged,
    @Nullable ShadowResult shadow) {

  /** Whether the pixels are those of the frame. */
  public boolean isPassedThrough() {
    return route != null && route.route() == Route.PASS_THROUGH;
  }

  /**
   * What the perceiver and the network saw in a frame; null for what nobody looked at.
   *
   * @param before tiers of the degraded frame
   * @param after tiers of the restored frame
   * @param degradation nearest prototype of its Z
   * @param beforeNanos time of the perceiver over the degraded frame, its share of the batch
   * @param afterNanos time of the perceiver over the restored frame, its share of the batch
   */
  public record Judgement(
      @Nullable Assessment before,
      @Nullable Assessment after,
      @Nullable DegradationEstimate degradation,
      @Nullable Long beforeNanos,
      @Nullable Long afterNanos) {}
}
