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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the launcher itself on a PATH of our own, in a copy of the checkout that holds nothing else.
 *
 * <p>Java and Maven are stand-ins there: what the launcher says and calls is under test, not they.
 */
class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "perceive").toAbsolutePath().normalize();

  private static final String JAVA_17 =
      """
      [ "$1" = -version ] && { echo 'openjdk version "17.0.9" 2023' >&2; exit 0; }
      for a in "$@"; do echo "arg: $a"; done
      """;

  /** Leaves behind what a build leaves behind. */
  private static final String MAVEN =
      """
      [ "$1" = --version ] && { echo 'Apache Maven 3.8.7'; exit 0; }
      echo built >> builds.txt
      mkdir -p cli/target/classes && printf '' > cli/target/classpath.txt
      """;

  private static final String PACKAGING_MAVEN =
      """
      [ "$1" = --version ] && { echo 'Apache Maven 3.8.7'; exit 0; }
      echo "$*" > arguments.txt
      mkdir -p cli/target && printf '' > cli/target/perceive-ir-streams-1-some.tar.gz
      """;

  private static final String FAILING_MAVEN =
      """
      [ "$1" = --version ] && { echo 'Apache Maven 3.9.9'; exit 0; }
      echo '[INFO] chatter'; echo '[ERROR] Some.java:[3,4] no such type'; exit 1
      """;

  @TempDir private Path directory;
  private Path home;
  private Path bin;

  private record Run(int exitCode, String out, String err) {}

  @BeforeEach
  void makeCheckout() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs /bin/sh");
    home = Files.createDirectories(directory.resolve("a check out"));
    bin = Files.createDirectories(directory.resolve("bin"));
    Files.copy(LAUNCHER, home.resolve("perceive"));
    executable(home.resolve("perceive"));
    Files.writeString(home.resolve("pom.xml"), "<project/>");
    Files.createDirectories(home.resolve("cli/src/main"));
    for (String tool :
        List.of(
            "sh",
            "dirname",
            "readlink",
            "sed",
            "head",
            "find",
            "cat",
            "mkdir",
            "rm",
            "mv",
            "grep",
            "awk",
            "sleep")) {
      for (String place : List.of("/usr/bin", "/bin")) {
        Path real = Path.of(place, tool);
        if (Files.exists(real) && Files.notExists(bin.resolve(tool))) {
          Files.createSymbolicLink(bin.resolve(tool), real);
        }
      }
    }
  }

  @Test
  void shouldSayWhatToInstallWhenJavaIsMissing() throws Exception {
    Run run = launch();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("java was not found", "install a JDK 17");
  }

  @Test
  void shouldSayWhatIsNeededWhenJavaIsTooOld() throws Exception {
    tool("java", "echo 'java version \"1.8.0_301\"' >&2\n");

    assertThat(launch().err()).contains("is Java 1, 17 or newer is needed");
  }

  @Test
  void shouldSayWhatToInstallWhenOnlyARuntimeIsThere() throws Exception {
    tool("java", JAVA_17);

    assertThat(launch().err()).contains("javac was not found", "install a JDK 17");
  }

  @Test
  void shouldSayWhatToInstallWhenMavenIsMissing() throws Exception {
    tool("java", JAVA_17);
    tool("javac", "");

    Run run = launch();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("mvn was not found", "install Maven 3.8.7 or newer");
  }

  @Test
  void shouldRefuseAMavenThatIsTooOld() throws Exception {
    tool("java", JAVA_17);
    tool("javac", "");
    tool("mvn", "echo 'Apache Maven 3.8.6'\n");

    assertThat(launch().err()).contains("Maven 3.8.7 or newer is needed, found '3.8.6'");
  }

  @Test
  void shouldBuildOnceAndAgainOnlyWhenASourceIsNewer() throws Exception {
    tool("java", JAVA_17);
    tool("javac", "");
    tool("mvn", MAVEN);

    assertThat(launch().err()).contains("building, the first time takes about a minute");
    assertThat(launch().err()).isEmpty();
    assertThat(builds()).isEqualTo(1);

    Path source = home.resolve("cli/src/main/New.java");
    Files.writeString(source, "class New {}");
    Files.setLastModifiedTime(
        source, java.nio.file.attribute.FileTime.fromMillis(System.currentTimeMillis() + 60_000));
    assertThat(launch().err()).contains("sources changed, building");
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void shouldBuildAgainWhenTheMavenArgumentsChange() throws Exception {
    // Else a build for the CPU would go on to serve after -Pgpu was asked for.
    tool("java", JAVA_17);
    tool("javac", "");
    tool("mvn", MAVEN);
    launch();

    launch(Map.of("PERCEIVE_MAVEN_ARGS", "-Pgpu"), home.resolve("perceive"));

    assertThat(builds()).isEqualTo(2);
  }

  /** Maven of the module cli alone takes our other modules from its repository, however old. */
  @Test
  void shouldBuildAgainWhenAnotherBuildTookOurModulesFromTheRepository() throws Exception {
    tool("java", JAVA_17);
    tool("javac", "");
    tool("mvn", MAVEN);
    launch();
    Path classPath = home.toRealPath().resolve("cli/target/classpath.txt");
    Path other = jar(directory.resolve("m2/org/slf4j/slf4j-api-2.jar"));
    Path own = jar(home.toRealPath().resolve("org/perceiveir/target/perceive-schemas-1.jar"));
    Files.writeString(classPath, other + ":" + own);
    assertThat(launch().err()).isEmpty();

    Path installed = jar(directory.resolve("m2/org/perceiveir/perceive-schemas-1.jar"));
    Files.writeString(classPath, other + ":" + installed + ":" + own);

    assertThat(launch().err()).contains("building");
    assertThat(builds()).isEqualTo(2);
    assertThat(launch().err()).isEmpty();
  }

  private static Path jar(Path path) throws IOException {
    Files.createDirectories(path.getParent());
    return Files.createFile(path);
  }

  @Test
  void shouldPassArgumentsUnchangedAndFindItsHomeThroughLinks() throws Exception {
    tool("java", JAVA_17);
    tool("javac", "");
    tool("mvn", MAVEN);
    Path link = directory.resolve("links").resolve("perceive");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of("..", "a check out", "perceive"));

    Run run =
        launch(Map.of("PERCEIVE_JAVA_OPTS", "-Xmx3g -Da=b"), link, "restore", "two words", "*");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains(
            "arg: -Xmx3g\narg: -Da=b\n",
            "arg: -Dperceive.home=" + home.toRealPath() + "\n",
            "arg: -Dorg.bytedeco.javacpp.maxPhysicalBytes=0\n",
            "arg: org.perceiveir.cli.Perceive\narg: restore\narg: two words\narg: *\n");
  }

  @Test
  void shouldMakeTheArchiveFromCleanSources() throws Exception {
    tool("java", JAVA_17);
    tool("javac", "");
    tool("mvn", PACKAGING_MAVEN);

    Run run = launch(Map.of("PERCEIVE_MAVEN_ARGS", "-Pgpu"), home.resolve("perceive"), "package");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .isEqualTo(home.toRealPath() + "/cli/target/perceive-ir-streams-1-some.tar.gz\n");
    assertThat(Files.readString(home.resolve("arguments.txt")))
        .startsWith("-B -ntp -pl cli -am -Pdist clean package ")
        .endsWith(" -Pgpu\n");
    assertThat(home.resolve(".perceive/build.lock")).doesNotExist();
  }

  @Test
  void shouldTellAboutPackagingWithoutMaven() throws Exception {
    tool("java", JAVA_17);

    Run help = launch(Map.of(), home.resolve("perceive"), "package", "--help");
    Run wrong = launch(Map.of(), home.resolve("perceive"), "package", "more");

    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).startsWith("Usage: ./perceive package\n");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("takes no arguments, got 'more'");
  }

  @Test
  void shouldShowTheErrorsOfAFailedBuildAndForgetIt() throws Exception {
    tool("java", JAVA_17);
    tool("javac", "");
    tool("mvn", FAILING_MAVEN);

    Run run = launch();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("Some.java:[3,4] no such type", "the build failed", "build.log")
        .doesNotContain("chatter");
    assertThat(home.resolve(".perceive/build.lock")).doesNotExist();
    assertThat(launch().err()).contains("the build failed");
  }

  @Test
  void shouldTakeOverTheLockOfABuildThatWasKilled() throws Exception {
    tool("java", JAVA_17);
    tool("javac", "");
    tool("mvn", MAVEN);
    Process dead = new ProcessBuilder("/bin/sh", "-c", "exit 0").start();
    dead.waitFor();
    Path lock = Files.createDirectories(home.resolve(".perceive/build.lock"));
    Files.writeString(lock.resolve("pid"), dead.pid() + "\n");

    assertThat(launch().exitCode()).isZero();
    assertThat(lock).doesNotExist();
  }

  private int builds() throws IOException {
    return Files.readAllLines(home.resolve("builds.txt")).size();
  }

  private void tool(String name, String script) throws IOException {
    executable(Files.writeString(bin.resolve(name), "#!/bin/sh\n" + script));
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Run launch() throws Exception {
    return launch(Map.of(), home.resolve("perceive"));
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
