package org.perceiveir.cli.bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * How long a frame takes from when its source had it to when a reader of committed records has its
 * restoration, while frames come at a steady rate.
 *
 * @param perSecond frames a second that were due
 * @param millis latency in milliseconds, of every frame that was due after the warm-up
 * @param averageBatch mean over passes of the frames in a pass
 */
record LatencyRun(double perSecond, Percentiles millis, double averageBatch) {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration STALLED = Duration.ofSeconds(60);
  private static final Duration READY = Duration.ofSeconds(60);

  /**
   * Runs the service under load, then checks its books.
   *
   * @param config names application and topics; the input topic is empty
   * @param perSecond frames a second
   * @throws CommandFailure if the service fails or stalls, a frame comes back twice, or the books
   *     do not balance
   */
  static LatencyRun measure(
      ServiceConfig config,
      PipelineSettings settings,
      Restorer restorer,
      FrameSet frames,
      List<String> sources,
      double perSecond,
      Interruption interruption)
      throws InterruptedException {
    int warmup = (int) Math.ceil(settings.warmupSeconds() * perSecond);
    int count = warmup + Math.max(1, (int) Math.ceil(settings.seconds() * perSecond));
    double[] millis;
    try (ServiceWorker service = new ServiceWorker(config, restorer);
        FramePublisher publisher = FramePublisher.open(config);
        CommittedRecords<RestoredFrame> restored =
            CommittedRecords.restored(config, CommittedRecords.From.BEGINNING)) {
      service.start();
      awaitReady(service, interruption);
      try (SteadyLoad load = new SteadyLoad(publisher, frames, sources, perSecond, count)) {
        load.start();
        millis = receive(service, restored, load, count, interruption);
      }
    }
    List<SteadyMiddle.Sample> samples = BookCheck.verify(config, count);
    return new LatencyRun(
        perSecond,
        Percentiles.of(Arrays.copyOfRange(millis, warmup, count)),
        SteadyMiddle.averageBatch(samples));
  }

  private static void awaitReady(ServiceWorker service, Interruption interruption)
      throws InterruptedException {
    long deadline = System.nanoTime() + READY.toNanos();
    while (!service.isProcessing()) {
      service.check();
      if (System.nanoTime() > deadline) {
        throw new CommandFailure(
            "the service has no partitions after " + READY.toSeconds() + " s",
            "the machine may be too busy: try fewer --threads");
      }
      if (interruption.await(POLL)) {
        throw new CommandFailure("interrupted", "no figures were written");
      }
    }
  }

  private static double[] receive(
      ServiceWorker service,
      CommittedRecords<RestoredFrame> restored,
      SteadyLoad load,
      int count,
      Interruption interruption) {
    double[] millis = new double[count];
    Arrays.fill(millis, Double.NaN);
    int received = 0;
    long lastProgress = System.nanoTime();
    while (received < count) {
      List<CommittedRecords.Entry<RestoredFrame>> entries = restored.poll(POLL);
      long now = System.nanoTime();
      for (CommittedRecords.Entry<RestoredFrame> entry : entries) {
        int index = load.index(entry.value().getIdentity());
        if (!Double.isNaN(millis[index])) {
          throw new CommandFailure(
              "frame " + index + " came back twice although nothing has failed",
              "please report it");
        }
        millis[index] = (now - load.dueNanos(index)) / 1e6;
        received++;
        lastProgress = now;
      }
      check(service, load, interruption, now - lastProgress);
    }
    return millis;
  }

  private static void check(
      ServiceWorker service, SteadyLoad load, Interruption interruption, long idleNanos) {
    service.check();
    Throwable sending = load.failure();
    if (sending != null) {
      throw new CommandFailure(
          "frames cannot be published: " + sending.getMessage(), "try a smaller --size", sending);
    }
    if (interruption.isRequested()) {
      throw new CommandFailure("interrupted", "no figures were written");
    }
    if (idleNanos > STALLED.toNanos()) {
      throw new CommandFailure(
          "no frame came back for " + TimeUnit.NANOSECONDS.toSeconds(idleNanos) + " s",
          "the machine may be too busy: try a smaller --size");
    }
  }
}
