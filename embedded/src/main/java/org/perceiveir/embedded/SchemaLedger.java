package org.perceiveir.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Subjects, their versions, ids and compatibility levels, kept in memory and, if wanted, in a file
 * that is replaced as a whole after each change. One schema text has one id over all subjects.
 * Thread-safe.
 */
final class SchemaLedger {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final @Nullable Path file;
  private final SortedMap<String, List<Integer>> idsBySubject = new TreeMap<>();
  private final SortedMap<Integer, Schema> schemas = new TreeMap<>();
  private final Map<String, Integer> idsByText = new HashMap<>();
  private final SortedMap<String, CompatibilityLevel> levels = new TreeMap<>();
  private CompatibilityLevel globalLevel = CompatibilityLevel.BACKWARD;

  /**
   * A ledger.
   *
   * @param file where it is kept, read now if it exists; null for memory only
   */
  SchemaLedger(@Nullable Path file) {
    this.file = file;
    if (file != null && Files.exists(file)) {
      load(file);
    }
  }

  /** One version of a subject. */
  record Version(String subject, int version, int id, Schema schema) {}

  /** Parses what a client sent. */
  static Schema parse(String text) throws RegistryError {
    try {
      return new Schema.Parser().parse(text);
    } catch (AvroRuntimeException e) {
      throw RegistryError.invalidSchema(String.valueOf(e.getMessage()));
    }
  }

  synchronized int register(String subject, Schema schema) throws RegistryError {
    Optional<Version> known = find(subject, schema);
    if (known.isPresent()) {
      return known.get().id();
    }
    List<String> violations = level(subject).violations(schema, schemasOf(subject));
    if (!violations.isEmpty()) {
      throw RegistryError.incompatible(subject, String.join("; ", violations));
    }
    int id = idsByText.computeIfAbsent(schema.toString(), text -> nextId());
    schemas.put(id, schema);
    idsBySubject.computeIfAbsent(subject, name -> new ArrayList<>()).add(id);
    save();
    return id;
  }

  private int nextId() {
    return schemas.isEmpty() ? 1 : schemas.lastKey() + 1;
  }

  synchronized Version lookUp(String subject, Schema schema) throws RegistryError {
    versions(subject);
    return find(subject, schema).orElseThrow(RegistryError::schemaNotFound);
  }

  private Optional<Version> find(String subject, Schema schema) {
    Integer id = idsByText.get(schema.toString());
    List<Integer> ids = idsBySubject.getOrDefault(subject, List.of());
    int index = id == null ? -1 : ids.indexOf(id);
    return id == null || index < 0
        ? Optional.empty()
        : Optional.of(new Version(subject, index + 1, id, schema));
  }

  synchronized List<String> subjects() {
    return List.copyOf(idsBySubject.keySet());
  }

  /** The subject's version numbers, from 1. */
  synchronized List<Integer> versions(String subject) throws RegistryError {
    List<Integer> ids = idsBySubject.get(subject);
    if (ids == null) {
      throw RegistryError.subjectNotFound(subject);
    }
    List<Integer> versions = new ArrayList<>();
    for (int version = 1; version <= ids.size(); version++) {
      versions.add(version);
    }
    return versions;
  }

  /**
   * One version.
   *
   * @param version a number from 1, {@code latest} or -1 for the newest
   */
  synchronized Version version(String subject, String version) throws RegistryError {
    int count = versions(subject).size();
    int number = version.equals("latest") || version.equals("-1") ? count : number(version);
    if (number > count) {
      throw RegistryError.versionNotFound(version);
    }
    int id = idsBySubject.getOrDefault(subject, List.of()).get(number - 1);
    return new Version(subject, number, id, schema(id));
  }

  private static int number(String version) throws RegistryError {
    try {
      int number = Integer.parseInt(version);
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the answer for every invalid version.
    }
    throw RegistryError.invalidVersion(version);
  }

  synchronized Schema byId(String id) throws RegistryError {
    try {
      Schema schema = schemas.get(Integer.parseInt(id));
      if (schema != null) {
        return schema;
      }
    } catch (NumberFormatException e) {
      throw RegistryError.noSuchPath();
    }
    throw RegistryError.schemaNotFound(id);
  }

