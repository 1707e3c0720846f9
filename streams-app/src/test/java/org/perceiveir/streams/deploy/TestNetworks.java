package org.perceiveir.streams.deploy;

import java.util.Optional;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.pass.ByBrightness;
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
    return Optional.of(new ByBrightness());
  }
}
