package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;
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
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * What lies in the sources of the archive that {@code ./perceive package} makes: its launcher, on a
 * PATH with stand-ins for java and uname, and its configuration. {@link ArchiveIT} looks at the
 * archive.
 */
class ArchiveLauncherTest {
  private static final Path DIST = Path.of("src", "dist").toAbsolutePath();

  private static final String JAVA_17 =
      """
      [ "$1" = -version ] && { echo 'openjdk version "17.0.9" 2023' >&2; exit 0; }
      echo "home: $PERCEIVE_HOME"
      for a in "$@"; do echo "arg: $a"; done
      """;

  @TempDir private Path directory;
  private Path home;
  private Path bin;

  private record Run(int exitCode, String out, String err) {}

  @BeforeEach
  void unpack() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs /bin/sh");
    home = Files.createDirectories(directory.resolve("an archive"));
    bin = Files.createDirectories(directory.resolve("bin"));
    Files.createDirectories(home.resolve("bin"));
    Files.copy(DIST.resolve("bin/perceive"), home.resolve("bin/perceive"));
    Files.createDirectories(home.resolve("lib"));
    Files.createFile(home.resolve("lib/perceive-cli-1.jar"));
    Files.createFile(home.resolve("lib/tensorflow-core-native-1.jar"));
    Files.createFile(home.resolve("lib/tensorflow-core-native-1-linux-arm64.jar"));
    for (String tool : List.of("sh", "dirname", "readlink", "sed", "head")) {
      for (String place : List.of("/usr/bin", "/bin")) {
        Path real = Path.of(place, tool);
        if (Files.exists(real) && Files.notExists(bin.resolve(tool))) {
          Files.createSymbolicLink(bin.resolve(tool), real);
        }
      }
    }
    tool("uname", "echo 'Linux aarch64'\n");
  }

  @Test
  void shouldStartFromItsJarsThroughALink() throws Exception {
    tool("java", JAVA_17);
    Path link =
        Files.createSymbolicLink(directory.resolve("perceive"), home.resolve("bin/perceive"));

    Run run =
        launch(Map.of("PERCEIVE_JAVA_OPTS", "-Xmx3g -Da=b"), link, "restore", "two words", "*");

    String real = home.toRealPath().toString();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains(
            "home: " + real + "\n",
            "arg: -Xmx3g\narg: -Da=b\n",
            "arg: -Dperceive.home=" + real + "\n",
            "arg: " + real + "/lib/perceive-cli-1.jar:" + real + "/lib/*\n",
            "arg: org.perceiveir.cli.Perceive\narg: restore\narg: two words\narg: *\n");
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void shouldSayWhatIsMissing() throws Exception {
    assertThat(launch().err()).contains("java was not found", "install Java 17 or newer");

    tool("java", "echo 'java version \"11.0.2\"' >&2\n");
    assertThat(launch().err()).contains("is Java 11, 17 or newer is needed");

    assertThat(launch(Map.of("JAVA_HOME", "/nowhere"), home.resolve("bin/perceive")).err())
        .contains("JAVA_HOME is '/nowhere', which has no bin/java");
  }

  @Test
  void shouldRefuseAnotherPlatform() throws Exception {
    tool("java", JAVA_17);
    tool("uname", "echo 'Linux x86_64'\n");

    Run run = launch();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("this archive is not for Linux x86_64");
  }

  @Test
  void shouldSayThatPackagingNeedsTheSources() throws Exception {
    tool("java", JAVA_17);

    assertThat(launch(Map.of(), home.resolve("bin/perceive"), "package").err())
        .contains("package needs the sources");
  }

  @Test
  void shouldHaveAConfigurationThatTheServiceTakes() {
    ServiceConfig config =
        ServiceConfig.load(
            Optional.of(DIST.resolve("config/perceive.properties")),
            Map.of(
                "PERCEIVE_HOME",
                home.toString(),
                // As the systemd unit sets it.
                "PERCEIVE_STREAMS_KAFKA_STATE_DIR",
                directory.toString()));

    assertThat(config.bundle()).isEqualTo(home.resolve("models/compact"));
  }

  private void tool(String name, String script) throws IOException {
    Path file = Files.writeString(bin.resolve(name), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Run launch() throws Exception {
    return launch(Map.of(), home.resolve("bin/perceive"));
  }

  private Run launch(Map<String, String> environment, Path launcher, String... args)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("/bin/sh", launcher.toString()));
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
