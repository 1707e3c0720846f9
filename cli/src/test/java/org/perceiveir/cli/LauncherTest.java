package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.cli.ToolsOnPath.Run;

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
      echo "arenas: $MALLOC_ARENA_MAX"
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
  private ToolsOnPath path;

  @BeforeEach
  void makeCheckout() throws IOException {
    home = Files.createDirectories(directory.resolve("a check out"));
    Files.copy(LAUNCHER, home.resolve("perceive"));
    ToolsOnPath.executable(home.resolve("perceive"));
    Files.writeString(home.resolve("pom.xml"), "<project/>");
    Files.createDirectories(home.resolve("cli/src/main"));
    path =
        new ToolsOnPath(
            directory,
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
                "sleep"));
  }

  @Test
  void shouldSayWhatToInstallWhenJavaIsMissing() throws Exception {
    Run run = launch();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("java was not found", "install a JDK 17");
  }

  @Test
  void shouldSayWhatIsNeededWhenJavaIsTooOld() throws Exception {
    path.put("java", "echo 'java version \"1.8.0_301\"' >&2\n");

    assertThat(launch().err()).contains("is Java 1, 17 or newer is needed");
  }

  @Test
  void shouldSayWhatToInstallWhenOnlyARuntimeIsThere() throws Exception {
    path.put("java", JAVA_17);

    assertThat(launch().err()).contains("javac was not found", "install a JDK 17");
  }

  @Test
  void shouldSayWhatToInstallWhenMavenIsMissing() throws Exception {
    path.put("java", JAVA_17);
    path.put("javac", "");

    Run run = launch();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("mvn was not found", "install Maven 3.8.7 or newer");
  }

  @Test
  void shouldRefuseAMavenThatIsTooOld() throws Exception {
    path.put("java", JAVA_17);
    path.put("javac", "");
    path.put("mvn", "echo 'Apache Maven 3.8.6'\n");

    assertThat(launch().err()).contains("Maven 3.8.7 or newer is needed, found '3.8.6'");
  }

  @Test
  void shouldBuildOnceAndAgainOnlyWhenASourceIsNewer() throws Exception {
    path.put("java", JAVA_17);
    path.put("javac", "");
    path.put("mvn", MAVEN);

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
    path.put("java", JAVA_17);
    path.put("javac", "");
    path.put("mvn", MAVEN);
    launch();

    path.run(Map.of("PERCEIVE_MAVEN_ARGS", "-Pgpu"), home.resolve("perceive"));

    assertThat(builds()).isEqualTo(2);
  }

  /** Maven of the module cli alone takes our other modules from its repository, however old. */
  @Test
  void shouldBuildAgainWhenAnotherBuildTookOurModulesFromTheRepository() throws Exception {
    path.put("java", JAVA_17);
    path.put("javac", "");
    path.put("mvn", MAVEN);
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
    path.put("java", JAVA_17);
    path.put("javac", "");
    path.put("mvn", MAVEN);
    Path link = directory.resolve("links").resolve("perceive");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of("..", "a check out", "perceive"));

    Run run =
        path.run(Map.of("PERCEIVE_JAVA_OPTS", "-Xmx3g -Da=b"), link, "restore", "two words", "*");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains(
            "arg: -Xmx3g\narg: -Da=b\n",
            "arg: -Dperceive.home=" + home.toRealPath() + "\n",
            "arg: -Dorg.bytedeco.javacpp.maxPhysicalBytes=0\n",
            "arg: org.perceiveir.cli.Perceive\narg: restore\narg: two words\narg: *\n");
  }

  @Test
  void shouldLimitTheArenasOfMallocWhenTheUserHasNot() throws Exception {
    path.put("java", JAVA_17);
    path.put("javac", "");
    path.put("mvn", MAVEN);

    for (String[] given : new String[][] {{"", "2"}, {"7", "7"}}) {
      Run run = path.run(Map.of("MALLOC_ARENA_MAX", given[0]), home.resolve("perceive"), "restore");

      assertThat(run.exitCode()).isZero();
      assertThat(run.out()).contains("arenas: " + given[1] + "\n");
    }
  }

  @Test
  void shouldMakeTheArchiveFromCleanSources() throws Exception {
    path.put("java", JAVA_17);
    path.put("javac", "");
    path.put("mvn", PACKAGING_MAVEN);

    Run run = path.run(Map.of("PERCEIVE_MAVEN_ARGS", "-Pgpu"), home.resolve("perceive"), "package");

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
    path.put("java", JAVA_17);

    Run help = path.run(Map.of(), home.resolve("perceive"), "package", "--help");
    Run wrong = path.run(Map.of(), home.resolve("perceive"), "package", "more");

    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).startsWith("Usage: ./perceive package\n");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("takes no arguments, got 'more'");
  }

  @Test
  void shouldShowTheErrorsOfAFailedBuildAndForgetIt() throws Exception {
    path.put("java", JAVA_17);
    path.put("javac", "");
    path.put("mvn", FAILING_MAVEN);

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
    path.put("java", JAVA_17);
    path.put("javac", "");
    path.put("mvn", MAVEN);
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

  private Run launch() throws Exception {
    return path.run(Map.of(), home.resolve("perceive"));
  }
}
