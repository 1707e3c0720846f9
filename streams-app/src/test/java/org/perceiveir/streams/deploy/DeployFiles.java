package org.perceiveir.streams.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files of the deployment, and the programs of this machine that can judge them. */
final class DeployFiles {
  /** The root of the checkout; tests run in their module's directory. */
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  static final Path DASHBOARDS = ROOT.resolve("deploy/grafana/dashboards");
  static final Path DATA_SOURCES = ROOT.resolve("deploy/grafana/provisioning/datasources");
  static final Path PROMETHEUS = ROOT.resolve("deploy/prometheus");

  static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What a program said.
   *
   * @param code its exit code
   * @param output standard output and error in one
   */
  record Run(int code, String output) {}

  private DeployFiles() {}

  /** A file of YAML as a tree, anchors and merges resolved. */
  static JsonNode yaml(Path file) {
    try (Reader reader = Files.newBufferedReader(file)) {
      Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(reader);
      return JSON.valueToTree(read);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** All dashboards, by file name. */
  static List<Dashboard> dashboards() {
    try (Stream<Path> files = Files.list(DASHBOARDS)) {
      List<Dashboard> all =
          files.filter(f -> f.toString().endsWith(".json")).sorted().map(Dashboard::read).toList();
      assertThat(all).isNotEmpty();
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A program on the PATH. */
  static Optional<Path> program(String name) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":", -1))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Runs a program to its end. */
  static Run run(Path directory, List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), output);
  }
}
