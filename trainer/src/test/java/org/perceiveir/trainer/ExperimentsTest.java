package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.loss.LossConfig;
import org.perceiveir.trainer.prompt.PromptTrainingConfig;

/** The files in docs/experiments are what readers run: each must be one that the program takes. */
final class ExperimentsTest {
  private static final Path EXPERIMENTS = Path.of("..", "docs", "experiments");
  private static final Set<String> SHARED =
      Set.of(
          "paper.yaml",
          "ablation.yaml",
          "prompts.yaml",
          "compact.yaml",
          "recipe.yaml",
          "longer.yaml");
  private static final Map<String, String> PLACES =
      Map.of(
          "PERCEIVE_DATA", "/data",
          "PERCEIVE_WEIGHTS", "/weights",
          "PERCEIVE_RUNS", "/runs",
          "PERCEIVE_PERCEIVER", "/perceiver");

  static List<Path> rows() throws IOException {
    try (Stream<Path> files = Files.walk(EXPERIMENTS)) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> !SHARED.contains(String.valueOf(file.getFileName())))
          .sorted()
          .toList();
    }
  }

  private static boolean isPrompts(Path file) {
    return String.valueOf(file.getFileName()).startsWith("table-8");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void shouldTakeEveryRow(Path file) throws IOException {
    ConfigSection root = ConfigSection.read(file, PLACES);

    Path out =
        isPrompts(file)
            ? PromptTrainingConfig.fromConfig(root).out()
            : RestorationTrainingConfig.fromConfig(root).out();

    String name = String.valueOf(file.getFileName()).replace(".yaml", "");
    assertThat(out).as("a folder of its own").endsWithRaw(Path.of(name));
  }

  @Test
  void shouldHaveEveryRowOfTheTables() throws IOException {
    List<String> names =
        rows().stream()
            .filter(file -> EXPERIMENTS.equals(file.getParent()))
            .map(file -> String.valueOf(file.getFileName()).replace(".yaml", ""))
            .toList();

    assertThat(names).contains("table-2", "table-3", "table-4", "table-11");
    assertThat(names).filteredOn(name -> name.startsWith("table-5")).hasSize(4);
    assertThat(names).filteredOn(name -> name.startsWith("table-6")).hasSize(10);
    assertThat(names).filteredOn(name -> name.startsWith("table-7")).hasSize(8);
    assertThat(names).filteredOn(name -> name.startsWith("table-8")).hasSize(13);
  }

  /** L_clip, L_dpl and L_cl of a row of Table VII. */
  @ParameterizedTest
  @CsvSource({
    "table-7-a,         ---",
    "table-7-b,         x--",
    "table-7-c,         -x-",
    "table-7-d,         --x",
    "table-7-e,         -xx",
    "table-7-f,         xx-",
    "table-7-g,         x-x",
    "table-7-h,         xxx",
    "compact/table-7-a, ---",
    "compact/table-7-h, xxx"
  })
  void shouldSwitchTheLossesOfTableVii(String row, String marks) throws IOException {
    LossConfig losses =
        RestorationTrainingConfig.fromConfig(
                ConfigSection.read(EXPERIMENTS.resolve(row + ".yaml"), PLACES))
            .losses();

    assertThat(losses.clip().weight() > 0).isEqualTo(marks.charAt(0) == 'x');
    assertThat(losses.perceptual().weight() > 0).isEqualTo(marks.charAt(1) == 'x');
    assertThat(losses.contrastive().weight() > 0).isEqualTo(marks.charAt(2) == 'x');
  }
}
