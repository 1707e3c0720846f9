package org.perceiveir.streams.topology;

import java.time.InstantSource;
import org.perceiveir.streams.batch.FrameWindow;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.log.LoudAtFirst;
import org.perceiveir.streams.meters.FrameMeters;
import org.perceiveir.streams.payload.Payloads;
import org.perceiveir.streams.trace.FrameTracer;

/**
 * What the topology works with; shared by all stream threads.
 *
 * @param batcher restores frames
 * @param window bounds the frames that wait
 * @param serdes reads and writes records
 * @param meters counts attempts
 * @param tracer makes the spans of attempts
 * @param warnings tells of bad frames
 * @param frameLimit the largest frames
 * @param payloads reads and writes the pixels of frames
 * @param listener sees attempts that have ended
 * @param clock tells the age of frames and when an outcome was decided
 */
public record Collaborators(
    MicroBatcher batcher,
    FrameWindow window,
    FrameSerdes serdes,
    FrameMeters meters,
    FrameTracer tracer,
    LoudAtFirst warnings,
    FrameLimit frameLimit,
    Payloads payloads,
    FrameListener listener,
    InstantSource clock) {}
