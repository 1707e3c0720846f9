package org.perceiveir.streams.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.perceiver.Assessment;

class RoutedPassTest {
  private static final int TERRIBLE = 10;
  private static final int MEDIOCRE = 100;
  private static final int EXCELLENT = 200;

  private final ScriptedRestorer full = new ScriptedRestorer("full", 201);
  private final ScriptedRestorer light = new ScriptedRestorer("light", 101);
  private final ByBrightness judge = new ByBrightness();

  /** The brighter a frame, the better its tier. */
  private static final class ByBrightness implements TierJudge {
    int looks;
    float certainty = 0.9f;

    @Override
    public List<Assessment> assess(List<RgbImage> frames) {
      List<Assessment> seen = new ArrayList<>();
      for (RgbImage frame : frames) {
        looks++;
        int value = frame.rgb()[0] & 0xFF;
        int tier = value < 50 ? 0 : value < 150 ? 1 : 2;
        List<Float> p = new ArrayList<>(Collections.nCopies(3, (1 - certainty) / 2));
        p.set(tier, certainty);
        seen.add(new Assessment(RoutingPolicy.TIERS.get(tier), RoutingPolicy.TIERS, p));
      }
      return seen;
    }

    @Override
    public String name() {
      return "by brightness";
    }

    @Override
    public void close() {}
  }

  private static RoutingPolicy byTier() {
    return new RoutingPolicy(
        Map.of("terrible", Route.FULL, "mediocre", Route.LIGHT, "excellent", Route.PASS_THROUGH),
        0.6);
  }

  private RoutedPass pass(double afterShare) {
    return new RoutedPass(new ModelSlot(full), new ModelSlot(light), judge, byTier(), afterShare);
  }

  private static List<RgbImage> frames(int... values) {
    List<RgbImage> frames = new ArrayList<>();
    for (int value : values) {
      frames.add(ScriptedRestorer.grey(value));
    }
    return frames;
  }

  private static int value(PassedFrame frame) {
    return frame.image().rgb()[0] & 0xFF;
  }

  private static RouteDecision decision(PassedFrame frame) {
    return Objects.requireNonNull(frame.route());
  }

  private static String bundle(PassedFrame frame) {
    ModelIdentity model = frame.model();
    return model == null ? "none" : model.bundle();
  }

  private static String tier(@Nullable Assessment seen) {
    return Objects.requireNonNull(seen).tier();
  }

  @Test
  void shouldSendEachFrameTheWayOfItsTierWhenOneBatchHoldsAllTiers() {
    List<PassedFrame> passed =
        pass(0).run(frames(TERRIBLE, EXCELLENT, MEDIOCRE, TERRIBLE, EXCELLENT));

    assertThat(passed).extracting(RoutedPassTest::value).containsExactly(201, 200, 101, 201, 200);
    assertThat(passed)
        .extracting(frame -> decision(frame).route())
        .containsExactly(
            Route.FULL, Route.PASS_THROUGH, Route.LIGHT, Route.FULL, Route.PASS_THROUGH);
    assertThat(passed)
        .extracting(RoutedPassTest::bundle)
        .containsExactly("full", "none", "light", "full", "none");
    assertThat(full.batches).containsExactly(2);
    assertThat(light.batches).containsExactly(1);
    assertThat(decision(passed.get(1)).reason())
        .isEqualTo("excellent 0.90: route.excellent=pass-through");
  }

  @Test
  void shouldRestoreFullyWhenThePerceiverIsNotSure() {
    judge.certainty = 0.5f;

    List<PassedFrame> passed = pass(0).run(frames(EXCELLENT, MEDIOCRE));

    assertThat(passed).extracting(RoutedPassTest::value).containsExactly(201, 201);
    assertThat(decision(passed.get(0)).reason())
        .isEqualTo("excellent 0.50 is below route.min.probability=0.60");
  }

  @Test
  void shouldJudgeExactlyTheShareAfterwardsWhenManyFramesPass() {
    RoutedPass pass = pass(0.1);
    int judged = 0;
    for (int i = 0; i < 50; i++) {
      for (PassedFrame frame : pass.run(frames(TERRIBLE, TERRIBLE))) {
        judged += frame.judged().after() == null ? 0 : 1;
      }
    }

    assertThat(judged).isEqualTo(10);
    assertThat(judge.looks).isEqualTo(110);
  }

