package org.perceiveir.streams.pass;

import org.jspecify.annotations.Nullable;
import org.perceiveir.model.perceiver.Assessment;

/**
 * What a candidate made of a frame that another network restored; its pixels are dropped.
 *
 * @param model the candidate
 * @param psnrDb PSNR between the two results over RGB, in dB; positive infinity where they are
 *     equal; NaN where the candidate failed
 * @param after tiers of the candidate's result; null where no perceiver looked at it
 * @param inferNanos time of the candidate's pass over the frame
 * @param failure why there is no result; null where there is one
 */
public record ShadowResult(
    ModelIdentity model,
    double psnrDb,
    @Nullable Assessment after,
    long inferNanos,
    @Nullable String failure) {}
