package org.perceiveir.streams.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverSession;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.TierSettings;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.TierJudge;

/** Opens the networks that a configuration names. */
public final class Bundles implements Networks {
  private final ServiceConfig config;

  private Bundles(ServiceConfig config) {
    this.config = config;
  }

  /** The networks of a configuration; nothing is opened yet. */
  public static Bundles of(ServiceConfig config) {
    return new Bundles(config);
  }

  /**
   * Reads {@code bundle} and builds its network on {@code device}.
   *
   * @throws ConfigurationException if the bundle cannot be read or the device is not there
   */
  @Override
  public Restorer full() {
    return open(ServiceConfig.BUNDLE, config.bundle());
  }

  /**
   * Reads {@code route.light.bundle}.
   *
   * @throws ConfigurationException if the bundle cannot be read or the device is not there
   */
  @Override
  public Optional<Restorer> light() {
    return config.tiers().lightBundle().map(path -> open(TierSettings.LIGHT_BUNDLE, path));
  }

  /**
   * Reads {@code tiers.perceiver}.
   *
   * @throws ConfigurationException if it cannot be read or has other tiers than the telemetry
   */
  @Override
  public Optional<TierJudge> judge() {
    return config.tiers().perceiver().map(this::judge);
  }

  private Restorer open(String key, Path directory) {
    try {
      ModelBundle bundle = ModelBundle.read(directory);
      return RestorationSession.open(
          bundle, config.restore().sessionOptions().withDevice(config.device()));
    } catch (IOException e) {
      throw new ConfigurationException(
          key
              + "="
              + directory
              + ": "
              + e.getMessage()
              + "; name a directory with model.json and weights.safetensors",
          e);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          key
              + "="
              + directory
              + " with "
              + ServiceConfig.DEVICE
              + "="
              + config.device()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private TierJudge judge(Path directory) {
    try {
      PerceiverBundle bundle = PerceiverBundle.read(directory);
      List<String> tiers = bundle.form().tiers();
      if (!tiers.equals(RoutingPolicy.TIERS)) {
        throw new ConfigurationException(
            TierSettings.PERCEIVER,
            directory.toString(),
            "its tiers are " + tiers + ", the telemetry has " + RoutingPolicy.TIERS,
            "train one with these three prompts (./perceive train prompts)");
      }
      return new PerceiverJudge(
          PerceiverSession.open(bundle, SessionOptions.defaults().intraOpThreads()));
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigurationException(
          TierSettings.PERCEIVER
              + "="
              + directory
              + ": "
              + e.getMessage()
              + "; name a directory with perceiver.json and weights.safetensors",
          e);
    }
  }

  /** A perceiver's session as the service asks it. */
  private record PerceiverJudge(PerceiverSession session) implements TierJudge {
    @Override
    public List<Assessment> assess(List<RgbImage> frames) {
      return session.assess(frames);
    }

    @Override
    public String name() {
      return session.bundle().toString();
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
