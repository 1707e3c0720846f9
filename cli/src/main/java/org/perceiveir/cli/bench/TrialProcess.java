package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;

/**
 * Runs a measurement in a JVM of its own: TensorFlow fixes its threads at its first session, and
 * memory that its allocator once took never goes back.
 */
final class TrialProcess {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Peak resident memory, kernel's own count, in kB. */
  private static final String PEAK = "VmHWM:";

  private TrialProcess() {}

  /**
   * How a process ended.
   *
   * @param code its exit code; above 128 by a signal, 137 where the system had no memory left
   * @param result the JSON that it printed last; missing where it failed
   * @param reason the exception that it ended with, if any
   */
  record Ended(int code, JsonNode result, String reason) {
    boolean isDone() {
      return code == 0;
    }
  }

  /**
   * Runs a class that prints one line of JSON at its end.
   *
   * @throws CommandFailure if the bench was interrupted meanwhile
   */
  static Ended run(Class<?> main, List<String> arguments, Interruption interruption)
      throws IOException, InterruptedException {
    return run(main, List.of(), arguments, interruption);
  }

  /**
   * As above.
   *
   * @param jvm further options of the JVM, over the largest heap of this one
   */
  static Ended run(
      Class<?> main, List<String> jvm, List<String> arguments, Interruption interruption)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + (Runtime.getRuntime().maxMemory() >> 20) + "m");
    command.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
    command.add("-Djava.awt.headless=true");
    command.addAll(jvm);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    // TensorFlow greets on stderr at each start: shown only when something went wrong.
    Path errors = Files.createTempFile("perceive-bench-", ".log");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    // With the process ends the wait for what it prints, and with that this bench, in order.
    Thread end = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(end);
    try {
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (interruption.isRequested()) {
        throw new CommandFailure("interrupted", "no figures were written");
      }
      return code == 0
          ? new Ended(0, JSON.readTree(printed.lines().reduce("", (before, line) -> line)), "")
          : new Ended(code, JSON.missingNode(), reason(errors));
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(errors);
      try {
        Runtime.getRuntime().removeShutdownHook(end);
      } catch (IllegalStateException e) {
        // The JVM is ending; the hook does the rest.
      }
    }
  }

  private static String reason(Path errors) throws IOException {
    try (Stream<String> lines = Files.lines(errors, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.contains("Exception") || line.contains("Error"))
          .findFirst()
          .orElse("");
    }
  }

  /** Most resident memory of this process so far, in MiB; 0 where the system does not tell. */
  static long peakMiB() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.isReadable(status)) {
      for (String line : Files.readAllLines(status, StandardCharsets.UTF_8)) {
        if (line.startsWith(PEAK)) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
        }
      }
    }
    return 0;
  }
}
