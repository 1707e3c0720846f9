package org.perceiveir.streams.batch;

/**
 * The network could not restore this frame; the other frames of its batch are not concerned.
 *
 * @param message the size of the frame and what the network said
 * @param cause what it threw
 */
public record PassFailure(String message, RuntimeException cause) implements PassOutcome {}
