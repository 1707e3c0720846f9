package org.perceiveir.streams.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverSession;
import org.perceiveir.model.session.DeviceList;
import org.perceiveir.model.session.Devices;
import org.perceiveir.model.session.GpuMemory;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.DeviceSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.TierSettings;
import org.perceiveir.streams.control.ModelRefusedException;
import org.perceiveir.streams.pass.ParallelRestorer;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.TierJudge;

/** Opens the networks that a configuration names. */
public final class Bundles implements Networks {
  private final ServiceConfig config;
  private final DeviceList available;

  private Bundles(ServiceConfig config, DeviceList available) {
    this.config = config;
    this.available = available;
  }

  /** The networks of a configuration; nothing is opened yet. */
  public static Bundles of(ServiceConfig config) {
    return of(config, DeviceList.ofTensorFlow(options(config)));
  }

  /** As above, on a machine whose devices the caller tells. */
  static Bundles of(ServiceConfig config, DeviceList available) {
    return new Bundles(config, available);
  }

  private static SessionOptions options(ServiceConfig config) {
    DeviceSettings devices = config.devices();
    return config
        .restore()
        .sessionOptions()
        .withGpuMemory(new GpuMemory(devices.gpuMemoryFraction(), devices.gpuMemoryGrowth()));
  }

  /**
   * The devices that the networks run on.
   *
   * @throws IllegalArgumentException if one is not there, or it would be the CPU and must not
   */
  List<String> devices() {
    return Devices.choose(config.devices().devices(), config.devices().gpuRequired(), available);
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
      return sessions(ModelBundle.read(directory));
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
              + String.join(",", config.devices().devices())
              + ": "
              + e.getMessage(),
          e);
    }
  }

  @Override
  public Restorer candidate(Path directory, Optional<String> sha256) {
    try {
      ModelBundle bundle = ModelBundle.read(directory);
      if (sha256.isPresent() && !sha256.get().equalsIgnoreCase(bundle.sha256())) {
        throw new ModelRefusedException(
            "the weights of "
                + directory.getFileName()
                + " have the SHA-256 "
                + bundle.sha256()
                + ", the order wants "
                + sha256.get()
                + "; copy the bundle again or correct the order");
      }
      return sessions(bundle);
    } catch (IOException | IllegalArgumentException e) {
      throw new ModelRefusedException(String.valueOf(e.getMessage()), e);
    }
  }

  /** One for each device. */
  private Restorer sessions(ModelBundle bundle) {
    List<Restorer> opened = new ArrayList<>();
    boolean complete = false;
    try {
      for (String device : devices()) {
        opened.add(RestorationSession.open(bundle, options(config).withDevice(device)));
      }
      complete = true;
      return ParallelRestorer.of(opened);
    } finally {
      if (!complete) {
        opened.forEach(Restorer::close);
      }
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
