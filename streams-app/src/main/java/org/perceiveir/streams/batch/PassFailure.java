package org.perceiveir.streams.batch;

import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.pass.ModelIdentity;

/**
 * The network could not restore this frame; the other frames of its batch are not concerned.
 *
 * @param message the size of the frame and what the network said
 * @param cause what it threw
 * @param model the network; null where something before it failed
 * @param queueNanos time the frame waited for the pass
 */
public record PassFailure(
    String message, RuntimeException cause, @Nullable ModelIdentity model, long queueNanos)
    implements PassOutcome {}
