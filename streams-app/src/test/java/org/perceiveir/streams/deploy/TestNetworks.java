package org.perceiveir.streams.deploy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.TierJudge;
import org.perceiveir.streams.service.Networks;

/** A network that inverts in three milliseconds, and a perceiver for which bright is excellent. */
final class TestNetworks implements Networks {

  @Override
  public Restorer full() {
    return new FakeRestorer().taking(3, 1);
  }

  @Override
  public Optional<Restorer> light() {
    return Optional.empty();
  }

  @Override
  public Optional<TierJudge> judge() {
    return Optional.of(
        new TierJudge() {
          @Override
          public List<Assessment> assess(List<RgbImage> frames) {
            List<Assessment> seen = new ArrayList<>();
            for (RgbImage frame : frames) {
              int tier = Math.min(2, (frame.rgb()[0] & 0xFF) / 86);
              Float[] p = {0.1f, 0.1f, 0.1f};
              p[tier] = 0.8f;
              seen.add(
                  new Assessment(
                      RoutingPolicy.TIERS.get(tier), RoutingPolicy.TIERS, Arrays.asList(p)));
            }
            return seen;
          }

          @Override
          public String name() {
            return "by brightness";
          }

          @Override
          public void close() {}
        });
  }
}
