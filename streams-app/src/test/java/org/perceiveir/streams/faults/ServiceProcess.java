package org.perceiveir.streams.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;

/** A Java process of a test: can be asked, stopped, resumed and killed, and does not outlive it. */
final class ServiceProcess implements AutoCloseable {
  private static final int LOG_TAIL = 6_000;

  private final Process process;
  private final Path log;

  private ServiceProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts a main class on the class path of this JVM, with a JVM that starts quickly.
   *
   * @param log gets what it prints
   * @param heapMb its largest heap
   * @param main the class
   * @param arguments of its main method
   */
  static ServiceProcess start(Path log, int heapMb, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heapMb + "m");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+UseSerialGC");
    command.add("-Dlogback.configurationFile=org/perceiveir/streams/logback.xml");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Redirect.to(log.toFile()))
              .start();
      return new ServiceProcess(process, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it has printed a line that starts so. */
  ServiceProcess awaitLine(String start, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (log().lines().noneMatch(line -> line.startsWith(start))) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new AssertionError(
            "no line '"
                + start
                + "' from a process that "
                + (process.isAlive() ? "runs" : "ended with " + process.exitValue())
                + "\n"
                + tail());
      }
      sleep(20);
    }
    return this;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL; returns when it is dead. */
  void kill() {
    process.destroyForcibly();
    awaitExit(Duration.ofSeconds(20));
  }

  /**
   * SIGTERM; returns when it has closed.
   *
   * @return its exit code
   */
  int terminate() {
    // Process.destroy() would close its standard input as well, which ends it at once.
    signal("TERM");
    return awaitExit(Duration.ofSeconds(40));
  }

  /** SIGSTOP: nothing of it runs any more, not even its heartbeats. */
  void freeze() {
    signal("STOP");
  }

  /** SIGCONT. */
  void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
      if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("kill -" + name + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /**
   * Waits for its end.
   *
   * @return its exit code
   */
  int awaitExit(Duration timeout) {
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("the process still runs after " + timeout + "\n" + tail());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** All that it has printed. */
  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How often it has said something. */
  long count(String text) {
    return log().lines().filter(line -> line.contains(text)).count();
  }

  /** The last lines that it has printed. */
  String tail() {
    String all = log();
    return log + ":\n" + all.substring(Math.max(0, all.length() - LOG_TAIL));
  }

  /** Kills it, also where it is frozen. */
  @Override
  public void close() {
    if (process.isAlive()) {
      // SIGKILL ends a frozen process too.
      process.destroyForcibly();
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      }
    }
  }

  static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
