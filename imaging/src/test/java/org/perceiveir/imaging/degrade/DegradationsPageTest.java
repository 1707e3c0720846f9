package org.perceiveir.imaging.degrade;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page that model cards refer to for what a figure was measured on. */
final class DegradationsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "degradations.md");

  private static List<Degradation> all() {
    List<Degradation> all = new ArrayList<>(List.of(Degradations.standardJpeg()));
    for (DegradationType type : DegradationType.values()) {
      all.add(Degradations.standard(type));
    }
    return new Mixture(all).parts();
  }

  private static String id(Degradation degradation) {
    return degradation.notation().replaceFirst(":.*", "");
  }

  @Test
  void shouldHaveARowForEachWithItsStandardStrength() throws IOException {
    List<String> lines = Files.readAllLines(PAGE);
    for (Degradation one : all()) {
      assertThat(lines)
          .as("docs/degradations.md: the row of %s with `%s`", id(one), one.notation())
          .anyMatch(
              line ->
                  line.startsWith("| `" + id(one) + "` |")
                      && line.contains("`" + one.notation() + "`"));
    }
  }

  @Test
  void shouldGiveTheOrderOfAMixture() throws IOException {
    String order = all().stream().map(one -> id(one)).collect(Collectors.joining("+"));
    assertThat(Files.readString(PAGE)).as("docs/degradations.md").contains("`" + order + "`");
  }
}
