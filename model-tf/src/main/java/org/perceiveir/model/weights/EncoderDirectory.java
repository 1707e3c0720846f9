package org.perceiveir.model.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.model.storage.DirectoryKind;
import org.perceiveir.model.storage.HashedFile;
import org.perceiveir.model.storage.OtherContentException;

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
  private static final DirectoryKind ENCODER =
      new DirectoryKind(
          "an",
          "encoder",
          "make one with ./perceive model import",
          Set.of(ENCODER_FILE, WEIGHTS_FILE),
          EncoderException::new);
  private static final Set<String> KEYS =
      Set.of("format", "kind", "config", "source", "parameters", "weights");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final int MAX_SOURCE_LENGTH = 255;

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
    JsonNode json = ENCODER.readDescription(directory, ENCODER_FILE);
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
    HashedFile promised =
        new HashedFile(
            json.path("weights").path("bytes").asLong(-1),
            json.path("weights").path("sha256").asText());
    Map<String, FloatTensor> weights = weights(directory, promised);
    RecognisedWeights recognised = new RecognisedWeights(kind, config, weights);
    if (json.path("parameters").asLong(-1) != recognised.parameters()) {
      throw new EncoderException(
          described
              + ": parameters is "
              + json.path("parameters")
              + ", the weights have "
              + recognised.parameters());
    }
    return new EncoderDirectory(recognised, source, promised.sha256());
  }

  private static Map<String, FloatTensor> weights(Path directory, HashedFile promised)
      throws IOException {
    Path path = directory.resolve(WEIGHTS_FILE);
    try {
      return promised.readTensors(ENCODER.open(directory, WEIGHTS_FILE));
    } catch (OtherContentException e) {
      throw new EncoderException(
          path
              + " is not the file of "
              + promised.bytes()
              + " bytes with SHA-256 "
              + promised.sha256()
              + " that "
              + ENCODER_FILE
              + " promises (it "
              + e.getMessage()
              + "): it is damaged, import the weights again",
          e);
    } catch (SafeTensorsException e) {
      throw new EncoderException(path + ": " + e.getMessage(), e);
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
        path
            + ": kind is "
            + id
            + ", expected clip, dinov2, vgg16 or alexnet; restorers are model bundles");
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
    return ENCODER.write(
        directory,
        fresh -> {
          HashedFile file = HashedFile.write(fresh.resolve(WEIGHTS_FILE), recognised.weights());
          ENCODER.writeDescription(fresh.resolve(ENCODER_FILE), describe(recognised, source, file));
          return new EncoderDirectory(recognised, source, file.sha256());
        });
  }

  private static ObjectNode describe(RecognisedWeights recognised, Source source, HashedFile file) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("format", FORMAT);
    json.put("kind", recognised.kind().id());
    json.set("config", recognised.config());
    json.put("parameters", recognised.parameters());
    json.putObject("source").put("file", source.file()).put("sha256", source.sha256());
    file.describe(json.putObject("weights"));
    return json;
  }

  /**
   * Refuses a place where something other than an encoder lies; for before a long import.
   *
   * @throws EncoderException naming what lies there
   * @throws IOException if the disk fails
   */
  public static void checkReplaceable(Path directory) throws IOException {
    ENCODER.checkReplaceable(directory);
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
