package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a training says before it begins; CommandsIT lets it run. */
final class TrainRestorationCommandTest {
  @TempDir Path folder;

  private static CommandLineRun train(String... options) {
    List<String> args = new ArrayList<>(List.of("train", "restoration"));
    args.addAll(List.of(options));
    return CommandLineRun.of(args.toArray(new String[0]));
  }

  private static void assertUsage(CommandLineRun run, String... parts) {
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains(parts).contains("--help");
  }

  private String file(String text) throws IOException {
    Path file = folder.resolve("run.yaml");
    Files.writeString(file, text);
    return file.toString();
  }

  @Test
  void shouldNameWhatIsMissing() {
    assertUsage(train("--out", "o"), "--data DIR or --config FILE is missing");
    assertUsage(train("--data", "d"), "--out DIR or --config FILE is missing");
    assertUsage(
        train("--config", folder.resolve("none.yaml").toString()), "none.yaml is not there");
  }

  @Test
  void shouldNameTheKeyOfTheFileThatIsWrong() throws IOException {
    String file = file("out: o\ndata: {folder: d}\nschedule: {stpes: 5}\n");
    assertUsage(
        train("--config", file),
        "run.yaml: schedule.stpes is not a known key; did you mean steps?");
    assertUsage(
        train("--config", file("out: o\ndata: {folder: ${PERCEIVE_NO_SUCH_VARIABLE}}\n")),
        "PERCEIVE_NO_SUCH_VARIABLE is not set");
  }

  @Test
  void shouldNameTheSettingThatIsWrong() throws IOException {
    String file = file("out: o\ndata: {folder: d}\n");
    assertUsage(train("--config", file, "--set", "seed"), "'seed' is not like");
    assertUsage(train("--config", file, "--set", "seed=x"), "seed is \"x\"");
    assertUsage(train("--config", file, "--max-steps", "0"), "schedule.steps is 0");
    assertUsage(train("--config", file, "--without", "sgmm"), "module 'sgmm' is not known");
    assertUsage(train("--config", file, "--preset", "compcat"), "preset 'compcat' is not known");
    assertUsage(train("--config", file, "--resume", "--init", "b"), "exclude each other");
  }

  /** Options go before the file, --set before both: the error tells whose value counted. */
  @Test
  void shouldPutOptionsOverTheFileAndSettingsOverBoth() throws IOException {
    String file = file("out: o\ndata: {folder: gone}\nname: 'In File'\nschedule: {steps: -1}\n");
    assertUsage(train("--config", file, "--set", "name=x"), "schedule.steps is -1");
    assertUsage(
        train("--config", file, "--set", "name=x", "--max-steps", "-2"), "schedule.steps is -2");
    assertUsage(
        train(
            "--config", file, "--set", "name=x", "--set", "schedule.steps=-3", "--max-steps", "-2"),
        "schedule.steps is -3");
  }

  /** A folder that is not there is no wrong usage: the command may be right tomorrow. */
  @Test
  void shouldExitOneWhenThereAreNoImages() throws IOException {
    CommandLineRun run =
        train("--config", file("out: o\ndata: {folder: gone}\n"), "--max-steps", "1");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains(folder.resolve("gone").toString());
    assertThat(folder.resolve("o")).doesNotExist();
  }

  @Test
  void shouldCallAMalformedDeviceWrongUsage() {
    assertUsage(
        CommandLineRun.of("restore", "--device", "foo", "--input", "x.png", "--output", "y.png"),
        "device is 'foo'; choose auto, cpu or gpu:N");
  }
}
