package org.perceiveir.model.session;

import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.degradation.DegradationEstimate;

/**
 * A restored frame and what the network saw in it.
 *
 * @param image the restored pixels
 * @param degradation the nearest prototype of the degraded frame's Z; null where the bundle has no
 *     prototypes
 */
public record RestoredImage(RgbImage image, @Nullable DegradationEstimate degradation) {}
