package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which model restores, and on what. */
final class ModelOptions {
  private static final String AUTO = "auto";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--bundle",
      paramLabel = "DIR",
      description = "Model bundle to use; the shipped one (models/compact) by default.")
  private @Nullable Path bundle;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = AUTO,
      description = "auto, cpu or gpu:N. Default: ${DEFAULT-VALUE}.")
  private String device;

  /** Opens the bundle in a session of its own. */
  RestorationSession open() throws IOException {
    return open(SessionOptions.defaults());
  }

  RestorationSession open(SessionOptions options) throws IOException {
    SessionOptions chosen;
    try {
      chosen = options.withDevice(device);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--device: " + e.getMessage(), e);
    }
    ModelBundle read = ModelBundle.read(directory());
    try {
      return RestorationSession.open(read, chosen);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(
          "the bundle " + directory() + " cannot be used: " + e.getMessage(),
          "choose another --bundle or --device",
          e);
    }
  }

  String device() {
    return device;
  }

  /** Whether the user has named a bundle or a device. */
  boolean chosen() {
    return bundle != null || !device.equals(AUTO);
  }

  /**
   * The bundle's directory.
   *
   * @throws CommandFailure if there is no bundle there
   */
  Path directory() {
    Path chosen = bundle == null ? shipped() : bundle;
    if (!Files.isRegularFile(chosen.resolve(ModelBundle.MODEL_FILE))) {
      throw new CommandFailure(
          chosen + " holds no model bundle (no " + ModelBundle.MODEL_FILE + ")",
          "name a bundle with --bundle DIR, or make one with ./perceive train restoration");
    }
    return chosen;
  }

  static Path shipped() {
    return Path.of(System.getProperty("perceive.home", "."), "models", "compact");
  }
}
