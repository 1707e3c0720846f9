package org.perceiveir.streams.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FrameWindowTest {

  @Test
  void shouldGiveTheWholeWindowToTheOnlyTaskThatHasFrames() {
    FrameWindow window = new FrameWindow(4, 1_000);
    FrameWindow.Share busy = window.open();
    FrameWindow.Share idle = window.open();

    for (int i = 0; i < 4; i++) {
      assertThat(busy.hasRoom()).isTrue();
      busy.add(10);
    }

    assertThat(busy.hasRoom()).isFalse();
    assertThat(idle.hasRoom()).isTrue();
  }

  /** A partition whose task could take no frame would stand still behind a fast one. */
  @Test
  void shouldAlwaysLetATaskWithoutFramesTakeOneWhenTheWindowIsFull() {
    FrameWindow window = new FrameWindow(2, 1_000);
    FrameWindow.Share first = window.open();
    first.add(10);
    first.add(10);
    FrameWindow.Share second = window.open();

    assertThat(second.hasRoom()).isTrue();
    second.add(10);
    assertThat(second.hasRoom()).isFalse();
    assertThat(window.frames()).isEqualTo(3);
  }

  @Test
  void shouldShareEvenlyBetweenTasksThatHaveFrames() {
    FrameWindow window = new FrameWindow(8, 1_000);
    FrameWindow.Share first = window.open();
    FrameWindow.Share second = window.open();
    for (int i = 0; i < 4; i++) {
      first.add(1);
    }
    second.add(1);

    assertThat(first.hasRoom()).isFalse();
    assertThat(second.hasRoom()).isTrue();
  }

  /** Ten frames of 4K take what a thousand small ones do. */
  @Test
  void shouldBeFullByBytesWhenFramesAreLarge() {
    FrameWindow window = new FrameWindow(100, 1_000);
    FrameWindow.Share share = window.open();

    share.add(999);
    assertThat(share.hasRoom()).isTrue();
    share.add(1);
    assertThat(share.hasRoom()).isFalse();
    share.remove(999);
    assertThat(share.hasRoom()).isTrue();
  }

  /** A task that moved away would otherwise keep its places for ever. */
  @Test
  void shouldGiveAllPlacesBackWhenAShareIsClosed() {
    FrameWindow window = new FrameWindow(2, 100);
    FrameWindow.Share gone = window.open();
    gone.add(60);
    gone.add(60);
    FrameWindow.Share stays = window.open();
    stays.add(10);

    gone.close();

    assertThat(window.frames()).isEqualTo(1);
    assertThat(stays.hasRoom()).isTrue();
  }
}
