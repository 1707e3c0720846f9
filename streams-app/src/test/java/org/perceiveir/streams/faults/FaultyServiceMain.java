package org.perceiveir.streams.faults;

import java.io.IOException;
import java.nio.file.Path;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.service.PerceiveService;

/**
 * The service in a process of its own, as the production entry point runs it, on a simulated
 * device.
 *
 * <p>Arguments: the configuration file, the {@link DeviceScript}, and {@value #NAIVE} for the
 * broken variant. Prints {@value #RUNNING} when it runs; SIGTERM commits and closes; exit codes are
 * those of the production entry point. It ends when its standard input does, so that it cannot
 * outlive the test that started it.
 */
final class FaultyServiceMain {
  static final String RUNNING = "running";
  static final String NAIVE = "naive";

  private FaultyServiceMain() {}

  public static void main(String[] args) throws InterruptedException {
    endWithParent();
    ServiceConfig config = ServiceConfig.load(Path.of(args[0]));
    DeviceScript script = DeviceScript.parse(args[1]);
    if (args.length > 2 && args[2].equals(NAIVE)) {
      runNaive(config, script);
    } else {
      System.exit(run(config, script));
    }
  }

  private static int run(ServiceConfig config, DeviceScript script) throws InterruptedException {
    PerceiveService service =
        new PerceiveService(config, () -> new SimulatedDevice(script, config.warmupFrameSize()));
    Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
    try {
      service.start();
      System.out.println(
          RUNNING + " " + service.timeLimits().map(limits -> limits.summary()).orElse(""));
      service.awaitEnd();
      service.close();
    } catch (RuntimeException | Error e) {
      service.close();
      System.out.println("error: " + e.getMessage());
      return 1;
    }
    if (service.failure().isPresent()) {
      System.out.println("error: " + service.failure().get());
      return 1;
    }
    return 0;
  }

  private static void runNaive(ServiceConfig config, DeviceScript script)
      throws InterruptedException {
    NaiveBufferService service =
        new NaiveBufferService(config, new SimulatedDevice(script, config.warmupFrameSize()));
    Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
    service.start();
    System.out.println(RUNNING);
    Thread.currentThread().join();
  }

  /** Ends this JVM when its standard input ends, as it does when the test does. */
  static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is ever sent.
                }
              } catch (IOException e) {
                // As good as the end.
              }
              Runtime.getRuntime().halt(3);
            },
            "parent-watch");
    watch.setDaemon(true);
    watch.start();
  }
}
