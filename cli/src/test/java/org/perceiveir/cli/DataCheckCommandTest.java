package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;

/** {@code ./perceive data check} as a user types it. */
final class DataCheckCommandTest {
  @TempDir private Path directory;

  private void write(String name, int side) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    byte[] rgb = new byte[3 * side * side];
    rgb[0] = (byte) name.hashCode();
    Files.write(file, ImageEncoder.encode(RgbImage.wrap(side, side, rgb), ImageFormat.PNG));
  }

  private Path config(String text) throws IOException {
    return Files.writeString(directory.resolve("run.yaml"), text);
  }

  @Test
  void shouldReportTheSetsOfATrainingsFileAndLeaveItsOtherKeysAlone() throws IOException {
    write("photos/a.png", 24);
    write("photos/small.png", 8);
    write("rain/input/1.png", 24);
    write("rain/target/1.png", 24);
    write("val/x.png", 16);
    Path json = directory.resolve("report.json");
    Path file =
        config(
            """
            seed: 7
            losses: {clip: 0.05}
            data:
              sets:
                - {root: photos, task: noise}
                - {kind: rain100l, root: rain, ratio: 2}
              crops: 16
              batch: 2
            validation:
              sets: [{root: val, degradation: haze}]
            """);
    CommandLineRun run =
        CommandLineRun.of(
            "data",
            "check",
            "--config",
            file.toString(),
            "--speed",
            "0.1",
            "--json",
            json.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("ok       train  photos: noise random:noise")
        .contains("1 of 2 clean images usable, 8x8 to 24x24")
        .contains("too small: small.png: 8x8")
        .contains("ok       train  rain100l: rain")
        .contains("the published set has 200")
        .contains("ok       validation  val: haze")
        .containsPattern("all +\\d+ crops/s")
        .containsPattern("rain +\\d+ crops/s");
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.path("usable").booleanValue()).isTrue();
    assertThat(report.path("sets")).hasSize(3);
    assertThat(report.path("loader")).hasSize(3);
    assertThat(report.at("/loader/0/cropsPerSecond").doubleValue()).isPositive();
  }

  @Test
  void shouldEndWithOneWhereASetCannotBeUsed() throws IOException {
    write("photos/a.png", 24);
    CommandLineRun run =
        CommandLineRun.of(
            "data",
            "check",
            "--set",
            "clean=" + directory.resolve("photos"),
            "--set",
            "sots=" + directory.resolve("photos"),
            "--crop",
            "16");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("ok       train  photos")
        .contains("UNUSABLE train  sots: haze")
        .contains("missing: ")
        .contains("looked for a folder hazy");
  }

  @Test
  void shouldNameWhatIsWrongOnTheCommandLineOrInTheFile() throws IOException {
    CommandLineRun nothing = CommandLineRun.of("data", "check");
    assertThat(nothing.exitCode()).isEqualTo(2);
    assertThat(nothing.err()).contains("--config").contains("--set");
    CommandLineRun unknown = CommandLineRun.of("data", "check", "--set", "imagenet=x");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("imagenet").contains("rain100l");
    Path file = config("data: {sets: [{root: photos}], bach: 3}");
    CommandLineRun typo = CommandLineRun.of("data", "check", "--config", file.toString());
    assertThat(typo.exitCode()).isEqualTo(1);
    assertThat(typo.err()).contains("data.bach").contains("did you mean batch");
    assertThat(CommandLineRun.of("data").exitCode()).isEqualTo(2);
  }
}
