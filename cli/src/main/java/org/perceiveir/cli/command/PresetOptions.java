package org.perceiveir.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.trainer.config.ConfigSection;
import picocli.CommandLine.Option;

/** Which network, and which of its modules are switched off. */
final class PresetOptions {

  @Option(
      names = "--preset",
      paramLabel = "NAME|FILE",
      description = "Network: compact, paper, paper-nafnet, or a JSON file. Default: compact.")
  private @Nullable String preset;

  @Option(
      names = "--without",
      paramLabel = "MODULE",
      split = ",",
      description = {
        "Switch modules of the network off: cfe, sgm, pgm, pgca, several with commas.",
        "pgm goes too when neither cfe nor sgm is left."
      })
  private @Nullable List<String> without;

  boolean isGiven() {
    return preset != null;
  }

  /** What is to be switched off. */
  Set<Preset.Module> off() {
    Set<Preset.Module> off = EnumSet.noneOf(Preset.Module.class);
    if (without != null) {
      without.forEach(id -> off.add(Preset.Module.of(id)));
    }
    return off;
  }

  /**
   * The network that was asked for, less what is switched off.
   *
   * @throws org.perceiveir.model.preset.PresetException if there is none of that name or its file
   *     describes none
   */
  Preset read() throws IOException {
    return named().without(off());
  }

  /** Puts what is given over a file's section {@code preset}, which may be one word there. */
  void putInto(OptionSettings options, ConfigSection written) {
    if (preset != null) {
      options.put(
          "preset",
          preset.endsWith(".json")
              ? "{file: " + OptionSettings.quoted(Path.of(preset)) + "}"
              : "{name: " + OptionSettings.quoted(preset) + "}");
    } else if (without != null && written.has("preset") && !written.hasSection("preset")) {
      String word = written.text("preset", "");
      options.put(
          "preset",
          "{" + (word.endsWith(".json") ? "file: " : "name: ") + OptionSettings.quoted(word) + "}");
    }
    options.putTexts("preset.without", without);
  }

  private Preset named() throws IOException {
    if (preset == null) {
      return Preset.named("compact");
    }
    Path file = Path.of(preset);
    if (!preset.endsWith(".json") || !Files.exists(file)) {
      return Preset.named(preset);
    }
    try {
      return Preset.fromJson(new ObjectMapper().readTree(file.toFile()));
    } catch (JsonProcessingException e) {
      throw new CommandFailure(
          file + " is not JSON: " + e.getOriginalMessage(), "correct it or name a preset", e);
    }
  }
}
