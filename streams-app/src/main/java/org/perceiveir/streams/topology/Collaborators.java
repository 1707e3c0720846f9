package org.perceiveir.streams.topology;

import java.time.InstantSource;
import org.perceiveir.streams.batch.FrameWindow;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.meters.FrameMeters;

/**
 * What the topology works with; shared by all stream threads.
 *
 * @param batcher restores frames
 * @param window bounds the frames that wait
 * @param serdes reads and writes records
 * @param meters counts attempts
 * @param frameLimit the largest frames
 * @param clock tells the age of frames and when an outcome was decided
 */
public record Collaborators(
    MicroBatcher batcher,
    FrameWindow window,
    FrameSerdes serdes,
    FrameMeters meters,
    FrameLimit frameLimit,
    InstantSource clock) {}
