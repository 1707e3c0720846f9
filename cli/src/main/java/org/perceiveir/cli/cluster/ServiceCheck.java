package org.perceiveir.cli.cluster;

import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.streams.service.PerceiveService;

/** Whether the service that a command runs inside its own process still works. */
public final class ServiceCheck {
  private ServiceCheck() {}

  /**
   * Lets the command end if its service has.
   *
   * @throws CommandFailure with the service's own cause, if it has failed
   */
  public static void running(PerceiveService service) {
    if (service.state() == PerceiveService.State.FAILED) {
      Throwable cause = service.failure().orElse(null);
      throw new CommandFailure(
          "the restoration service has failed: "
              + (cause == null ? "no cause known" : cause.getMessage()),
          "run again with --verbose",
          cause);
    }
  }
}
