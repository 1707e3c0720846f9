package org.perceiveir.streams.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DeadLetterRunbookTest {
  /** Who finds a code in a dead letter looks for it on the page about alerts. */
  @ParameterizedTest
  @EnumSource(DeadLetterReason.class)
  void shouldTellWhatToLookAtForEachReason(DeadLetterReason reason) throws Exception {
    assertThat(Files.readAllLines(Path.of("..", "docs", "alerts.md")))
        .anyMatch(line -> line.startsWith("| ") && line.contains("`" + reason + "`"));
  }
}
