package org.perceiveir.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.perceiveir.capture.Pictures.Numbered;

/** What is put around a camera or file. */
class SourcesTest {
  private static final BackOff QUICK =
      new BackOff(Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMinutes(1));

  private static String position(CapturedFrame frame) {
    return frame.segment() + "/" + frame.index();
  }

  private static List<String> all(FrameSource source, int most) throws CaptureException {
    List<String> positions = new ArrayList<>();
    Optional<CapturedFrame> frame = source.next();
    while (frame.isPresent()) {
      positions.add(position(frame.get()));
      frame = positions.size() == most ? Optional.empty() : source.next();
    }
    return positions;
  }

  @Test
  void shouldBeginASegmentWhenTheCameraIsConnectedToAgain() throws CaptureException {
    Numbered first = new Numbered(2, true);
    Queue<FrameSource> sources = new ArrayDeque<>(List.of(first, new Numbered(0, true)));
    sources.add(new Numbered(2, false));
    List<String> notes = new ArrayList<>();

    try (FrameSource source = Reconnecting.open(sources::remove, QUICK, notes::add)) {
      assertThat(all(source, 9)).containsExactly("0/0", "0/1", "2/0", "2/1");
    }

    assertThat(first.closed).isTrue();
    assertThat(notes).hasSize(3);
    assertThat(notes.get(0)).startsWith("camera broke off; connecting again in 0.0 s");
    assertThat(notes.get(2)).isEqualTo("frames come again");
  }

  @Test
  void shouldFailAtOnceWhenTheFirstConnectionFails() {
    assertThatThrownBy(
            () ->
                Reconnecting.open(
                    () -> {
                      throw new CaptureException("wrong address", "mend it");
                    },
                    QUICK,
                    note -> {}))
        .hasMessage("wrong address");
  }

  @Test
  void shouldGiveUpWhenTheCameraStaysAway() throws CaptureException {
    BackOff short20 =
        new BackOff(Duration.ofMillis(1), Duration.ofMillis(4), Duration.ofMillis(20));

    try (FrameSource source = Reconnecting.open(() -> new Numbered(0, true), short20, note -> {})) {
      assertThatThrownBy(source::next)
          .isInstanceOf(CaptureException.class)
          .hasMessageMatching("camera broke off; given up after [0-9.]+ s");
    }
  }

  @Test
  void shouldEndAWaitForTheCameraWhenCancelled() throws Exception {
    BackOff hour = new BackOff(Duration.ofHours(1), Duration.ofHours(1), Duration.ofDays(9));
    List<String> notes = new ArrayList<>();

    try (FrameSource source = Reconnecting.open(() -> new Numbered(0, true), hour, notes::add)) {
      Thread canceller =
          new Thread(
              () -> {
                await().until(() -> !notes.isEmpty());
                source.cancel();
              });
      canceller.start();
      assertThat(source.next()).isEmpty();
      canceller.join();
    }
  }

  @Test
  void shouldDoubleTheWaitUpToItsBoundAndShortenItByUpToAHalf() {
    BackOff backOff = BackOff.usual(Duration.ofMinutes(5));
    Random random = new Random(7);

    for (int attempt : new int[] {0, 1, 3, 6, 7, 1_000_000}) {
      long whole = Math.min(30_000, 500L << Math.min(attempt, 10));
      for (int i = 0; i < 50; i++) {
        assertThat(backOff.wait(attempt, random).toMillis()).isBetween(whole / 2 - 1, whole);
      }
    }
  }

  @Test
  void shouldBeginASegmentWithEachRound() throws CaptureException {
    try (FrameSource source = Looping.open(() -> new Numbered(2, false))) {
      assertThat(all(source, 5)).containsExactly("0/0", "0/1", "1/0", "1/1", "2/0");
    }
  }

  @Test
  void shouldEndWhenARoundHasNoFrame() throws CaptureException {
    try (FrameSource source = Looping.open(() -> new Numbered(0, false))) {
      assertThat(source.next()).isEmpty();
    }
  }

  @Test
  void shouldThinOutWithoutGapsOfItsOwn() throws CaptureException {
    // 20 frames a second come.
    try (FrameSource source = new AtMost(new Numbered(20, false), 5)) {
      assertThat(all(source, 99)).containsExactly("0/0", "0/1", "0/2", "0/3", "0/4");
    }
    try (FrameSource source = new AtMost(new Numbered(20, false), 100)) {
      assertThat(all(source, 99)).hasSize(20);
    }
  }

  @Test
  void shouldKeepTheGapsOfTheSourceWhenThinningOut() throws CaptureException {
    Numbered numbered = new Numbered(8, false);
    numbered.next();
    numbered.next();
    numbered.next();
    // Frames 0 to 2 are missing: 10 a second of 20 are wanted.
    try (FrameSource source = new AtMost(numbered, 10)) {
      assertThat(all(source, 99)).containsExactly("0/3", "0/4", "0/5");
    }
  }

  @Test
  void shouldDropTheOldestWhenNobodyTakesThem() throws CaptureException {
    Numbered numbered = new Numbered(10, false);

    try (NewestFrames source = NewestFrames.of(numbered, 3)) {
      await().until(() -> numbered.closed);
      assertThat(all(source, 99)).containsExactly("0/7", "0/8", "0/9");
      assertThat(source.dropped()).isEqualTo(7);
    }
  }

  /** A source whose next hangs, cancelled or not, until the test lets it go on. */
  private static final class Hanging implements FrameSource {
    final CountDownLatch hanging = new CountDownLatch(1);
    final CountDownLatch release = new CountDownLatch(1);
    private final FrameSource then;
    volatile boolean closed;

    /** Goes on with another source. */
    Hanging(FrameSource then) {
      this.then = then;
    }

    @Override
    public Optional<CapturedFrame> next() throws CaptureException {
      hanging.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return then.next();
    }

    @Override
    public void cancel() {}

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void shouldEndAWaitForASourceThatHangsWhenCancelled() throws Exception {
    Hanging deaf = new Hanging(new Numbered(0, false));
    try (NewestFrames source = NewestFrames.of(deaf, 1)) {
      deaf.hanging.await();
      Thread canceller = new Thread(source::cancel);
      canceller.start();
      assertThat(source.next()).isEmpty();
      canceller.join();
      deaf.release.countDown();
    }
  }

  @Test
  void shouldStayEndedWhenAFrameComesAfterItWasCancelled() throws Exception {
    Hanging late = new Hanging(new Numbered(1, false));
    try (NewestFrames source = NewestFrames.of(late, 1)) {
      late.hanging.await();
      source.cancel();
      assertThat(source.next()).isEmpty();
      late.release.countDown();
      await().until(() -> late.closed);
      assertThat(source.next()).isEmpty();
    }
  }

  @Test
  void shouldStayEndedWhenTheCameraBreaksOffAfterItWasCancelled() throws Exception {
    Hanging broken = new Hanging(new Numbered(0, true));
    NewestFrames source = NewestFrames.of(broken, 1);
    broken.hanging.await();
    source.cancel();
    assertThat(source.next()).isEmpty();
    broken.release.countDown();
    // Waits until the thread has ended.
    source.close();
    assertThat(source.next()).isEmpty();
  }

  @Test
  void shouldGiveWhatIsLeftBeforeItTellsThatTheCameraBrokeOff() throws CaptureException {
    try (NewestFrames source = NewestFrames.of(new Numbered(1, true), 3)) {
      assertThat(source.next()).isPresent();
      assertThatThrownBy(source::next).hasMessage("camera broke off");
    }
  }
}
