package org.perceiveir.streams.topology;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.batch.MicroBatcher;

/**
 * Decides the outcome of each input record before it takes the next ({@code batch.mode=blocking}).
 * Nothing is in flight when a thread commits.
 */
final class BlockingFrames implements Processor<RecordKey, byte[], byte[], byte[]> {
  private final FrameSteps steps;
  private @Nullable ProcessorContext<byte[], byte[]> context;
  private MicroBatcher.@Nullable Membership member;

  BlockingFrames(FrameSteps steps) {
    this.steps = steps;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    member = steps.with().batcher().join();
  }

  @Override
  public void close() {
    if (member != null) {
      member.close();
      member = null;
    }
  }

  @Override
  public void process(Record<RecordKey, byte[]> input) {
    ProcessorContext<byte[], byte[]> current = context;
    MicroBatcher.Membership own = member;
    if (current == null || own == null) {
      throw new IllegalStateException("process before init");
    }
    FrameAttempt attempt =
        FrameAttempt.begin(
            steps,
            input.withKey(input.key().bytes()),
            current
                .recordMetadata()
                .orElseThrow(() -> new IllegalStateException("a record without topic and offset")),
            own,
            // A thread has one frame at a time; there is nothing to choose from.
            priority -> true);
    if (!attempt.canFinish()) {
      own.await(attempt::canFinish);
    }
    attempt.finish(current::forward);
  }
}