  /** Every subject's version that has the id. */
  synchronized List<Version> uses(String id) throws RegistryError {
    Schema schema = byId(id);
    List<Version> uses = new ArrayList<>();
    for (String subject : idsBySubject.keySet()) {
      find(subject, schema).ifPresent(uses::add);
    }
    return uses;
  }

  /** What speaks against {@code schema} beside {@code version}, or beside all by the level. */
  synchronized List<String> violations(String subject, @Nullable String version, Schema schema)
      throws RegistryError {
    List<Schema> earlier =
        version == null ? schemasOf(subject) : List.of(version(subject, version).schema());
    return level(subject).violations(schema, earlier);
  }

  private List<Schema> schemasOf(String subject) {
    List<Schema> result = new ArrayList<>();
    for (int id : idsBySubject.getOrDefault(subject, List.of())) {
      result.add(schema(id));
    }
    return result;
  }

  private Schema schema(int id) {
    Schema schema = schemas.get(id);
    if (schema == null) {
      throw new IllegalStateException("A subject names the id " + id + ", which has no schema");
    }
    return schema;
  }

  synchronized CompatibilityLevel globalLevel() {
    return globalLevel;
  }

  synchronized void setGlobalLevel(CompatibilityLevel level) {
    globalLevel = level;
    save();
  }

  synchronized CompatibilityLevel ownLevel(String subject) throws RegistryError {
    CompatibilityLevel own = levels.get(subject);
    if (own == null) {
      throw RegistryError.noLevelOfItsOwn(subject);
    }
    return own;
  }

  synchronized CompatibilityLevel level(String subject) {
    return levels.getOrDefault(subject, globalLevel);
  }

  synchronized void setLevel(String subject, CompatibilityLevel level) {
    levels.put(subject, level);
    save();
  }

  static CompatibilityLevel parseLevel(String name) throws RegistryError {
    try {
      return CompatibilityLevel.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw RegistryError.invalidLevel(name);
    }
  }

  private void save() {
    if (file == null) {
      return;
    }
    ObjectNode root = JSON.createObjectNode().put("compatibility", globalLevel.name());
    ObjectNode texts = root.putObject("schemas");
    schemas.forEach((id, schema) -> texts.put(Integer.toString(id), schema.toString()));
    ObjectNode subjects = root.putObject("subjects");
    idsBySubject.forEach((subject, ids) -> ids.forEach(subjects.putArray(subject)::add));
    ObjectNode own = root.putObject("levels");
    levels.forEach((subject, level) -> own.put(subject, level.name()));
    try {
      Path next = file.resolveSibling(file.getFileName() + ".next");
      JSON.writerWithDefaultPrettyPrinter().writeValue(next.toFile(), root);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot keep the schemas in " + file, e);
    }
  }

  private void load(Path from) {
    try {
      JsonNode root = JSON.readTree(from.toFile());
      globalLevel = CompatibilityLevel.valueOf(root.path("compatibility").asText());
      for (Map.Entry<String, JsonNode> entry : root.path("schemas").properties()) {
        int id = Integer.parseInt(entry.getKey());
        Schema schema = new Schema.Parser().parse(entry.getValue().asText());
        schemas.put(id, schema);
        idsByText.put(schema.toString(), id);
      }
      for (Map.Entry<String, JsonNode> entry : root.path("subjects").properties()) {
        List<Integer> ids = new ArrayList<>();
        entry.getValue().forEach(id -> ids.add(id.asInt()));
        idsBySubject.put(entry.getKey(), ids);
      }
      for (Map.Entry<String, JsonNode> entry : root.path("levels").properties()) {
        levels.put(entry.getKey(), CompatibilityLevel.valueOf(entry.getValue().asText()));
      }
    } catch (IOException | IllegalArgumentException | AvroRuntimeException e) {
      throw new UncheckedIOException(
          new IOException(
              from + " is not a schema file of the embedded registry; delete it to start anew", e));
    }
  }
}
