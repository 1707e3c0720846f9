package org.perceiveir.streams.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

class ParallelRestorerTest {
  private final ScriptedRestorer first = new ScriptedRestorer("net", 1);
  private final ScriptedRestorer second = new ScriptedRestorer("net", 2);
  private final Restorer both = ParallelRestorer.of(List.of(first, second));

  private static List<RgbImage> frames(int count) {
    List<RgbImage> frames = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      frames.add(ScriptedRestorer.grey(0));
    }
    return frames;
  }

  private static List<Integer> values(List<RgbImage> frames) {
    return frames.stream().map(frame -> (int) frame.rgb()[0]).toList();
  }

  @Test
  void shouldRunThePartsOfABatchAtTheSameTimeAndKeepTheOrder() {
    CyclicBarrier together = new CyclicBarrier(2);
    Runnable meet =
        () -> {
          try {
            together.await(30, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IllegalStateException("the sessions do not run at the same time", e);
          }
        };
    first.before = meet;
    second.before = meet;

    assertThat(values(both.restore(frames(5)))).containsExactly(1, 1, 2, 2, 2);
    assertThat(both.device()).isEqualTo("cpu,cpu");
  }

  @Test
  void shouldTakeTurnsWhenABatchIsSmallerThanTheSessions() {
    assertThat(values(both.restore(frames(1)))).containsExactly(1);
    assertThat(values(both.restore(frames(1)))).containsExactly(2);
    assertThat(values(both.restore(frames(1)))).containsExactly(1);
  }

  /** The batcher gives each frame of a failed pass a pass of its own; half of one would be lost. */
  @Test
  void shouldFailAsAWholeWhenOneSessionFails() {
    second.failure = () -> new IllegalArgumentException("a bad frame");
    assertThatThrownBy(() -> both.restore(frames(4))).hasMessage("a bad frame");
    assertThat(first.batches).containsExactly(2);

    first.failure = () -> new IllegalArgumentException("another");
    second.failure = () -> new IllegalStateException("the device is gone");
    assertThatThrownBy(() -> both.restore(frames(4)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the device is gone");
  }

  @Test
  void shouldCloseAllSessions() {
    both.close();

    assertThat(first.closed).isTrue();
    assertThat(second.closed).isTrue();
    assertThat(ParallelRestorer.of(List.of(first))).isSameAs(first);
  }
}
