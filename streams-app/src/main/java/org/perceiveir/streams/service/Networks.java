package org.perceiveir.streams.service;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.streams.control.ModelRefusedException;
import org.perceiveir.streams.pass.TierJudge;

/**
 * Opens what a service computes with, each for the service to close: at the start, and when a model
 * is exchanged.
 */
public interface Networks {
  /** The network that restores frames of the full way. */
  Restorer full();

  /** The network that restores frames of the light way, if there is one. */
  Optional<Restorer> light();

  /** Who tells the tiers of frames, if anybody does. */
  Optional<TierJudge> judge();

  /**
   * A network that shall take the place of one in use.
   *
   * @param directory of its bundle
   * @param sha256 that its weights must have, 64 hex digits; empty where any will do
   * @throws ModelRefusedException if it cannot be opened, or has other weights
   */
  default Restorer candidate(Path directory, Optional<String> sha256) {
    throw new ModelRefusedException("the models of this service cannot be exchanged");
  }

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
