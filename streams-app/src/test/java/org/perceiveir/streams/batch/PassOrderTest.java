package org.perceiveir.streams.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;

class PassOrderTest {
  private static final RgbImage IMAGE = RgbImage.wrap(1, 1, new byte[3]);

  private final MicroBatcher batcher = new MicroBatcher(new FakeRestorer(), 2, Duration.ZERO);
  private final MicroBatcher.Membership member = batcher.join();
  private final PassOrder order = new PassOrder();

  @AfterEach
  void close() {
    member.close();
    batcher.close();
  }

  private Ticket ticket(String source, long sinceNanos, long turn) {
    return new Ticket(
        new FrameRequest(IMAGE, source, 0, FrameRequest.NO_DEADLINE), member, sinceNanos, turn);
  }

  @Test
  void shouldGiveTheFramesOfASourceTurnsInARow() {
    assertThat(Stream.generate(() -> order.next("fast")).limit(3)).containsExactly(0L, 1L, 2L);
    assertThat(order.next("slow")).isZero();
  }

  /** With an old turn a source that comes late would go before all frames that wait. */
  @Test
  void shouldGiveASourceThatComesLaterTheTurnThatIsServed() {
    order.next("fast");
    order.next("fast");
    order.served(ticket("fast", 0, 1));

    assertThat(order.next("late")).isEqualTo(1);
    order.served(ticket("fast", 0, 0));
    assertThat(order.next("later")).as("turns do not go back").isEqualTo(1);
  }

  @Test
  void shouldForgetTheTurnsOfASourceThatWaitsForNothing() {
    order.next("fast");
    order.next("fast");
    order.forget("fast");

    assertThat(order.next("fast")).isZero();
  }

  @Test
  void shouldServeTheFrameThatCameFirstAmongThoseOfOneTurn() {
    long now = Long.MIN_VALUE + 5;
    Ticket beforeTheClockTurned = ticket("a", Long.MAX_VALUE - 5, 0);
    Ticket after = ticket("b", Long.MIN_VALUE + 1, 0);
    Comparator<Ticket> byOrder = PassOrder.at(now, Long.MAX_VALUE);

    assertThat(Stream.of(after, beforeTheClockTurned).sorted(byOrder).toList())
        .isEqualTo(List.of(beforeTheClockTurned, after));
  }
}
