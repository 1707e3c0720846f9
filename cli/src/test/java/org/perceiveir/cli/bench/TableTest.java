package org.perceiveir.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {

  @Test
  void shouldShowTheSameRowsInATerminalAndInMarkdown() {
    Table table = new Table("Speed", "what", "frames/s");
    table.row("bare", "100");
    table.row("service", "9.5");

    assertThat(table.toLines())
        .containsExactly(
            "Speed", "  what     frames/s", "  bare          100", "  service       9.5");
    assertThat(table.toMarkdown())
        .containsExactly(
            "## Speed",
            "",
            "| what | frames/s |",
            "| --- | ---: |",
            "| bare | 100 |",
            "| service | 9.5 |");
  }

  @Test
  void shouldRefuseARowThatDoesNotFit() {
    assertThatThrownBy(() -> new Table("t", "a", "b").row("1"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
