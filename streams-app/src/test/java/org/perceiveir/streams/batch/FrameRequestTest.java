package org.perceiveir.streams.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;

class FrameRequestTest {
  private static final RgbImage IMAGE = RgbImage.wrap(1, 1, new byte[3]);

  @Test
  void shouldExpireAfterItsDeadlineAndNotAtIt() {
    FrameRequest request = new FrameRequest(IMAGE, "camera-1", 0, 1_000);

    assertThat(request.expiredAt(999)).isFalse();
    assertThat(request.expiredAt(1_000)).isFalse();
    assertThat(request.expiredAt(1_001)).isTrue();
  }

  /** {@link System#nanoTime()} may be anything, and go over the end of a long. */
  @Test
  void shouldExpireAcrossTheEndOfALong() {
    FrameRequest request = new FrameRequest(IMAGE, "camera-1", 0, Long.MAX_VALUE);

    assertThat(request.expiredAt(Long.MAX_VALUE)).isFalse();
    assertThat(request.expiredAt(Long.MIN_VALUE)).isTrue();
  }

  @Test
  void shouldNeverExpireWithoutADeadline() {
    assertThat(FrameRequest.of(IMAGE).expiredAt(Long.MAX_VALUE)).isFalse();
    assertThat(FrameRequest.of(IMAGE).expiredAt(Long.MIN_VALUE)).isFalse();
  }
}
