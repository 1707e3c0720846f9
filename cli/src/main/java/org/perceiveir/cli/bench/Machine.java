package org.perceiveir.cli.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * What figures depend on.
 *
 * @param cores processors that this JVM may use
 * @param cpu model of the CPU, or its architecture where the system does not tell
 * @param system operating system with its version
 * @param jvm name and version of the JVM
 * @param heapMiB largest heap, in MiB
 */
record Machine(int cores, String cpu, String system, String jvm, long heapMiB) {

  /** This one. */
  static Machine here() {
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        cpuModel(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        Runtime.getRuntime().maxMemory() >> 20);
  }

  /** How a report begins: title, command, and what its figures depend on. */
  List<String> heading(String title, String commandLine, Instant when) {
    return new ArrayList<>(
        List.of(
            "# " + title,
            "",
            "`" + commandLine + "`",
            "",
            "- date: " + when.truncatedTo(ChronoUnit.SECONDS),
            "- machine: " + cores + " cores, " + cpu + ", " + system,
            "- JVM: " + jvm + ", heap up to " + heapMiB + " MiB"));
  }

  private static String cpuModel() {
    Path file = Path.of("/proc/cpuinfo");
    try {
      List<String> lines =
          Files.isReadable(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
      return lines.stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }
}
