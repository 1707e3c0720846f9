package org.perceiveir.streams.pass;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.degradation.DegradationEstimate;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.model.session.RestoredImage;
import org.perceiveir.model.session.Restorer;

/**
 * A pass that judges each frame, sends it the way of its tier, and judges a share of the results.
 *
 * <pre>
 *   frames -- perceiver --+-- full  -- network -----------+-- perceiver, for a share --&gt;
 *            (if any)     +-- light -- lighter network ---+   candidate, for a share
 *                         +-- pass-through ------------------------------------------&gt;
 * </pre>
 *
 * <p>Frames of one way share one call of its network. A change of the networks ({@link ModelSlot})
 * takes effect between two calls.
 */
public final class RoutedPass implements FramePass {
  private final ModelSlot full;
  private final @Nullable ModelSlot light;
  private final @Nullable TierJudge judge;
  private final RoutingPolicy policy;
  private final Share after;
  private volatile @Nullable Shadow shadow;

  /**
   * A pass over networks that the caller owns.
   *
   * @param full restores what goes the full way
   * @param light restores what goes the light way; null where none does
   * @param judge tells tiers; null for none, and every frame goes the full way
   * @param policy the ways of the tiers
   * @param afterShare share of the restored frames that is judged again, 0 to 1
   */
  public RoutedPass(
      ModelSlot full,
      @Nullable ModelSlot light,
      @Nullable TierJudge judge,
      RoutingPolicy policy,
      double afterShare) {
    if (light == null && policy.uses(Route.LIGHT)) {
      throw new IllegalArgumentException(
          "a tier goes the light way, and there is no network for it");
    }
    this.full = full;
    this.light = light;
    this.judge = judge;
    this.policy = policy;
    this.after = new Share(afterShare);
  }

  /**
   * Lets a candidate restore a share of the frames as well, from the next pass on.
   *
   * @param candidate its network, owned by the caller; null ends it
   * @param share of the restored frames, 0 to 1
   */
  public void shadow(@Nullable ModelSlot candidate, double share) {
    shadow = candidate == null ? null : new Shadow(candidate, share);
  }

  @Override
  public ModelIdentity model() {
    return full.identity();
  }

  @Override
  public List<PassedFrame> run(List<RgbImage> frames) {
    List<Working> all = new ArrayList<>(frames.size());
    frames.forEach(frame -> all.add(new Working(frame)));
    if (judge != null) {
      judgeBefore(judge, all);
    }
    Map<Route, List<Working>> byRoute = new EnumMap<>(Route.class);
    all.forEach(w -> byRoute.computeIfAbsent(w.way(), way -> new ArrayList<>()).add(w));
    byRoute.forEach(this::restore);
    if (judge != null) {
      judgeAfter(judge, all.stream().filter(w -> w.model != null && after.next()).toList());
    }
    Shadow candidate = shadow;
    if (candidate != null) {
      for (Working w : all) {
        if (w.model != null && candidate.wants()) {
          w.shadow = candidate.compare(w.frame, w.result, judge);
        }
      }
    }
    return all.stream().map(Working::done).toList();
  }

  private void judgeBefore(TierJudge by, List<Working> all) {
    long start = System.nanoTime();
    List<Assessment> seen = by.assess(all.stream().map(w -> w.frame).toList());
    long each = (System.nanoTime() - start) / all.size();
    for (int i = 0; i < all.size(); i++) {
      Working w = all.get(i);
      w.before = seen.get(i);
      w.beforeNanos = each;
      w.decision = policy.decide(seen.get(i));
    }
  }

  private void judgeAfter(TierJudge by, List<Working> some) {
    if (some.isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    List<Assessment> seen = by.assess(some.stream().map(w -> w.result).toList());
    long each = (System.nanoTime() - start) / some.size();
    for (int i = 0; i < some.size(); i++) {
      some.get(i).after = seen.get(i);
      some.get(i).afterNanos = each;
    }
  }

  private void restore(Route way, List<Working> frames) {
    if (way == Route.PASS_THROUGH) {
      return;
    }
    ModelSlot slot = way == Route.LIGHT && light != null ? light : full;
    slot.use(
        restorer -> {
          long start = System.nanoTime();
          List<RestoredImage> images = restored(restorer, frames);
          long nanos = System.nanoTime() - start;
          if (images.size() != frames.size()) {
            throw new IllegalStateException(
                "the restorer returned " + images.size() + " frames for " + frames.size());
          }
          ModelIdentity identity = ModelIdentity.of(restorer);
          for (int i = 0; i < frames.size(); i++) {
            Working w = frames.get(i);
            w.model = identity;
            w.result = images.get(i).image();
            w.degradation = images.get(i).degradation();
            w.inferNanos = nanos;
          }
          return frames.size();
        });
  }

  private static List<RestoredImage> restored(Restorer restorer, List<Working> frames) {
    try {
      return restorer.restoreAndEstimate(frames.stream().map(w -> w.frame).toList());
    } catch (IllegalStateException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new NetworkFailedException(ModelIdentity.of(restorer), e);
    }
  }

  /** A frame on its way; of one thread. */
  private static final class Working {
    final RgbImage frame;
    RgbImage result;
    @Nullable RouteDecision decision;
    @Nullable ModelIdentity model;
    @Nullable Assessment before;
    @Nullable Assessment after;
    @Nullable DegradationEstimate degradation;
    @Nullable Long beforeNanos;
    @Nullable Long afterNanos;
    @Nullable Long inferNanos;
    @Nullable ShadowResult shadow;

    Working(RgbImage frame) {
      this.frame = frame;
      this.result = frame;
    }

    Route way() {
      return decision == null ? Route.FULL : decision.route();
    }

    PassedFrame done() {
      return new PassedFrame(
          result,
          decision,
          model,
          inferNanos,
          new PassedFrame.Judgement(before, after, degradation, beforeNanos, afterNanos),
          shadow);
    }
  }
}
