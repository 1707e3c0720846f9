package org.perceiveir.trainer.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
 * read as YAML, of which it is a part. Values may use environment variables ({@code ${NAME}},
 * {@code ${NAME:-otherwise}}). Anchors and aliases are refused.
 *
 * <p>What is asked for is remembered with what a missing value stands for: {@link #resolved} is
 * what a run records of its configuration, {@link #known} what the documentation is compared with.
 */
public final class ConfigSection {
  private final String file;
  private final Path directory;
  private final String path;
  private final ObjectNode node;
  private final TreeSet<String> asked = new TreeSet<>();
  private final Map<String, ConfigKey> known = new LinkedHashMap<>();
  private final Map<String, JsonNode> resolved = new LinkedHashMap<>();
  private final Map<String, ConfigSection> children = new LinkedHashMap<>();

  private ConfigSection(String file, Path directory, String path, ObjectNode node) {
    this.file = file;
    this.directory = directory;
    this.path = path;
    this.node = node;
  }

  /**
   * Reads a file, with the environment variables of this process.
   *
   * @throws ConfigException as {@link #read(Path, Map)}
   * @throws IOException if it cannot be read
   */
  public static ConfigSection read(Path file) throws IOException {
    return read(file, System.getenv());
  }

  /**
   * Reads a file whose relative paths are meant from its own folder.
   *
   * <p>{@code extends: FILE}, or a list of files, puts its keys over those of other files, section
   * by section; a later file wins, lists are replaced, {@code null} takes a key away. Relative
   * paths of values are meant from the folder of the file that is read, wherever they are written.
   *
   * @param environment variables that values may use
   * @throws ConfigException if it is no YAML or JSON object, has a key twice, uses anchors, is
   *     deeper than 16 levels or above 1 MiB, extends itself, or an environment variable in it is
   *     not set
   * @throws IOException if it cannot be read
   */
  public static ConfigSection read(Path file, Map<String, String> environment) throws IOException {
    ObjectNode tree = ConfigFiles.merged(file);
    String name = String.valueOf(file);
    return new ConfigSection(
        name,
        file.toAbsolutePath().normalize().resolveSibling(""),
        "",
        replaced(name, "", tree, new Environment(environment)));
  }

  /**
   * Reads text, with the environment variables of this process.
   *
   * @param name what errors call it
   * @param directory that relative paths are meant from
   * @throws ConfigException as {@link #read}
   */
  public static ConfigSection parse(String name, Path directory, String text) {
    return parse(name, directory, text, System.getenv());
  }

  /**
   * Reads text.
   *
   * @param name what errors call it
   * @param directory that relative paths are meant from
   * @param environment variables that values may use as {@code ${NAME}} or {@code
   *     ${NAME:-otherwise}}
   * @throws ConfigException as {@link #read}
   */
  public static ConfigSection parse(
      String name, Path directory, String text, Map<String, String> environment) {
    return new ConfigSection(
        name,
        directory,
        "",
        replaced(name, "", ConfigFiles.parse(name, text), new Environment(environment)));
  }

  private static ObjectNode replaced(
      String file, String path, ObjectNode node, Environment environment) {
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    node.properties()
        .forEach(
            e ->
                copy.set(
                    e.getKey(), replacedValue(file, path + e.getKey(), e.getValue(), environment)));
    return copy;
  }

  private static JsonNode replacedValue(
      String file, String path, JsonNode value, Environment environment) {
    if (value instanceof ObjectNode object) {
      return replaced(file, path + ".", object, environment);
    }
    if (value.isArray()) {
      ArrayNode copy = JsonNodeFactory.instance.arrayNode();
      for (int i = 0; i < value.size(); i++) {
        copy.add(replacedValue(file, path + "[" + i + "]", value.get(i), environment));
      }
      return copy;
    }
    if (!value.isTextual() || !Environment.isUsedIn(value.textValue())) {
      return value;
    }
    try {
      String text = value.textValue();
      String replaced = environment.replace(text);
      // A variable that is the whole value may stand for a number or for true and false.
      return text.startsWith("${") && text.endsWith("}")
          ? scalar(replaced)
          : new TextNode(replaced);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(file + ": " + path + " " + e.getMessage(), e);
    }
  }

  private static JsonNode scalar(String text) {
    try {
      JsonNode parsed = ConfigFiles.value(text);
      return parsed != null && (parsed.isNumber() || parsed.isBoolean())
          ? parsed
          : new TextNode(text);
    } catch (JacksonException e) {
      return new TextNode(text);
    }
  }

  /**
   * This with values put over those of the file.
   *
   * @param settings each as {@code key.path=value}, the value in YAML, for instance {@code
   *     losses.clip=0.1} or {@code preset.without=[sgm, pgca]}; the later ones win
   * @throws ConfigException if one is malformed or its path leads through a value
   */
  public ConfigSection with(List<String> settings) {
    ObjectNode changed = node.deepCopy();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      String key = equals < 0 ? "" : setting.substring(0, equals).strip();
      if (!key.matches("[A-Za-z][A-Za-z0-9_-]*(\\.[A-Za-z][A-Za-z0-9_-]*)*")) {
        throw new ConfigException(
            "'" + setting + "' is not like schedule.steps=1000 (key.path=value)");
      }
      // What stands for one value on the command line may hold every sign that YAML knows.
      ConfigSection parsed =
          parse("--set " + key, directory, "value: " + setting.substring(equals + 1));
      JsonNode value = parsed.node.get("value");
      if (parsed.node.size() != 1 || value == null) {
        throw new ConfigException("'" + setting + "' sets more than one value");
      }
      put(changed, key, value);
    }
    return new ConfigSection(file, directory, path, changed);
  }

  private static void put(ObjectNode root, String key, JsonNode value) {
    ObjectNode at = root;
    String[] parts = key.split("\\.", -1);
    for (int i = 0; i + 1 < parts.length; i++) {
      JsonNode next = at.path(parts[i]);
      if (next.isMissingNode() || next.isNull()) {
        at = at.putObject(parts[i]);
      } else if (next instanceof ObjectNode object) {
        at = object;
      } else {
        throw new ConfigException(
            key + " cannot be set: " + parts[i] + " is " + next + ", not a section");
      }
    }
    at.set(parts[parts.length - 1], value);
  }

  /** Whether a key is there with a value; an empty text is none. */
  public boolean has(String key) {
    asked.add(key);
    return isThere(node.path(key));
  }

  private static boolean isThere(JsonNode value) {
    return !value.isMissingNode()
        && !value.isNull()
        && !(value.isTextual() && value.textValue().isEmpty());
  }

  /** Whether a key is there with a section of its own. */
  public boolean hasSection(String key) {
    asked.add(key);
    return node.path(key).isObject();
  }

  /** Remembers that a key was asked for, and what it stands for. */
  private void know(String key, String type, String fallback, @Nullable JsonNode otherwise) {
    known.putIfAbsent(key, new ConfigKey(path.replaceAll("\\[\\d+]", "[]") + key, type, fallback));
    if (isThere(node.path(key))) {
      resolved.put(key, node.get(key));
    } else if (otherwise != null) {
      resolved.put(key, otherwise);
    }
  }

  /** Every key that was asked for so far, here and in the sections below. */
  public List<ConfigKey> known() {
    List<ConfigKey> all = new ArrayList<>(known.values());
    children.values().forEach(child -> all.addAll(child.known()));
    return all;
  }

  /** The values of all keys that were asked for so far, with those that missing ones stand for. */
  public ObjectNode resolved() {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    resolved.forEach(all::set);
    children.forEach(
        (name, child) -> {
          ObjectNode below = child.resolved();
          int bracket = name.indexOf('[');
          if (bracket >= 0) {
            all.withArray("/" + name.substring(0, bracket)).add(below);
          } else if (!below.isEmpty()) {
            all.set(name, below);
          }
        });
    return all;
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

  /** A section that is taken as it is, whatever its keys; empty where it is missing. */
  public Optional<ObjectNode> object(String key) {
    know(key, "section", "", null);
    if (!has(key)) {
      return Optional.empty();
    }
    if (!(node.get(key) instanceof ObjectNode object)) {
      throw refuse(key, node.get(key), "a section with keys of its own");
    }
    return Optional.of(object.deepCopy());
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
    know(key, "text", "", null);
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
    know(key, "text", otherwise, new TextNode(otherwise));
    return text(key).orElse(otherwise);
  }

  /** Texts; a single one counts as a list of one. Empty where it is missing. */
  public List<String> texts(String key) {
    know(key, "list of texts", "", null);
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
    know(key, "list of numbers from " + shown(min) + " to " + shown(max), "", null);
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
    know(
        key,
        "integer from " + min + " to " + max,
        String.valueOf(otherwise),
        new IntNode(otherwise));
    return (int) wide(key, otherwise, min, max);
  }

  /** A 64-bit integer, or what stands for a missing one. */
  public long integer(String key, long otherwise) {
    know(key, "integer", String.valueOf(otherwise), new LongNode(otherwise));
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
    know(
        key,
        "number from " + shown(min) + " to " + shown(max),
        shown(otherwise),
        new DoubleNode(otherwise));
    return has(key) ? checked(key, node.get(key), min, max) : otherwise;
  }

  /** A number in a range or the word {@code off}, for which it is empty. */
  public Optional<Double> numberOrOff(String key, double otherwise, double min, double max) {
    know(
        key,
        "off, or number from " + shown(min) + " to " + shown(max),
        shown(otherwise),
        new DoubleNode(otherwise));
    if (!has(key)) {
      return Optional.of(otherwise);
    }
    JsonNode value = node.get(key);
    boolean off = value.asText().equals("off") || (value.isBoolean() && !value.booleanValue());
    if (off) {
      resolved.put(key, new TextNode("off"));
      return Optional.empty();
    }
    return Optional.of(checked(key, value, min, max));
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
    know(key, "true or false", String.valueOf(otherwise), BooleanNode.valueOf(otherwise));
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
    know(key, "path", "", null);
    return text(key).map(text -> directory.resolve(text).normalize());
  }

  /** Paths as {@link #path}; a single one counts as a list of one. Empty where it is missing. */
  public List<Path> paths(String key) {
    know(key, "path or list of paths", "", null);
    return texts(key).stream().map(text -> directory.resolve(text).normalize()).toList();
  }

  /**
   * A text that something is made of, for instance a crop schedule.
   *
   * @param parser throws {@link IllegalArgumentException} with a reason
   */
  public <T> T parsed(String key, T otherwise, Function<String, T> parser) {
    know(key, "text", String.valueOf(otherwise), new TextNode(String.valueOf(otherwise)));
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
    know(key, String.join(", ", allowed), otherwise, new TextNode(otherwise));
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