  @Test
  void shouldNotJudgeAfterwardsWhatWasPassedThrough() {
    List<PassedFrame> passed = pass(1).run(frames(EXCELLENT, TERRIBLE));

    assertThat(passed.get(0).judged().after()).isNull();
    assertThat(tier(passed.get(1).judged().after())).isEqualTo("excellent");
    assertThat(tier(passed.get(1).judged().before())).isEqualTo("terrible");
    assertThat(passed.get(1).judged().afterNanos()).isNotNull();
  }

  @Test
  void shouldRestoreEveryFrameFullyWhenNobodyJudges() {
    RoutedPass pass = new RoutedPass(new ModelSlot(full), null, null, RoutingPolicy.allFull(), 1);

    List<PassedFrame> passed = pass.run(frames(EXCELLENT, TERRIBLE));

    assertThat(passed).extracting(RoutedPassTest::value).containsExactly(201, 201);
    assertThat(passed).extracting(PassedFrame::route).containsOnlyNulls();
    assertThat(passed)
        .extracting(PassedFrame::judged)
        .containsOnly(new PassedFrame.Judgement(null, null, null, null, null));
  }

  @Test
  void shouldCompareTheCandidateOnItsShareOnlyAndDropItsPixels() {
    ScriptedRestorer candidate = new ScriptedRestorer("candidate", 191);
    RoutedPass pass = pass(0);
    pass.shadow(new ModelSlot(candidate), 0.5);

    List<PassedFrame> passed = pass.run(frames(TERRIBLE, TERRIBLE, TERRIBLE, TERRIBLE));

    assertThat(passed).extracting(RoutedPassTest::value).containsOnly(201);
    assertThat(passed).filteredOn(frame -> frame.shadow() != null).hasSize(2);
    ShadowResult seen = Objects.requireNonNull(passed.get(1).shadow());
    // 10 of 255 at every pixel: 20 log10(25.5) dB.
    assertThat(seen.psnrDb()).isEqualTo(28.13, within(0.01));
    assertThat(seen.model().bundle()).isEqualTo("candidate");
    assertThat(tier(seen.after())).isEqualTo("excellent");
  }

  @Test
  void shouldRestoreTheFrameAllTheSameWhenTheCandidateFails() {
    ScriptedRestorer candidate = new ScriptedRestorer("candidate", 191);
    candidate.failure = () -> new IllegalStateException("broken candidate");
    RoutedPass pass = pass(0);
    pass.shadow(new ModelSlot(candidate), 1);

    PassedFrame passed = pass.run(frames(TERRIBLE)).get(0);

    assertThat(value(passed)).isEqualTo(201);
    ShadowResult seen = Objects.requireNonNull(passed.shadow());
    assertThat(seen.failure()).contains("broken candidate");
    assertThat(seen.psnrDb()).isNaN();
  }

  @Test
  void shouldUseTheOtherNetworkFromTheNextPassOnWhenOneIsExchanged() {
    ModelSlot slot = new ModelSlot(full);
    RoutedPass pass = new RoutedPass(slot, null, null, RoutingPolicy.allFull(), 0);
    assertThat(bundle(pass.run(frames(TERRIBLE)).get(0))).isEqualTo("full");

    assertThat(slot.exchange(light, Duration.ofSeconds(1))).isTrue();

    assertThat(bundle(pass.run(frames(TERRIBLE)).get(0))).isEqualTo("light");
    assertThat(pass.model().bundle()).isEqualTo("light");
    assertThat(full.closed).isTrue();
  }

  @Test
  void shouldRefuseALightWayWithoutANetwork() {
    assertThatThrownBy(() -> new RoutedPass(new ModelSlot(full), null, judge, byTier(), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("light way");
  }

  @Test
  void shouldNameTheNetworkThatFailedWhenItIsNotTheOneInUse() {
    light.failure = () -> new IllegalArgumentException("cannot");

    assertThatThrownBy(() -> pass(0).run(frames(MEDIOCRE)))
        .isInstanceOfSatisfying(
            NetworkFailedException.class,
            e -> {
              assertThat(e.model().bundle()).isEqualTo("light");
              assertThat(e.failure()).hasMessage("cannot");
            });
  }
}
