package org.perceiveir.streams.service;

import java.util.Optional;
import java.util.function.Supplier;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.streams.pass.TierJudge;

/** Opens what a service computes with, each for the service to close. Called once, at the start. */
public interface Networks {
  /** The network that restores frames of the full way. */
  Restorer full();

  /** The network that restores frames of the light way, if there is one. */
  Optional<Restorer> light();

  /** Who tells the tiers of frames, if anybody does. */
  Optional<TierJudge> judge();

  /** One network, and nobody who judges. */
  static Networks only(Supplier<Restorer> full) {
    return new Networks() {
      @Override
      public Restorer full() {
        return full.get();
      }

      @Override
      public Optional<Restorer> light() {
        return Optional.empty();
      }

      @Override
      public Optional<TierJudge> judge() {
        return Optional.empty();
      }
    };
  }
}
