package org.perceiveir.streams.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who finds a code in a record, a metric or the log looks for it on the page about alerts. */
class ReasonRunbookTest {
  @ParameterizedTest
  @EnumSource(DeadLetterReason.class)
  void shouldTellWhatToLookAtForEachReasonOfADeadLetter(DeadLetterReason reason) throws Exception {
    assertRunbook(reason);
  }

  @ParameterizedTest
  @EnumSource(ShedException.Reason.class)
  void shouldTellWhatToLookAtForEachReasonOfShedding(ShedException.Reason reason) throws Exception {
    assertRunbook(reason);
  }

  private static void assertRunbook(Enum<?> reason) throws Exception {
    assertThat(Files.readAllLines(Path.of("..", "docs", "alerts.md")))
        .anyMatch(line -> line.startsWith("| ") && line.contains("`" + reason + "`"));
  }
}
