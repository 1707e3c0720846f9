package org.perceiveir.streams;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.service.Bundles;
import org.perceiveir.streams.service.PerceiveService;

/**
 * Production entry point of the service.
 *
 * <p>{@code --config FILE} names the configuration; environment variables override it (see {@link
 * ServiceConfig#load(Optional, Map)}). Runs until SIGTERM or SIGINT, which commits and closes.
 *
 * <p>Exit codes: 0 closed, 1 failed while it ran or started, 2 arguments or configuration wrong;
 * the JVM itself exits with 143 after SIGTERM and 130 after SIGINT. An error is one line on
 * standard error, with its stack trace only under {@code --verbose}.
 */
public final class PerceiveStreamsMain {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private static final String LOG_CONFIGURATION = "logback.configurationFile";

  /** JavaCPP's own limit counts the whole process, four heaps of it, and would end long runs. */
  private static final String NATIVE_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

  private static final String HELP =
      """
      Usage: perceive-streams [--config FILE] [--verbose]

      Restores frames from Kafka until it gets SIGTERM or SIGINT.
        --config FILE   Java properties; docs/configuration.md lists the keys.
                        PERCEIVE_STREAMS_... variables override it.
        --verbose       show stack traces of errors
        --help          this text
      """;

  private PerceiveStreamsMain() {}

  /** Runs the service and exits. */
  public static void main(String[] args) {
    if (System.getProperty(LOG_CONFIGURATION) == null) {
      System.setProperty(LOG_CONFIGURATION, "org/perceiveir/streams/logback.xml");
    }
    if (System.getProperty(NATIVE_LIMIT) == null) {
      System.setProperty(NATIVE_LIMIT, "0");
    }
    quietStreamThreads();
    System.exit(run(Arrays.asList(args), System.getenv(), System.out, System.err));
  }

  /**
   * Runs with arguments; blocks until the service ends.
   *
   * @return the exit code
   */
  static int run(
      List<String> args, Map<String, String> environment, PrintStream out, PrintStream err) {
    boolean verbose = args.contains("--verbose");
    ServiceConfig config;
    try {
      Optional<Path> file = Optional.empty();
      for (int i = 0; i < args.size(); i++) {
        String arg = args.get(i);
        if (arg.equals("--help")) {
          out.print(HELP);
          return OK;
        } else if (arg.equals("--config") && i + 1 < args.size()) {
          file = Optional.of(Path.of(args.get(++i)));
        } else if (!arg.equals("--verbose")) {
          throw new ConfigurationException(
              arg.equals("--config")
                  ? "--config needs a FILE; see --help"
                  : "unknown argument " + arg + "; see --help");
        }
      }
      config = ServiceConfig.load(file, environment);
      Path unused = config.bundle();
    } catch (ConfigurationException e) {
      return failed(err, e, verbose, USAGE);
    }
    return run(config, out, err, verbose);
  }

  /**
   * Runs a service until it fails or the JVM is told to end; closes it cleanly in both cases.
   *
   * @param out gets one line when the service runs
   * @param err gets one line if it fails
   * @param verbose whether {@code err} gets the stack trace too
   * @return the exit code
   */
  public static int run(ServiceConfig config, PrintStream out, PrintStream err, boolean verbose) {
    PerceiveService service = new PerceiveService(config, Bundles.of(config));
    Thread hook = new Thread(service::close, "perceive-shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      service.start();
      out.println(
          "running: "
              + config.inputTopic()
              + " -> "
              + config.restoredTopic()
              + " on "
              + config.bootstrapServers()
              + service.timeLimits().map(limits -> ", " + limits.summary()).orElse(""));
      service.memoryLimits().ifPresent(room -> out.println("heap: " + room.formula()));
      service.observability().address().ifPresent(where -> out.println("metrics: " + where));
      out.flush();
      PerceiveService.State end = service.awaitEnd();
      service.close();
      return service.failure().isPresent()
          ? failed(err, service.failure().get(), verbose, FAILED)
          : closed(end);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      service.close();
      return FAILED;
    } catch (RuntimeException | Error e) {
      service.close();
      return failed(err, e, verbose, FAILED);
    }
  }

  /**
   * A stream thread throws on after the service has reported its failure; the JVM would print it
   * once more, at every attempt of an outage.
   */
  private static void quietStreamThreads() {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          if (!thread.getName().contains("-StreamThread-")) {
            System.err.println("error in thread " + thread.getName());
            failure.printStackTrace(System.err);
          }
        });
  }

  private static int closed(PerceiveService.State end) {
    return end == PerceiveService.State.FAILED ? FAILED : OK;
  }

  private static int failed(PrintStream err, Throwable failure, boolean verbose, int code) {
    String message =
        String.valueOf(failure instanceof ConfigurationException ? failure.getMessage() : failure);
    err.println("error: " + message.replace('\n', ' '));
    if (verbose) {
      failure.printStackTrace(err);
    }
    err.flush();
    return code;
  }
}
