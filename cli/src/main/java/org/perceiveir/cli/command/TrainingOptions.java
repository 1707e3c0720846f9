package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.perceiveir.trainer.config.ConfigSection;
import picocli.CommandLine.Option;

/**
 * What trainings with a configuration file have in common. Every option is a short form of a key of
 * the file and goes before what the file says; {@code --set} goes before both.
 */
final class TrainingOptions {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML or JSON with all settings. Paths are meant from its folder.")
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = {
        "Put a value over that of the file, for instance --set optimizer.average=off.",
        "May be given several times."
      })
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for log.csv, checkpoint/ and bundle/.")
  private @Nullable Path out;

  @Option(
      names = "--max-minutes",
      paramLabel = "M",
      description = "Pause with a checkpoint after this time.")
  private @Nullable Double maxMinutes;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads within an operation, 0 for all processors. Default: 0.")
  private @Nullable Integer threads;

  @Option(names = "--resume", description = "Go on with the checkpoint in --out.")
  private boolean resume;

  boolean hasFile() {
    return file != null;
  }

  boolean hasOut() {
    return out != null || hasSetting("out=");
  }

  /** Whether {@code --set} begins like this. */
  boolean hasSetting(String beginning) {
    return settings.stream().anyMatch(setting -> setting.startsWith(beginning));
  }

  boolean resumes() {
    return resume;
  }

  /** What the file says, nothing where there is none. */
  ConfigSection written() throws IOException {
    return file == null
        ? ConfigSection.parse("command line", Path.of("").toAbsolutePath(), "")
        : ConfigSection.read(file);
  }

  /**
   * What the file says, with options and settings over it.
   *
   * @param own the options of the one command
   */
  ConfigSection over(ConfigSection written, OptionSettings own) {
    OptionSettings common =
        new OptionSettings()
            .putPath("out", out)
            .put("limits.minutes", maxMinutes)
            .put("limits.threads", threads)
            .putSwitch("resume", resume);
    return written.with(own.toList()).with(common.toList()).with(settings);
  }
}
