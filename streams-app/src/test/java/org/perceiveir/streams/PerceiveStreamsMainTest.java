package org.perceiveir.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerceiveStreamsMainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return PerceiveStreamsMain.run(
        List.of(args),
        Map.of(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String errors() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void shouldExplainItselfAndExitWithZero() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("--config FILE");
  }

  @Test
  void shouldExitWithTwoAndOneLineWhenAnArgumentIsUnknown() {
    assertThat(run("--conf", "x")).isEqualTo(2);
    assertThat(errors()).isEqualTo("error: unknown argument --conf; see --help\n");
  }

  @Test
  void shouldExitWithTwoWhenTheFileIsNotThere() {
    assertThat(run("--config", "no-such-file")).isEqualTo(2);
    assertThat(errors()).contains("no-such-file cannot be read").hasLineCount(1);
  }

  @Test
  void shouldExitWithTwoBeforeItConnectsWhenNoBundleIsNamed(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("service.properties");
    Files.writeString(file, "kafka.bootstrap.servers=127.0.0.1:1\nschema.registry.url=http://x\n");

    assertThat(run("--config", file.toString())).isEqualTo(2);
    assertThat(errors()).contains("bundle is missing").hasLineCount(1);
  }

  @Test
  void shouldShowTheStackTraceOnlyWhenVerbose() {
    assertThat(run("--verbose", "--config", "no-such-file")).isEqualTo(2);
    assertThat(errors()).contains("\tat org.perceiveir");
  }
}
