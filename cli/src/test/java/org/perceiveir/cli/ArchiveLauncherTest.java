package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.cli.ToolsOnPath.Run;
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
      echo "arenas: $MALLOC_ARENA_MAX"
      for a in "$@"; do echo "arg: $a"; done
      """;

  @TempDir private Path directory;
  private Path home;
  private ToolsOnPath path;

  @BeforeEach
  void unpack() throws IOException {
    home = Files.createDirectories(directory.resolve("an archive"));
    Files.createDirectories(home.resolve("bin"));
    Files.copy(DIST.resolve("bin/perceive"), home.resolve("bin/perceive"));
    Files.createDirectories(home.resolve("lib"));
    Files.createFile(home.resolve("lib/perceive-cli-1.jar"));
    Files.createFile(home.resolve("lib/tensorflow-core-native-1.jar"));
    Files.createFile(home.resolve("lib/tensorflow-core-native-1-linux-arm64.jar"));
    path = new ToolsOnPath(directory, List.of("sh", "dirname", "readlink", "sed", "head"));
    path.put("uname", "echo 'Linux aarch64'\n");
  }

  @Test
  void shouldStartFromItsJarsThroughALink() throws Exception {
    path.put("java", JAVA_17);
    Path link =
        Files.createSymbolicLink(directory.resolve("perceive"), home.resolve("bin/perceive"));

    Run run =
        path.run(
            Map.of("PERCEIVE_JAVA_OPTS", "-Xmx3g -Da=b", "MALLOC_ARENA_MAX", ""),
            link,
            "restore",
            "two words",
            "*");

    String real = home.toRealPath().toString();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains(
            "home: " + real + "\n",
            "arenas: 2\n",
            "arg: -Xmx3g\narg: -Da=b\n",
            "arg: -Dperceive.home=" + real + "\n",
            "arg: " + real + "/lib/perceive-cli-1.jar:" + real + "/lib/*\n",
            "arg: org.perceiveir.cli.Perceive\narg: restore\narg: two words\narg: *\n");
    assertThat(run.exitCode()).isZero();
  }

  @Test
  void shouldSayWhatIsMissing() throws Exception {
    assertThat(launch().err()).contains("java was not found", "install Java 17 or newer");

    path.put("java", "echo 'java version \"11.0.2\"' >&2\n");
    assertThat(launch().err()).contains("is Java 11, 17 or newer is needed");

    assertThat(path.run(Map.of("JAVA_HOME", "/nowhere"), home.resolve("bin/perceive")).err())
        .contains("JAVA_HOME is '/nowhere', which has no bin/java");
  }

  @Test
  void shouldRefuseAnotherPlatform() throws Exception {
    path.put("java", JAVA_17);
    path.put("uname", "echo 'Linux x86_64'\n");

    Run run = launch();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("this archive is not for Linux x86_64");
  }

  @Test
  void shouldSayThatPackagingNeedsTheSources() throws Exception {
    path.put("java", JAVA_17);

    assertThat(path.run(Map.of(), home.resolve("bin/perceive"), "package").err())
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

  private Run launch() throws Exception {
    return path.run(Map.of(), home.resolve("bin/perceive"));
  }
}
