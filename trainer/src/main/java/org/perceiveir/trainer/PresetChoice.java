package org.perceiveir.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;

/**
 * Reads which network is trained.
 *
 * <pre>
 *   preset: compact                 a name, or a file that ends in .json
 *
 *   preset:
 *     name: compact                 or  file: small.json
 *     without: [sgm]                modules that are switched off
 *     override:                     what differs from it, as in a preset file; null takes a key away
 *       backbone: {dim: 24}
 * </pre>
 */
final class PresetChoice {
  private static final ObjectMapper JSON = new ObjectMapper();

  private PresetChoice() {}

  /**
   * The network.
   *
   * @throws ConfigException naming the key that is wrong
   * @throws IOException if a preset file cannot be read
   */
  static Preset of(ConfigSection root) throws IOException {
    if (!root.hasSection("preset")) {
      String name = root.text("preset", "compact");
      return name.endsWith(".json")
          ? file(root.path("preset").orElseThrow())
          : guarded(root, "preset", () -> Preset.named(name));
    }
    ConfigSection section = root.section("preset");
    Optional<Path> file = section.path("file");
    if (file.isPresent() && section.has("name")) {
      throw section.error("name", "and file exclude each other: leave one out");
    }
    String name = section.text("name", "compact");
    Preset base =
        file.isPresent() ? file(file.get()) : guarded(section, "name", () -> Preset.named(name));
    Optional<ObjectNode> override = section.object("override");
    if (override.isPresent()) {
      ObjectNode merged = base.toJson().deepCopy();
      merge(merged, override.get());
      base = guarded(section, "override", () -> Preset.fromJson(merged));
    }
    Preset whole = base;
    return guarded(section, "without", () -> whole.without(off(section)));
  }

  private static Set<Preset.Module> off(ConfigSection section) {
    Set<Preset.Module> off = EnumSet.noneOf(Preset.Module.class);
    section.texts("without").forEach(id -> off.add(Preset.Module.of(id)));
    return off;
  }

  private static void merge(ObjectNode into, ObjectNode changes) {
    changes
        .properties()
        .forEach(
            change -> {
              JsonNode value = change.getValue();
              if (value.isNull()) {
                into.remove(change.getKey());
              } else if (value instanceof ObjectNode object
                  && into.path(change.getKey()) instanceof ObjectNode there) {
                merge(there, object);
              } else {
                into.set(change.getKey(), value);
              }
            });
  }

  private static Preset file(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(
          file
              + " is not there: name a preset file, or one of "
              + String.join(", ", Preset.shipped()));
    }
    try {
      return Preset.fromJson(JSON.readTree(file.toFile()));
    } catch (JsonProcessingException e) {
      throw new ConfigException(file + " is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Gives a preset, or refuses. */
  private interface Source {
    Preset get();
  }

  private static Preset guarded(ConfigSection section, String key, Source source) {
    try {
      return source.get();
    } catch (PresetException e) {
      throw section.error(key, "cannot be used: " + e.getMessage());
    }
  }
}
