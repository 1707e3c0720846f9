package org.perceiveir.streams.topology;

/**
 * The largest frames for which the service has planned.
 *
 * @param pixelsByTime pixels for which a transaction has time
 * @param pixelsByMemory pixels for which the heap has room
 */
public record FrameLimit(long pixelsByTime, long pixelsByMemory) {}
