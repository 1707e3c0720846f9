package org.perceiveir.streams.topology;

import org.jspecify.annotations.Nullable;
import org.perceiveir.model.degradation.DegradationEstimate;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.schemas.avro.FrameRoute;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.ShadowComparison;
import org.perceiveir.schemas.avro.TierProbabilities;
import org.perceiveir.streams.pass.PassedFrame;
import org.perceiveir.streams.pass.RouteDecision;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.ShadowResult;

/** Writes what was seen in a frame, and the way it went, into its telemetry. */
final class PassTelemetry {
  private static final int LONGEST_TEXT = 500;

  private PassTelemetry() {}

  static void write(PassedFrame frame, FrameTelemetry telemetry) {
    PassedFrame.Judgement judged = frame.judged();
    telemetry.setTiersBefore(tiers(judged.before()));
    telemetry.setTiersAfter(tiers(judged.after()));
    telemetry.setTiersBeforeMicros(micros(judged.beforeNanos()));
    telemetry.setTiersAfterMicros(micros(judged.afterNanos()));
    DegradationEstimate degradation = judged.degradation();
    if (degradation != null) {
      telemetry.setDegradation(degradation.label());
      telemetry.setDegradationDistance(degradation.distance());
    }
    RouteDecision route = frame.route();
    if (route != null) {
      telemetry.setRoute(FrameRoute.valueOf(route.route().name()));
      telemetry.setRouteReason(route.reason());
    }
    ShadowResult shadow = frame.shadow();
    telemetry.setShadow(shadow == null ? null : comparison(shadow));
  }

  private static ShadowComparison comparison(ShadowResult shadow) {
    String failure = shadow.failure();
    return new ShadowComparison(
        shadow.model().bundle(),
        shadow.model().version(),
        failure == null ? shadow.psnrDb() : null,
        tiers(shadow.after()),
        shadow.inferNanos() / 1000,
        failure == null || failure.length() <= LONGEST_TEXT
            ? failure
            : failure.substring(0, LONGEST_TEXT));
  }

  private static @Nullable TierProbabilities tiers(@Nullable Assessment seen) {
    return seen == null
        ? null
        : new TierProbabilities(
            seen.of(RoutingPolicy.TIERS.get(0)),
            seen.of(RoutingPolicy.TIERS.get(1)),
            seen.of(RoutingPolicy.TIERS.get(2)));
  }

  private static @Nullable Long micros(@Nullable Long nanos) {
    return nanos == null ? null : nanos / 1000;
  }
}
