package org.perceiveir.trainer.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A section of a YAML or JSON file that is read key by key.
 *
 * <pre>
 *   ConfigSection root = ConfigSection.read(file);
 *   ConfigSection losses = root.section("losses");
 *   double weight = losses.number("clip", 0.05, 0, 100);
 *   root.done();      // refuses every key that was not asked for, here and in all sections below
 * </pre>
 *
 * <p>Every error is a {@link ConfigException} that names the file and the path of the key. JSON is
 * read as YAML, of which it is a part.
 */
public final class ConfigSection {
  private static final int MAX_BYTES = 1 << 20;
  private static final YAMLMapper YAML =
      YAMLMapper.builder(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String file;
  private final Path directory;
  private final String path;
  private final ObjectNode node;
  private final TreeSet<String> asked = new TreeSet<>();
  private final Map<String, ConfigSection> children = new LinkedHashMap<>();

  private ConfigSection(String file, Path directory, String path, ObjectNode node) {
    this.file = file;
    this.directory = directory;
    this.path = path;
    this.node = node;
  }

  /**
   * Reads a file whose relative paths are meant from its own folder.
   *
   * @throws ConfigException if it is no YAML or JSON object, has a key twice or is above 1 MiB
   * @throws IOException if it cannot be read
   */
  public static ConfigSection read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(file + " is not there: name a YAML or JSON file");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new ConfigException(file + " has more than " + MAX_BYTES + " bytes");
    }
    Path directory = file.toAbsolutePath().normalize().resolveSibling("");
    return parse(String.valueOf(file), directory, Files.readString(file));
  }

  /**
   * Reads text.
   *
   * @param name what errors call it
   * @param directory that relative paths are meant from
   * @throws ConfigException if it is no YAML or JSON object or has a key twice
   */
  public static ConfigSection parse(String name, Path directory, String text) {
    JsonNode node;
    try {
      node = YAML.readTree(text);
    } catch (JacksonException e) {
      throw new ConfigException(name + " cannot be read: " + firstLine(e.getOriginalMessage()), e);
    }
    if (node == null || node.isMissingNode() || node.isNull()) {
      node = JsonNodeFactory.instance.objectNode();
    }
    if (!(node instanceof ObjectNode object)) {
      throw new ConfigException(name + " must hold keys and values, like 'seed: 1'");
    }
    return new ConfigSection(name, directory, "", object);
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  /** Whether a key is there with a value. */
  public boolean has(String key) {
    asked.add(key);
    return node.hasNonNull(key);
  }

  /** The keys that are there, in order. */
  public List<String> keys() {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** A section below this; one without keys where it is missing. */
  public ConfigSection section(String key) {
    asked.add(key);
    return children.computeIfAbsent(key, k -> child(k, node.path(key)));
  }

  /** A list of sections; empty where it is missing. */
  public List<ConfigSection> sections(String key) {
    JsonNode list = list(key, "a list of sections, each beginning with '-'");
    List<ConfigSection> sections = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      String name = key + "[" + i + "]";
      JsonNode item = list.get(i);
      sections.add(children.computeIfAbsent(name, k -> child(k, item)));
    }
    return sections;
  }

  private ConfigSection child(String name, JsonNode value) {
    if (value.isMissingNode() || value.isNull()) {
      return new ConfigSection(
          file, directory, path + name + ".", JsonNodeFactory.instance.objectNode());
    }
    if (!(value instanceof ObjectNode object)) {
      throw refuse(name, value, "a section with keys of its own");
    }
    return new ConfigSection(file, directory, path + name + ".", object);
  }

  /** A text, empty where it is missing. Numbers count as text. */
  public Optional<String> text(String key) {
    if (!has(key)) {
      return Optional.empty();
    }
    JsonNode value = node.get(key);
    if (!value.isValueNode()) {
      throw refuse(key, value, "a text");
    }
    return Optional.of(value.asText());
  }

  /** A text, or what stands for a missing one. */
  public String text(String key, String otherwise) {
    return text(key).orElse(otherwise);
  }

  /** Texts; a single one counts as a list of one. Empty where it is missing. */
  public List<String> texts(String key) {
    if (has(key) && node.get(key).isValueNode()) {
      return List.of(node.get(key).asText());
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode item : list(key, "a list of texts")) {
      if (!item.isValueNode()) {
        throw refuse(key, item, "a list of texts");
      }
      texts.add(item.asText());
    }
    return texts;
  }

  /** Numbers in a range; a single one counts as a list of one. Empty where it is missing. */
  public List<Double> numbers(String key, double min, double max) {
    List<Double> numbers = new ArrayList<>();
    boolean single = has(key) && node.get(key).isValueNode();
    Iterable<JsonNode> items = single ? List.of(node.get(key)) : list(key, "a list of numbers");
    for (JsonNode item : items) {
      numbers.add(checked(key, item, min, max));
    }
    return numbers;
  }

  private JsonNode list(String key, String what) {
    if (!has(key)) {
      return JsonNodeFactory.instance.arrayNode();
    }
    JsonNode value = node.get(key);
    if (!value.isArray()) {
      throw refuse(key, value, what);
    }
    return value;
  }

  /** An integer in a range, or what stands for a missing one. */
  public int integer(String key, int otherwise, int min, int max) {
    return (int) wide(key, otherwise, min, max);
  }

  /** A 64-bit integer, or what stands for a missing one. */
  public long integer(String key, long otherwise) {
    return wide(key, otherwise, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  private long wide(String key, long otherwise, long min, long max) {
    if (!has(key)) {
      return otherwise;
    }
    JsonNode value = node.get(key);
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < min
        || value.longValue() > max) {
      throw refuse(
          key,
          value,
          min == Long.MIN_VALUE ? "an integer" : "an integer from " + min + " to " + max);
    }
    return value.longValue();
  }

  /** A number in a range, or what stands for a missing one. */
  public double number(String key, double otherwise, double min, double max) {
    return has(key) ? checked(key, node.get(key), min, max) : otherwise;
  }

  private double checked(String key, JsonNode value, double min, double max) {
    // YAML 1.1 takes 1e-4 for a text, as it has no point.
    double number = value.isNumber() ? value.doubleValue() : parsed(value);
    if (!(number >= min && number <= max)) {
      throw refuse(key, value, "a number from " + shown(min) + " to " + shown(max));
    }
    return number;
  }

  private static double parsed(JsonNode value) {
    try {
      return value.isTextual() ? Double.parseDouble(value.asText().strip()) : Double.NaN;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private static String shown(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e9
        ? String.valueOf((long) number)
        : String.valueOf(number);
  }

  /** {@code true} or {@code false}, or what stands for a missing one. */
  public boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    JsonNode value = node.get(key);
    if (!value.isBoolean()) {
      throw refuse(key, value, "true or false");
    }
    return value.booleanValue();
  }

  /** A path, relative to the file's folder unless it is absolute; empty where it is missing. */
  public Optional<Path> path(String key) {
    return text(key).map(text -> directory.resolve(text).normalize());
  }

  /** Paths as {@link #path}; a single one counts as a list of one. Empty where it is missing. */
  public List<Path> paths(String key) {
    return texts(key).stream().map(text -> directory.resolve(text).normalize()).toList();
  }

  /**
   * A text that something is made of, for instance a crop schedule.
   *
   * @param parser throws {@link IllegalArgumentException} with a reason
   */
  public <T> T parsed(String key, T otherwise, Function<String, T> parser) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      return parser.apply(text.get());
    } catch (IllegalArgumentException e) {
      throw error(key, "is '" + text.get() + "': " + e.getMessage(), e);
    }
  }

  /** One of a few words, or what stands for a missing one. */
  public String oneOf(String key, String otherwise, List<String> allowed) {
    String text = text(key, otherwise);
    if (!allowed.contains(text)) {
      throw error(
          key,
          "is '"
              + text
              + "': it must be one of "
              + String.join(", ", allowed)
              + hint(text, allowed));
    }
    return text;
  }

  /** An exception that names this file and a key of this section. */
  public ConfigException error(String key, String what) {
    return new ConfigException(file + ": " + path + key + " " + what);
  }

  private ConfigException error(String key, String what, Throwable cause) {
    return new ConfigException(file + ": " + path + key + " " + what, cause);
  }

  private ConfigException refuse(String key, JsonNode value, String expected) {
    return error(key, "is " + value + ": it must be " + expected);
  }

  /** The whole section as it was read, a copy. */
  public ObjectNode toJson() {
    return node.deepCopy();
  }

  /**
   * Refuses keys that were not asked for, here and in the sections below.
   *
   * @throws ConfigException naming the key and the nearest known one
   */
  public void done() {
    for (String key : keys()) {
      if (!asked.contains(key)) {
        throw new ConfigException(
            file
                + ": "
                + path
                + key
                + " is not a known key"
                + hint(key, asked)
                + "; known are "
                + String.join(", ", asked));
      }
    }
    children.values().forEach(ConfigSection::done);
  }

  private static String hint(String text, Iterable<String> known) {
    return Nearest.of(text, known).map(near -> "; did you mean " + near + "?").orElse("");
  }
}
