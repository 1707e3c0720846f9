package org.perceiveir.cli.bench;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;

/** Frames that wait in an input topic before anything reads them. */
final class Backlog {
  private Backlog() {}

  /**
   * Publishes frames from all sources in turn; returns when the broker has them.
   *
   * @param config names the input topic, which exists
   * @param frames the frames, which go round
   * @param count how many to publish
   * @param sources names of the sources
   * @throws CommandFailure if one does not arrive
   */
  static void publish(ServiceConfig config, FrameSet frames, int count, List<String> sources) {
    AtomicReference<@Nullable Throwable> lost = new AtomicReference<>();
    long epoch = Instant.now().toEpochMilli();
    try (FramePublisher publisher = FramePublisher.open(config)) {
      for (int i = 0; i < count; i++) {
        FrameIdentity identity =
            new FrameIdentity(
                sources.get(i % sources.size()),
                epoch,
                (long) i / sources.size(),
                ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
        frames.publish(publisher, identity, i, lost);
      }
      publisher.flush();
    }
    Throwable thrown = lost.get();
    if (thrown != null) {
      throw new CommandFailure(
          "the backlog could not be published: " + thrown.getMessage(),
          "lower --frames or --records if the disk is full",
          thrown);
    }
  }
}
