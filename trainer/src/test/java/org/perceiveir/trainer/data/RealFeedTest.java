package org.perceiveir.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.imaging.degrade.JpegCompression;
import org.perceiveir.imaging.degrade.Mixture;

final class RealFeedTest {

  @Test
  void shouldLeaveCropsAloneWhenOff() {
    SplittableRandom random = new SplittableRandom(1);
    Optional<Degradation> noise = Optional.of(new GaussianNoise(25));
    assertThat(RealFeed.OFF.over(noise, "noise", random)).isEqualTo(noise);
    assertThat(RealFeed.OFF.over(Optional.empty(), "rain", random)).isEmpty();
  }

  @Test
  void shouldAddOneOtherWeakenedDegradationAndCompressLast() {
    RealFeed feed = new RealFeed(1, 40, 60, 1, 0.5);
    SplittableRandom random = new SplittableRandom(2);
    Set<String> added = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      Degradation whole =
          feed.over(Optional.of(new GaussianNoise(40)), "noise", random).orElseThrow();
      Mixture mixture = (Mixture) whole;
      assertThat(mixture.parts()).hasSize(3).contains(new GaussianNoise(20));
      assertThat(((JpegCompression) mixture.parts().get(2)).quality()).isBetween(40, 60);
      for (DegradationType type : DegradationType.values()) {
        if (RealFeed.has(whole, type)) {
          added.add(type.id());
        }
      }
    }
    assertThat(added).containsExactlyInAnyOrderElementsOf(DegradationType.ids());
  }

  /** A pair's own damage is in its pixels already; the same again would be a stronger one. */
  @Test
  void shouldNotAddWhatAPairIsDamagedByAlready() {
    RealFeed feed = new RealFeed(0, 40, 95, 1, 0.5);
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 100; i++) {
      Degradation extra = feed.over(Optional.empty(), "rain", random).orElseThrow();
      assertThat(extra).isNotInstanceOf(Mixture.class);
      assertThat(RealFeed.has(extra, DegradationType.RAIN)).isFalse();
    }
  }

  @Test
  void shouldRefuseWhatIsOutOfRange() {
    assertThatThrownBy(() -> new RealFeed(0, 0, 95, 0, 0.5)).hasMessageContaining("quality");
    assertThatThrownBy(() -> new RealFeed(0, 40, 95, 0, 0)).hasMessageContaining("strength");
  }
}
