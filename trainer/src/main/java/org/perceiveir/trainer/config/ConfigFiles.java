package org.perceiveir.trainer.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** YAML and JSON files as trees, with the files that they extend. */
final class ConfigFiles {
  private static final String EXTENDS = "extends";
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 16;
  private static final int MAX_CHAIN = 8;
  private static final YAMLFactory FACTORY =
      YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final YAMLMapper YAML =
      YAMLMapper.builder(FACTORY).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private ConfigFiles() {}

  /** The file's tree over those of the files that it extends. */
  static ObjectNode merged(Path file) throws IOException {
    return merged(file.toAbsolutePath().normalize(), file, List.of());
  }

  private static ObjectNode merged(Path path, Path shown, List<Path> above) throws IOException {
    if (above.contains(path) || above.size() >= MAX_CHAIN) {
      throw new ConfigException(
          shown + ": extends leads back to itself, or through more than " + MAX_CHAIN + " files");
    }
    if (!Files.isRegularFile(path)) {
      throw new ConfigException(shown + " is not there: name a YAML or JSON file");
    }
    if (Files.size(path) > MAX_BYTES) {
      throw new ConfigException(shown + " has more than " + MAX_BYTES + " bytes");
    }
    ObjectNode own = parse(String.valueOf(shown), Files.readString(path));
    JsonNode bases = own.remove(EXTENDS);
    if (bases == null || bases.isNull()) {
      return own;
    }
    List<Path> chain = new ArrayList<>(above);
    chain.add(path);
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    for (JsonNode base : bases.isArray() ? bases : List.of(bases)) {
      if (!base.isTextual()) {
        throw new ConfigException(
            shown + ": extends is " + bases + ": it must be a file or a list of files");
      }
      String text = base.textValue();
      put(tree, merged(path.resolveSibling(text).normalize(), shown.resolveSibling(text), chain));
    }
    put(tree, own);
    return tree;
  }

  private static void put(ObjectNode into, ObjectNode over) {
    over.properties()
        .forEach(
            e -> {
              if (e.getValue() instanceof ObjectNode section
                  && into.get(e.getKey()) instanceof ObjectNode there) {
                put(there, section);
              } else {
                into.set(e.getKey(), e.getValue());
              }
            });
  }

  /**
   * The tree of a text.
   *
   * @param name what errors call it
   */
  static ObjectNode parse(String name, String text) {
    JsonNode node;
    try {
      checkShape(name, text);
      node = YAML.readTree(text);
    } catch (JacksonException e) {
      throw new ConfigException(name + " cannot be read: " + firstLine(e), e);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
    // A file with no more than "---" in it is an empty text.
    if (node == null || node.isMissingNode() || isEmpty(node)) {
      return JsonNodeFactory.instance.objectNode();
    }
    if (!(node instanceof ObjectNode object)) {
      throw new ConfigException(name + " must hold keys and values, like 'seed: 1'");
    }
    return object;
  }

  private static boolean isEmpty(JsonNode node) {
    return node.isNull() || (node.isTextual() && node.textValue().isEmpty());
  }

  /** A single value as YAML reads it. */
  static JsonNode value(String text) throws JacksonException {
    return YAML.readTree(text);
  }

  /** A small text can stand for a large tree: it is walked through before one is made of it. */
  private static void checkShape(String name, String text) throws IOException {
    try (YAMLParser parser = FACTORY.createParser(text)) {
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (parser.isCurrentAlias() || parser.getObjectId() != null) {
          throw new ConfigException(
              name
                  + " uses an anchor or an alias (& or *) in line "
                  + parser.currentTokenLocation().getLineNr()
                  + ": write the value out, or put it in quotes");
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (depth > MAX_DEPTH) {
          throw new ConfigException(
              name
                  + " is nested deeper than "
                  + MAX_DEPTH
                  + " levels in line "
                  + parser.currentTokenLocation().getLineNr());
        }
      }
    }
  }

  private static String firstLine(JacksonException e) {
    JsonLocation at = e.getLocation();
    return String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("")
        + (at == null ? "" : " (line " + at.getLineNr() + ")");
  }
}
