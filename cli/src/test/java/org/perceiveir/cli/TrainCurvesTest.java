package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./perceive train curves} as a user types it. */
class TrainCurvesTest {
  private static final String TWO_SETS =
      """
      step,best,psnr,psnr/noise:25,gain/noise:25,psnr/rain,gain/rain
      1000,true,26.0000,27.0000,6.0,25.0000,4.0
      2000,false,27.5000,28.0000,7.0,27.0000,6.0
      """;

  @TempDir private Path directory;

  private Path run(String name, String csv) throws IOException {
    Path out = Files.createDirectories(directory.resolve(name));
    Files.writeString(out.resolve("validation.csv"), csv);
    return out;
  }

  @Test
  void shouldDrawAPanelForEachSetAndALineForEachTraining() throws IOException {
    Path png = directory.resolve("curves.png");
    Path first = run("first", TWO_SETS);
    Path second = run("second", TWO_SETS.replace("28.0000", "30.0000"));

    CommandLineRun both =
        CommandLineRun.of(
            "train", "curves", "a=" + first, second.toString(), "--png", png.toString());

    assertThat(both.err()).isEmpty();
    assertThat(both.exitCode()).isZero();
    assertThat(both.out()).contains("noise:25, rain");
    BufferedImage picture = ImageIO.read(png.toFile());
    assertThat(picture.getWidth()).isEqualTo(2 * 420);
    assertThat(picture.getHeight()).isEqualTo(300 + 2 * 24);
    CommandLineRun.of("train", "curves", first.toString(), "--png", png.toString());
    assertThat(colours(picture).size()).isGreaterThan(colours(ImageIO.read(png.toFile())).size());
  }

  private static Set<Integer> colours(BufferedImage image) {
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        colours.add(image.getRGB(x, y));
      }
    }
    return colours;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "step,best,psnr | has no validation yet",
        "step,best,psnr/rain~1000,true | line 2: 2 fields for 3",
        "step,best,psnr/rain~1000,true,much | line 2",
      })
  void shouldNameTheFileAndLineWhenThereIsNothingToDraw(String csv, String message)
      throws IOException {
    Path out = run("broken", csv.replace('~', '\n'));

    CommandLineRun run =
        CommandLineRun.of("train", "curves", out.toString(), "--png", directory + "/c.png");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("validation.csv").contains(message);
    assertThat(directory.resolve("c.png")).doesNotExist();
  }

  @Test
  void shouldRefuseAFolderWithoutValidationsAndTwoOfOneName() throws IOException {
    CommandLineRun none =
        CommandLineRun.of("train", "curves", directory.toString(), "--png", "c.png");
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("holds no validations");

    String run = run("same", TWO_SETS).toString();
    CommandLineRun two = CommandLineRun.of("train", "curves", run, run, "--png", "c.png");
    assertThat(two.exitCode()).isEqualTo(2);
    assertThat(two.err()).contains("two trainings are called 'same'");
  }
}
