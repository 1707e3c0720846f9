package org.perceiveir.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.perceiveir.capture.CapturedFrame;
import org.perceiveir.capture.FrameSource;

class VideoFramesTest {

  /** Decodes until it is cancelled. */
  private static final class Endless implements FrameSource {
    final CountDownLatch decoding = new CountDownLatch(1);
    final CountDownLatch cancelled = new CountDownLatch(1);
    volatile boolean inUse;
    volatile boolean closed;
    volatile boolean closedInUse;

    @Override
    public Optional<CapturedFrame> next() {
      inUse = true;
      decoding.countDown();
      try {
        cancelled.await();
        // A decoder is not out of its native code at once.
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      inUse = false;
      return Optional.empty();
    }

    @Override
    public void cancel() {
      cancelled.countDown();
    }

    @Override
    public void close() {
      closedInUse = inUse;
      closed = true;
    }
  }

  @Test
  void shouldFreeAVideoOnlyWhenNobodyDecodesIt() throws Exception {
    Endless video = new Endless();
    VideoFrames.Forward frames = new VideoFrames.Forward(video, Path.of("a.mp4"), 0);
    CompletableFuture<?> sender = CompletableFuture.runAsync(() -> frames.frame(0));
    video.decoding.await();

    frames.cancel();
    frames.close();

    assertThat(video.closed).isTrue();
    assertThat(video.closedInUse).isFalse();
    assertThatThrownBy(sender::join).hasMessageContaining("a.mp4");
    assertThatThrownBy(() -> frames.frame(1)).hasMessageContaining("closed");
  }
}
