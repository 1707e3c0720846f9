package org.perceiveir.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A PATH of our own for tests of shell scripts: some of the machine's tools, and stand-ins of which
 * the script must not tell that they are none.
 */
final class ToolsOnPath {
  private final Path directory;
  private final Path bin;

  /** What a script did. */
  record Run(int exitCode, String out, String err) {}

  /**
   * A PATH with these tools of the machine; skips the running test where there is no shell.
   *
   * @param directory an empty one; scripts run in it
   */
  ToolsOnPath(Path directory, List<String> real) throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs /bin/sh");
    this.directory = directory;
    bin = Files.createDirectories(directory.resolve("bin"));
    for (String tool : real) {
      for (String place : List.of("/usr/bin", "/bin")) {
        Path found = Path.of(place, tool);
        if (Files.exists(found) && Files.notExists(bin.resolve(tool))) {
          Files.createSymbolicLink(bin.resolve(tool), found);
        }
      }
    }
  }

  /** Puts a stand-in there. */
  void put(String name, String script) throws IOException {
    executable(Files.writeString(bin.resolve(name), "#!/bin/sh\n" + script));
  }

  static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Runs a script with this PATH, these variables and no others. */
  Run run(Map<String, String> environment, Path script, String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("/bin/sh", script.toString()));
    command.addAll(Arrays.asList(args));
    Path err = directory.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, Files.readString(err));
  }
}
