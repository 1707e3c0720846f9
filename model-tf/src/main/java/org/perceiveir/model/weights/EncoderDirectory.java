package org.perceiveir.model.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.model.safetensors.SafeTensorsWriter;

/**
 * A frozen encoder in an immutable directory, as {@code ./perceive model import} leaves it.
 *
 * <pre>
 * encoder.json          format, kind, config, source and its SHA-256, parameters,
 *                       size and SHA-256 of the weights
 * weights.safetensors   float32, the project's names, PyTorch layouts
 * </pre>
 *
 * <p>{@link #read} reads the weights once, hashes what it read and hands out nothing of it unless
 * the hash is right. It needs a heap of the file's size and a little: 0.6 GB for CLIP ViT-B/32.
 */
public final class EncoderDirectory {
  /** Name of the description in the directory. */
  public static final String ENCODER_FILE = "encoder.json";

  /** Name of the weights in the directory. */
  public static final String WEIGHTS_FILE = "weights.safetensors";

  private static final int FORMAT = 1;
  private static final int MAX_JSON_BYTES = 1 << 20;
  private static final Set<String> FILES = Set.of(ENCODER_FILE, WEIGHTS_FILE);
  private static final Set<String> KEYS =
      Set.of("format", "kind", "config", "source", "parameters", "weights");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final int MAX_SOURCE_LENGTH = 255;

  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(32).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final RecognisedWeights recognised;
  private final Source source;
  private final String sha256;

  private EncoderDirectory(RecognisedWeights recognised, Source source, String sha256) {
    this.recognised = recognised;
    this.source = source;
    this.sha256 = sha256;
  }

  /**
   * The file that an encoder was imported from.
   *
   * @param file its name, without directories
   * @param sha256 of its bytes, 64 hex digits
   */
  public record Source(String file, String sha256) {
    /**
     * Checks both.
     *
     * @throws IllegalArgumentException if the name is empty or too long, or the hash is none
     */
    public Source {
      if (file.isBlank() || file.length() > MAX_SOURCE_LENGTH) {
        throw new IllegalArgumentException(
            "source file '"
                + file
                + "' must be a name of 1 to "
                + MAX_SOURCE_LENGTH
                + " characters");
      }
      if (!SHA256.matcher(sha256).matches()) {
        throw new IllegalArgumentException("SHA-256 '" + sha256 + "' is not 64 hex digits");
      }
    }
  }

  /**
   * Reads and checks an encoder.
   *
   * @throws EncoderException if the directory is not a whole, unchanged encoder
   * @throws IOException if the disk fails
   */
  public static EncoderDirectory read(Path directory) throws IOException {
    Path described = directory.resolve(ENCODER_FILE);
    byte[] bytes;
    try (InputStream in = open(directory, ENCODER_FILE)) {
      bytes = in.readNBytes(MAX_JSON_BYTES + 1);
    }
    if (bytes.length > MAX_JSON_BYTES) {
      throw new EncoderException(described + " has more than " + MAX_JSON_BYTES + " bytes");
    }
    JsonNode json;
    try {
      json = JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new EncoderException(described + " is not valid JSON: " + e.getOriginalMessage(), e);
    }
    checkKeys(described, json, KEYS, "");
    if (!json.path("format").isInt() || json.path("format").intValue() != FORMAT) {
      throw new EncoderException(
          described
              + ": format is "
              + json.path("format")
              + ", this program reads "
              + FORMAT
              + ": import the weights again with ./perceive model import");
    }
    PublicWeights.Kind kind = kind(described, json.path("kind"));
    if (!(json.path("config") instanceof ObjectNode config)) {
      throw new EncoderException(described + ": config is missing or not a JSON object");
    }
    checkKeys(described, json.path("source"), Set.of("file", "sha256"), "source.");
    checkKeys(described, json.path("weights"), Set.of("bytes", "sha256"), "weights.");
    Source source;
    try {
      source =
          new Source(
              json.path("source").path("file").asText(),
              json.path("source").path("sha256").asText());
    } catch (IllegalArgumentException e) {
      throw new EncoderException(described + ": " + e.getMessage(), e);
    }
    Map<String, FloatTensor> weights = weights(directory, json.path("weights"));
    RecognisedWeights recognised = new RecognisedWeights(kind, config, weights);
    if (json.path("parameters").asLong(-1) != recognised.parameters()) {
      throw new EncoderException(
          described
              + ": parameters is "
              + json.path("parameters")
              + ", the weights have "
              + recognised.parameters());
    }
    return new EncoderDirectory(recognised, source, json.path("weights").path("sha256").asText());
  }

  private static Map<String, FloatTensor> weights(Path directory, JsonNode promised)
      throws IOException {
    Path path = directory.resolve(WEIGHTS_FILE);
    MessageDigest digest = newDigest();
    SafeTensors.Floats read;
    try (InputStream in = new DigestInputStream(open(directory, WEIGHTS_FILE), digest)) {
      read = SafeTensors.readFloats(in, promised.path("bytes").asLong(-1));
    } catch (SafeTensorsException e) {
      throw damaged(path, promised, String.valueOf(e.getMessage()), e);
    }
    String found = HexFormat.of().formatHex(digest.digest());
    if (!found.equals(promised.path("sha256").asText())) {
      throw damaged(path, promised, "it has SHA-256 " + found, null);
    }
    if (!read.others().isEmpty()) {
      throw new EncoderException(path + ": tensors " + read.others() + " are no floats");
    }
    return read.tensors();
  }

