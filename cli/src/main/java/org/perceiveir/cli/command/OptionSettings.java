package org.perceiveir.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Options of a command as settings that go before those of a configuration file. */
final class OptionSettings {
  private final List<String> settings = new ArrayList<>();

  /** A number or what YAML calls a flow; null for an option that is not given. */
  OptionSettings put(String key, @Nullable Object value) {
    if (value != null) {
      settings.add(key + "=" + value);
    }
    return this;
  }

  OptionSettings putText(String key, @Nullable String text) {
    return put(key, text == null ? null : quoted(text));
  }

  OptionSettings putTexts(String key, @Nullable List<String> texts) {
    return put(key, texts == null ? null : texts.stream().map(OptionSettings::quoted).toList());
  }

  OptionSettings putPath(String key, @Nullable Path path) {
    return put(key, path == null ? null : quoted(path));
  }

  /** A switch that is on, or not given. */
  OptionSettings putSwitch(String key, boolean on) {
    return put(key, on ? "true" : null);
  }

  /** In the form {@code key=value}. */
  List<String> toList() {
    return List.copyOf(settings);
  }

  /** Options are meant from the working directory, whatever the file's folder is. */
  static String quoted(Path path) {
    return quoted(path.toAbsolutePath().normalize().toString());
  }

  /** Quoted for YAML, and with no environment variables for the file to replace. */
  static String quoted(String text) {
    return "'" + text.replace("'", "''").replace("${", "$${") + "'";
  }
}
