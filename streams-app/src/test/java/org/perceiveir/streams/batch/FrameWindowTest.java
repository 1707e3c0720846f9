package org.perceiveir.streams.batch;

import static org.assertj.core.api.Assertions.assertThat;

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
}
