package org.perceiveir.streams.batch;

/**
 * The frame was too old when its pass would have begun.
 *
 * @param atNanos the {@link System#nanoTime()} of that moment
 * @param queueNanos time it had waited
 */
public record Expired(long atNanos, long queueNanos) implements PassOutcome {}
