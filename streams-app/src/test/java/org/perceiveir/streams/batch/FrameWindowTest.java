package org.perceiveir.streams.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FrameWindowTest {

  @Test
  void shouldGiveTheWholeWindowToTheOnlyTaskThatHasFrames() {
    FrameWindow window = new FrameWindow(4, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share busy = window.open();
    FrameWindow.Share idle = window.open();

    for (int i = 0; i < 4; i++) {
      assertThat(busy.hasRoom()).isTrue();
      busy.add(10, 0);
    }

    assertThat(busy.hasRoom()).isFalse();
    assertThat(idle.hasRoom()).isTrue();
  }

  /** A partition whose task could take no frame would stand still behind a fast one. */
  @Test
  void shouldAlwaysLetATaskWithoutFramesTakeOneWhenTheWindowIsFull() {
    FrameWindow window = new FrameWindow(2, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share first = window.open();
    first.add(10, 0);
    first.add(10, 0);
    FrameWindow.Share second = window.open();

    assertThat(second.hasRoom()).isTrue();
    second.add(10, 0);
    assertThat(second.hasRoom()).isFalse();
    assertThat(window.frames()).isEqualTo(3);
  }

  @Test
  void shouldShareEvenlyBetweenTasksThatHaveFrames() {
    FrameWindow window = new FrameWindow(8, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share first = window.open();
    FrameWindow.Share second = window.open();
    for (int i = 0; i < 4; i++) {
      first.add(1, 0);
    }
    second.add(1, 0);

    assertThat(first.hasRoom()).isFalse();
    assertThat(second.hasRoom()).isTrue();
  }

  /** Ten frames of 4K take what a thousand small ones do. */
  @Test
  void shouldBeFullByBytesWhenFramesAreLarge() {
    FrameWindow window = new FrameWindow(100, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share share = window.open();

    share.add(999, 0);
    assertThat(share.hasRoom()).isTrue();
    share.add(1, 0);
    assertThat(share.hasRoom()).isFalse();
    share.remove(999, 0);
    assertThat(share.hasRoom()).isTrue();
  }

  /** A task that moved away would otherwise keep its places for ever. */
  @Test
  void shouldGiveAllPlacesBackWhenAShareIsClosed() {
    FrameWindow window = new FrameWindow(2, 100, Duration.ofSeconds(60));
    FrameWindow.Share gone = window.open();
    gone.add(60, 0);
    gone.add(60, 0);
    FrameWindow.Share stays = window.open();
    stays.add(10, 0);

    gone.close();

    assertThat(window.frames()).isEqualTo(1);
    assertThat(stays.hasRoom()).isTrue();
  }

  /** A thread that waits for room of what matters less cannot read what matters more. */
  @Test
  void shouldNotAdmitLowPrioritiesBeyondHalfOfTheWindowWhenHighOnesComeToo() {
    FrameWindow window = new FrameWindow(8, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share high = window.open();
    FrameWindow.Share low = window.open();
    assertThat(low.admits(0)).isTrue();
    low.add(1, 0);
    assertThat(high.admits(5)).isTrue();
    high.add(1, 5);

    assertThat(low.admits(0)).isTrue();
    low.add(1, 0);
    assertThat(low.admits(0)).isFalse();
    for (int i = 0; i < 5; i++) {
      assertThat(high.hasRoom()).isTrue();
      assertThat(high.admits(5)).isTrue();
      high.add(1, 5);
    }
    assertThat(high.hasRoom()).isFalse();
  }

  @Test
  void shouldAdmitEveryPriorityAgainWhenHighOnesHaveStayedAway() {
    FrameWindow window = new FrameWindow(2, 1_000, Duration.ZERO);
    FrameWindow.Share share = window.open();
    assertThat(share.admits(5)).isTrue();
    share.add(1, 5);
    share.add(1, 5);

    assertThat(share.admits(0)).isTrue();
  }

  /** Counts taken under one top priority would otherwise be given back under another. */
  @Test
  void shouldCountRightlyWhenTheTopPriorityFallsWhileItsFramesAreHeld() {
    FrameWindow window = new FrameWindow(4, 1_000, Duration.ZERO);
    FrameWindow.Share share = window.open();
    FrameWindow.Share other = window.open();
    assertThat(share.admits(5)).isTrue();
    share.add(1, 5);
    assertThat(share.admits(0)).isTrue();
    share.add(1, 0);
    share.add(1, 0);
    share.remove(1, 5);
    other.add(1, 0);

    // Two of four each, and it holds two.
    assertThat(share.hasRoom()).isFalse();
    assertThat(other.hasRoom()).isTrue();
  }

  @Test
  void shouldHaveRoomForAtLeastOneFrame() {
    assertThat(new FrameWindow(1, 5, Duration.ZERO).maxFrames()).isEqualTo(1);
    assertThat(new FrameWindow(1, 5, Duration.ZERO).maxBytes()).isEqualTo(5);
    assertThatThrownBy(() -> new FrameWindow(0, 5, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a window of 0 frames");
  }

  @Test
  void shouldGiveBackWhatEachFrameTook() {
    FrameWindow window = new FrameWindow(4, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share share = window.open();
    share.add(30, 0);
    share.add(12, 0);
    assertThat(window.bytes()).isEqualTo(42);

    share.remove(30, 0);
    assertThat(window.bytes()).isEqualTo(12);
    assertThat(share.threadIsIdle()).isFalse();
    share.remove(12, 0);

    assertThat(window.frames()).isZero();
    assertThat(window.bytes()).isZero();
    assertThat(share.threadIsIdle()).isTrue();
  }

  @Test
  void shouldCallAThreadIdleWhenOnlyOthersHoldFrames() throws InterruptedException {
    FrameWindow window = new FrameWindow(4, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share own = window.open();
    FrameWindow.Share others = window.open();
    Thread other = new Thread(() -> others.add(1, 0), "another stream thread");
    other.start();
    other.join();

    assertThat(own.threadIsIdle()).isTrue();
    own.add(1, 0);
    assertThat(own.threadIsIdle()).isFalse();
  }

  /** Two shares of four places have two each: what one gave back counts no more, the rest does. */
  @Test
  void shouldCountTheFramesOfAPriorityRightlyWhenSomeWereGivenBack() {
    FrameWindow window = new FrameWindow(4, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share first = window.open();
    FrameWindow.Share second = window.open();
    second.add(1, 0);
    for (int i = 0; i < 3; i++) {
      first.add(1, 0);
    }

    first.remove(1, 0);
    assertThat(first.hasRoom()).as("holds two of its two").isFalse();
    first.remove(1, 0);
    assertThat(first.hasRoom()).as("holds one of its two").isTrue();
  }

  @Test
  void shouldBeginAnewWhenAShareIsUsedAfterItWasClosed() {
    FrameWindow window = new FrameWindow(2, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share share = window.open();
    share.add(1, 0);
    share.add(1, 0);
    share.close();
    share.add(1, 0);

    assertThat(share.hasRoom()).isTrue();
  }

  /** High priorities hold {@code high} of eight places, the shares below them what is given. */
  private static boolean admitsOneMore(int high, long bytesEach, int own, int otherLow) {
    FrameWindow window = new FrameWindow(8, 1_000, Duration.ofSeconds(60));
    FrameWindow.Share top = window.open();
    FrameWindow.Share low = window.open();
    FrameWindow.Share other = window.open();
    assertThat(top.admits(5)).isTrue();
    for (int i = 0; i < high; i++) {
      top.add(bytesEach, 5);
    }
    for (int i = 0; i < own; i++) {
      low.add(bytesEach, 0);
    }
    for (int i = 0; i < otherLow; i++) {
      other.add(bytesEach, 0);
    }
    return low.admits(0);
  }

  @Test
  void shouldAdmitLowPrioritiesUpToEachOfTheirLimitsAndNotBeyond() {
    assertThat(admitsOneMore(3, 1, 1, 0)).as("one of the four below the top").isTrue();
    assertThat(admitsOneMore(1, 1, 1, 2)).as("three of four, of them one of two").isTrue();
    assertThat(admitsOneMore(1, 1, 1, 3)).as("four of four").isFalse();
    assertThat(admitsOneMore(1, 1, 2, 0)).as("its share of two").isFalse();
    assertThat(admitsOneMore(6, 1, 1, 0)).as("seven of eight places are taken").isTrue();
    assertThat(admitsOneMore(7, 1, 1, 0)).as("all places are taken").isFalse();
    assertThat(admitsOneMore(1, 499, 1, 0)).as("998 of 1,000 bytes are taken").isTrue();
    assertThat(admitsOneMore(1, 500, 1, 0)).as("all bytes are taken").isFalse();
    assertThat(admitsOneMore(7, 500, 0, 0)).as("who has none may take one").isTrue();
  }
}
