package org.perceiveir.cli.bench;

import org.perceiveir.cli.cluster.ServiceCheck;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.limits.TimeLimits;
import org.perceiveir.streams.service.PerceiveService;

/** The service as it is in production, on a restorer that outlives it. */
final class ServiceWorker implements Worker {
  private final PerceiveService service;

  /**
   * A service that is yet to be started.
   *
   * @param restorer restores the frames; not closed
   */
  ServiceWorker(ServiceConfig config, Restorer restorer) {
    this.service = new PerceiveService(config, () -> new LentRestorer(restorer));
  }

  @Override
  public void start() {
    service.start();
  }

  @Override
  public void check() {
    ServiceCheck.running(service);
    if (service.meters().threadFailures() > 0) {
      throw new CommandFailure(
          "a stream thread of the service has failed",
          "a run with a failure is no measurement: run again with PERCEIVE_LOG_LEVEL=WARN");
    }
  }

  /** Whether the stream threads have their partitions. */
  boolean isProcessing() {
    return service.isProcessing();
  }

  @Override
  public int pollRecords() {
    return limits().maxPollRecords();
  }

  @Override
  public long commitIntervalMs() {
    return limits().commitIntervalMs();
  }

  private TimeLimits limits() {
    return service
        .timeLimits()
        .orElseThrow(() -> new IllegalStateException("the service was not started"));
  }

  @Override
  public void close() {
    service.close();
  }
}
