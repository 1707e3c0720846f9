package org.perceiveir.model.degradation;

/**
 * The labelled prototype that is nearest to a frame's Z.
 *
 * @param label what the prototype stands for, for instance {@code noise}
 * @param distance cosine distance between Z and the prototype, 0 (same direction) to 2 (opposite),
 *     no unit; a large one says that the frame is like none of them
 */
public record DegradationEstimate(String label, float distance) {}
