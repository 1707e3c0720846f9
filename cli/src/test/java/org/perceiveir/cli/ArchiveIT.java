package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive as it is, unpacked; made only by {@code mvn -Pdist verify}, skipped elsewhere. */
class ArchiveIT {
  @TempDir private static Path directory;
  private static Path home;

  @BeforeAll
  static void unpack() throws Exception {
    List<Path> archives;
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      archives =
          files
              .filter(
                  file ->
                      file.getFileName().toString().matches("perceive-ir-streams-.*[.]tar[.]gz"))
              .toList();
    }
    assumeTrue(archives.size() == 1, "needs the archive: mvn -Pdist verify");
    Process tar =
        new ProcessBuilder("tar", "-xzf", archives.get(0).toString(), "-C", directory.toString())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
    String name = archives.get(0).getFileName().toString();
    home = directory.resolve(name.substring(0, name.length() - ".tar.gz".length()));
  }

  @Test
  void shouldHoldWhatItsReadmeNames() {
    assertThat(
            List.of(
                "bin/perceive",
                "config/perceive.properties",
                "config/perceive.service",
                "models/compact/weights.safetensors",
                "models/compact-light/weights.safetensors",
                "models/compact-perceiver/weights.safetensors",
                "licenses/EPL-2.0.md",
                "LICENSE",
                "NOTICE",
                "THIRD-PARTY.txt",
                "bom.json",
                "README.md"))
        .allSatisfy(file -> assertThat(home.resolve(file)).isNotEmptyFile());
    assertThat(Files.isExecutable(home.resolve("bin/perceive"))).isTrue();
  }

  @Test
  void shouldHoldTensorFlowOfOnePlatformAndNoFfmpeg() throws IOException {
    assertThat(jars().stream().filter(jar -> jar.matches("tensorflow-core-native-[^-]+-.*")))
        .hasSize(1);
    // Its Java classes are there, what they call is not.
    assertThat(jars().stream().filter(jar -> jar.startsWith("ffmpeg"))).hasSize(1);
    assertThat(jars()).noneMatch(jar -> jar.matches("ffmpeg-.*-(linux|macosx|windows)-.*"));
  }

  @Test
  void shouldListEachJarInTheBomAndTheThirdParties() throws IOException {
    String list = Files.readString(home.resolve("THIRD-PARTY.txt"));
    JsonNode bom = new ObjectMapper().readTree(home.resolve("bom.json").toFile());
    Set<String> listed = new TreeSet<>();
    for (JsonNode component : bom.path("components")) {
      String purl = component.path("purl").asText();
      String classifier =
          purl.contains("classifier=") ? "-" + purl.replaceAll(".*classifier=([^&]*).*", "$1") : "";
      String group = component.path("group").asText();
      String name = component.path("name").asText();
      String version = component.path("version").asText();
      listed.add(name + "-" + version + classifier + ".jar");
      if (!group.equals("org.perceiveir")) {
        assertThat(list).contains(group + ":" + name + ":" + version);
      }
      assertThat(component.path("licenses")).as(name).isNotEmpty();
    }
    // The SBOM is of the command line, which therefore is its subject and not among the components.
    listed.add("perceive-cli-" + bom.at("/metadata/component/version").asText() + ".jar");
    assertThat(listed).isEqualTo(jars());
    assertThat(bom.has("serialNumber")).as("a random number in a reproducible archive").isFalse();
  }

  /** Of each library at least one licence, where several may be chosen from. */
  @Test
  void shouldHoldNoLibraryUnderALicenceThatWasNotAgreedTo() throws IOException {
    Pattern agreed =
        Pattern.compile(
            "\\((The )?(Apache|MIT|BSD)[- ][^()]*\\)|\\(MIT\\)|\\(EPL-2\\.0\\)|\\(Go License\\)");
    List<String> libraries =
        Files.readAllLines(home.resolve("THIRD-PARTY.txt")).stream()
            .filter(line -> line.startsWith("     ("))
            .toList();

    assertThat(libraries).hasSizeGreaterThan(50);
    assertThat(libraries).allSatisfy(line -> assertThat(line).containsPattern(agreed));
  }

  @Test
  void shouldRunWithoutMaven() throws Exception {
    Path out = directory.resolve("out.txt");
    ProcessBuilder builder =
        new ProcessBuilder(home.resolve("bin/perceive").toString(), "version")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(out, StandardCharsets.UTF_8)).contains("Perceive-IR Streams ");
    assertThat(process.exitValue()).isZero();
  }

  private static Set<String> jars() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("lib"))) {
      Set<String> names = new TreeSet<>();
      files.forEach(file -> names.add(file.getFileName().toString()));
      return names;
    }
  }
}
