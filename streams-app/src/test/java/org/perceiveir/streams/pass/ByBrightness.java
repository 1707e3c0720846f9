package org.perceiveir.streams.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.perceiver.Assessment;

/** Dark frames are terrible, grey ones mediocre, bright ones excellent. */
public final class ByBrightness implements TierJudge {
  @Override
  public List<Assessment> assess(List<RgbImage> frames) {
    List<Assessment> seen = new ArrayList<>();
    for (RgbImage frame : frames) {
      int tier = Math.min(2, (frame.rgb()[0] & 0xFF) / 86);
      Float[] p = {0.1f, 0.1f, 0.1f};
      p[tier] = 0.8f;
      seen.add(
          new Assessment(RoutingPolicy.TIERS.get(tier), RoutingPolicy.TIERS, Arrays.asList(p)));
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
