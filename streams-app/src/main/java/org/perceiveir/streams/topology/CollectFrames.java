package org.perceiveir.streams.topology;

import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Reads each input record, hands its frame in, and tells the next processor that there is a frame
 * more; does not wait ({@code batch.mode=async}).
 */
final class CollectFrames implements FixedKeyProcessor<RecordKey, byte[], Long> {
  private final FrameSteps steps;
  private @Nullable FixedKeyProcessorContext<RecordKey, Long> context;
  private @Nullable PendingFrames pending;
  private long collected;

  CollectFrames(FrameSteps steps) {
    this.steps = steps;
  }

  @Override
  public void init(FixedKeyProcessorContext<RecordKey, Long> processorContext) {
    context = processorContext;
    pending = processorContext.getStateStore(PendingFrames.NAME);
  }

  @Override
  public void process(FixedKeyRecord<RecordKey, byte[]> input) {
    FixedKeyProcessorContext<RecordKey, Long> current = context;
    PendingFrames frames = pending;
    if (current == null || frames == null) {
      throw new IllegalStateException("process before init");
    }
    frames.checkSound();
    try {
      frames.add(
          FrameAttempt.begin(
              steps,
              plain(input),
              current
                  .recordMetadata()
                  .orElseThrow(
                      () -> new IllegalStateException("a record without topic and offset")),
              frames.member(),
              frames::admits));
      // A marker is no frame: constant time, or the table would warn of records out of order.
      current.forward(
          input.withValue(++collected).withTimestamp(0).withHeaders(new RecordHeaders()));
    } catch (UnfinishedFramesException | TaskMigratedException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      // The thread ends; closing its task must not wait for frames whose transaction aborts.
      throw frames.failed(e);
    }
  }

  @SuppressWarnings("NullAway") // Kafka's records take null keys and values.
  private static Record<byte[], byte[]> plain(FixedKeyRecord<RecordKey, byte[]> input) {
    return new Record<>(
        input.key().bytes(), input.value(), Math.max(0, input.timestamp()), input.headers());
  }
}
