package org.perceiveir.streams.service;

import java.io.IOException;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;

/** Opens the network that a configuration names. */
public final class Bundles {
  private Bundles() {}

  /**
   * Reads {@code bundle} and builds its network on {@code device}.
   *
   * @return the network, to be closed by the caller
   * @throws ConfigurationException if the bundle cannot be read or the device is not there
   */
  public static Restorer open(ServiceConfig config) {
    try {
      ModelBundle bundle = ModelBundle.read(config.bundle());
      return RestorationSession.open(bundle, SessionOptions.defaults().withDevice(config.device()));
    } catch (IOException e) {
      throw new ConfigurationException(
          ServiceConfig.BUNDLE
              + "="
              + config.bundle()
              + ": "
              + e.getMessage()
              + "; name a directory with model.json and weights.safetensors",
          e);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          ServiceConfig.BUNDLE
              + "="
              + config.bundle()
              + " with "
              + ServiceConfig.DEVICE
              + "="
              + config.device()
              + ": "
              + e.getMessage(),
          e);
    }
  }
}
