package org.perceiveir.streams.topology;

import java.time.InstantSource;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.meters.FrameMeters;

/**
 * What the topology works with; shared by all stream threads.
 *
 * @param batcher restores frames
 * @param serdes reads and writes records
 * @param meters counts attempts
 * @param maxFramePixels the largest frame for which a transaction has time
 * @param clock tells when an outcome was decided
 */
public record Collaborators(
    MicroBatcher batcher,
    FrameSerdes serdes,
    FrameMeters meters,
    long maxFramePixels,
    InstantSource clock) {}
