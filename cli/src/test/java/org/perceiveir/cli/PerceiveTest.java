package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class PerceiveTest {

  static List<String> commands() {
    List<String> names = new ArrayList<>();
    Deque<CommandLine> open = new ArrayDeque<>(List.of(Perceive.commandLine()));
    while (!open.isEmpty()) {
      CommandLine next = open.pop();
      names.add(next.getCommandSpec().qualifiedName(" ").replaceFirst("^perceive ?", ""));
      open.addAll(next.getSubcommands().values());
    }
    return names;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void shouldExplainEveryCommandAndSucceed(String command) {
    String[] args = (command + " --help").strip().split(" ", -1);

    CommandLineRun run = CommandLineRun.of(args);

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("Usage: perceive").contains("Exit codes:");
    assertThat(run.err()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void shouldExitTwoWithOneLineWhenAnOptionIsUnknown(String command) {
    String[] args = (command + " --no-such-option").strip().split(" ", -1);

    CommandLineRun run = CommandLineRun.of(args);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("perceive: ").contains("--help");
  }

  @Test
  void shouldExitTwoWhenNoCommandIsGiven() {
    CommandLineRun run = CommandLineRun.of();

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("a command is missing", "./perceive --help");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "publish --config c --source-id s --input i rtsp://u:S3c@h/",
        "publish --config c --source-id s --input i rtsp://h/user=u&password=S3c",
        "publish --config c --source-id s --input i --inptu=rtsp://u:S3c@h/x?a=S3c",
        "publish --fps rtsp://u:S3c@h/S3c",
        "publish --fps=rtsp://h/S3c",
        "demo --frames rtsp://u:S3c@h/",
        "rtsp://u:S3c@h/",
      })
  void shouldNotQuoteThePasswordOfAMisplacedAddress(String command) {
    CommandLineRun run = CommandLineRun.of(command.split(" ", -1));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).startsWith("perceive: ").contains("...").doesNotContain("S3c");
  }

  @Test
  void shouldNotQuoteThePasswordOfAnAddressInPlaceOfAFile() {
    CommandLineRun run =
        CommandLineRun.of(
            "publish", "--config", "rtsp://u:S3c@h/", "--source-id", "s", "--input", "a.mp4");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("rtsp:/...@h").doesNotContain("S3c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rtsp://u:S3c@h/", "rtsp//u:S3c@h/x", "//u:S3c@h/x", " rtsp://h/S3c"})
  void shouldNotQuoteTheAddressOfACameraThatTheDemoDoesNotRead(String input) {
    CommandLineRun run =
        CommandLineRun.of("demo", "--headless", "--bundle", "../models/compact", "--input", input);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("--input is neither a file nor a directory")
        .doesNotContain("S3c");
  }

  @Test
  void shouldPrintTheVersionOfTheBuild() {
    assertThat(CommandLineRun.of("version").out())
        .containsPattern("Perceive-IR Streams \\d+\\.\\d+\\.\\d+");
  }
}