  private static EncoderException damaged(
      Path path, JsonNode promised, String why, @Nullable Throwable cause) {
    return new EncoderException(
        path
            + " is not the file of "
            + promised.path("bytes")
            + " bytes with SHA-256 "
            + promised.path("sha256").asText()
            + " that "
            + ENCODER_FILE
            + " promises ("
            + why
            + "): it is damaged, import the weights again",
        cause);
  }

  private static InputStream open(Path directory, String file) throws IOException {
    Path path = directory.resolve(file);
    if (Files.isSymbolicLink(path)) {
      throw new EncoderException(path + " is a symbolic link: an encoder holds its files itself");
    }
    try {
      return Channels.newInputStream(
          Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
    } catch (NoSuchFileException e) {
      throw new EncoderException(
          directory
              + " is no encoder: it has no "
              + file
              + "; make one with ./perceive model import",
          e);
    }
  }

  private static void checkKeys(Path path, JsonNode json, Set<String> keys, String prefix)
      throws EncoderException {
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!keys.contains(field.getKey())) {
        throw new EncoderException(path + ": unknown key " + prefix + field.getKey());
      }
    }
    for (String key : new TreeSet<>(keys)) {
      if (!json.has(key)) {
        throw new EncoderException(path + ": " + prefix + key + " is missing");
      }
    }
  }

  private static PublicWeights.Kind kind(Path path, JsonNode id) throws EncoderException {
    for (PublicWeights.Kind kind : PublicWeights.Kind.values()) {
      if (!kind.restores() && kind.id().equals(id.asText())) {
        return kind;
      }
    }
    throw new EncoderException(
        path + ": kind is " + id + ", expected clip, dinov2 or vgg16; restorers are model bundles");
  }

  /**
   * Writes an encoder under a temporary name beside {@code directory} and renames it into place.
   *
   * @param directory where it will be; an empty directory or an older encoder there is replaced,
   *     anything else is refused
   * @param recognised the weights, of a kind that does not restore
   * @return the encoder that now stands on disk
   * @throws EncoderException if the directory holds something else
   * @throws IOException if the disk refuses
   * @throws IllegalArgumentException if the kind restores
   */
  public static EncoderDirectory write(Path directory, RecognisedWeights recognised, Source source)
      throws IOException {
    if (recognised.kind().restores()) {
      throw new IllegalArgumentException(
          "kind " + recognised.kind().id() + " restores: it is kept as a model bundle");
    }
    checkReplaceable(directory);
    Path target = directory.toAbsolutePath().normalize();
    Path parent = target.getParent();
    if (parent == null) {
      throw new EncoderException(directory + " cannot be an encoder: it has no parent directory");
    }
    Files.createDirectories(parent);
    Path fresh = Files.createTempDirectory(parent, ".encoder");
    try {
      try {
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
      } catch (UnsupportedOperationException e) {
        // A file system without POSIX permissions needs none.
      }
      MessageDigest digest = newDigest();
      long bytes;
      try (OutputStream file =
          new DigestOutputStream(
              Files.newOutputStream(fresh.resolve(WEIGHTS_FILE), StandardOpenOption.CREATE_NEW),
              digest)) {
        bytes = SafeTensorsWriter.write(file, recognised.weights(), Map.of());
      }
      String sha256 = HexFormat.of().formatHex(digest.digest());
      Files.write(
          fresh.resolve(ENCODER_FILE),
          (JSON.writeValueAsString(describe(recognised, source, bytes, sha256)) + "\n")
              .getBytes(StandardCharsets.UTF_8),
          StandardOpenOption.CREATE_NEW);
      moveIntoPlace(fresh, target, parent);
      return new EncoderDirectory(recognised, source, sha256);
    } finally {
      deleteFiles(fresh);
    }
  }

  private static ObjectNode describe(
      RecognisedWeights recognised, Source source, long bytes, String sha256) {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT);
    json.put("kind", recognised.kind().id());
    json.set("config", recognised.config());
    json.put("parameters", recognised.parameters());
    json.putObject("source").put("file", source.file()).put("sha256", source.sha256());
    json.putObject("weights").put("bytes", bytes).put("sha256", sha256);
    return json;
  }

  /**
   * Refuses a place where something other than an encoder lies; for before a long import.
   *
   * @throws EncoderException naming what lies there
   * @throws IOException if the disk fails
   */
  public static void checkReplaceable(Path directory) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new EncoderException(
          directory + " exists and is not a directory: choose another place for the encoder");
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName());
        if (!FILES.contains(name)) {
          throw new EncoderException(
              directory
                  + " holds "
                  + name
                  + ", which is not part of an encoder: choose another directory");
        }
      }
    }
  }

  private static void moveIntoPlace(Path fresh, Path target, Path parent) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    Path old = Files.createTempDirectory(parent, ".encoder-old");
    // A rename onto an empty directory is atomic, so the old encoder leaves in one step.
    Files.move(target, old, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try {
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      throw e;
    }
    deleteFiles(old);
  }

  private static void deleteFiles(Path directory) throws IOException {
    for (String file : FILES) {
      Files.deleteIfExists(directory.resolve(file));
    }
    Files.deleteIfExists(directory);
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** What network it is. */
  public PublicWeights.Kind kind() {
    return recognised.kind();
  }

  /** The network's sizes, a copy. */
  public ObjectNode config() {
    return recognised.config().deepCopy();
  }

  /** The weights by name, in PyTorch's layout; unmodifiable. */
  public Map<String, FloatTensor> weights() {
    return recognised.weights();
  }

  /** Number of parameters. */
  public long parameters() {
    return recognised.parameters();
  }

  /** The file that it was imported from. */
  public Source source() {
    return source;
  }

  /** SHA-256 of the weights file, 64 hex digits. */
  public String sha256() {
    return sha256;
  }
}
