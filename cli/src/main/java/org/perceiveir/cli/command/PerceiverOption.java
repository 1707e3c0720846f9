package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverSession;
import picocli.CommandLine.Option;

/** Which perceiver judges. */
final class PerceiverOption {

  @Option(
      names = "--perceiver",
      paramLabel = "DIR",
      description = "Quality perceiver; the shipped one (models/compact-perceiver) by default.")
  private @Nullable Path perceiver;

  /** Opens the perceiver in a session of its own, on all processors. */
  PerceiverSession open() throws IOException {
    PerceiverBundle bundle = PerceiverBundle.read(directory());
    try {
      return PerceiverSession.open(bundle, Runtime.getRuntime().availableProcessors());
    } catch (WeightMismatchException e) {
      throw new CommandFailure(
          "the perceiver " + directory() + " cannot be used: " + e.getMessage(),
          "choose another --perceiver",
          e);
    }
  }

  /**
   * The perceiver's directory.
   *
   * @throws CommandFailure if there is no perceiver there
   */
  Path directory() {
    Path chosen = perceiver == null ? shipped() : perceiver;
    if (!Files.isRegularFile(chosen.resolve(PerceiverBundle.PERCEIVER_FILE))) {
      throw new CommandFailure(
          chosen + " holds no perceiver (no " + PerceiverBundle.PERCEIVER_FILE + ")",
          "name one with --perceiver DIR, or make one with ./perceive train prompts");
    }
    return chosen;
  }

  /**
   * The perceiver's directory if one was named, else the shipped one if it is there and wanted.
   *
   * @throws CommandFailure if one was named and is not there
   */
  Optional<Path> directory(boolean shippedToo) {
    boolean there = Files.isRegularFile(shipped().resolve(PerceiverBundle.PERCEIVER_FILE));
    return perceiver != null || (shippedToo && there) ? Optional.of(directory()) : Optional.empty();
  }

  static Path shipped() {
    return Path.of(System.getProperty("perceive.home", "."), "models", "compact-perceiver");
  }
}
