package org.perceiveir.model.perceiver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.model.storage.BundleLabels;
import org.perceiveir.model.storage.DirectoryKind;
import org.perceiveir.model.storage.HashedFile;

/**
 * A quality perceiver in an immutable directory.
 *
 * <pre>
 * perceiver.json        format, name, version, created, tiers, excellent, logitScale, views, clip,
 *                       encoder, rule, training record, size and SHA-256 of the weights
 * weights.safetensors   float32, PyTorch layouts:
 *                         visual...       the image encoder, OpenAI's names
 *                         text_features   (tiers, embedDim)
 *                         context         (tiers, N, textWidth), where context was learned
 * </pre>
 *
 * <p>Prompts do not change after stage 1, so their features are all that is left of the text
 * encoder, which no one needs any more. The context vectors are a record: with the same text
 * encoder they give the features again. The version ends in the first eight hex digits of the hash
 * of the weights. {@link #read} hashes the bytes that it uses.
 *
 * <p>Instances are immutable and thread-safe; the tensors' arrays are shared and read only by
 * contract.
 */
public final class PerceiverBundle {
  /** Name of the description in the directory. */
  public static final String PERCEIVER_FILE = "perceiver.json";

  /** Name of the weights in the directory. */
  public static final String WEIGHTS_FILE = "weights.safetensors";

  /** Name of the tiers' text features among the weights. */
  public static final String TEXT_FEATURES = "text_features";

  /** Name of the learned context vectors among the weights. */
  public static final String CONTEXT = "context";

  private static final DirectoryKind PERCEIVER =
      new DirectoryKind(
          "a",
          "perceiver",
          "make one with ./perceive train prompts",
          Set.of(PERCEIVER_FILE, WEIGHTS_FILE),
          PerceiverException::new);

  private static final int FORMAT = 1;
  private static final long MAX_WEIGHTS_BYTES = 1L << 30;
  private static final Set<String> KEYS =
      Set.of(
          "format",
          "name",
          "version",
          "created",
          "tiers",
          "excellent",
          "logitScale",
          "views",
          "clip",
          "encoder",
          "rule",
          "training",
          "weights");

  private final String name;
  private final String version;
  private final Instant created;
  private final PerceiverForm form;
  private final JsonNode trainingRecord;
  private final String sha256;
  private final Map<String, FloatTensor> weights;
  private final Optional<FloatTensor> context;

  private PerceiverBundle(
      String name,
      String version,
      Instant created,
      PerceiverForm form,
      JsonNode trainingRecord,
      String sha256,
      Map<String, FloatTensor> all) {
    this.name = name;
    this.version = version;
    this.created = created;
    this.form = form;
    this.trainingRecord = trainingRecord;
    this.sha256 = sha256;
    Map<String, FloatTensor> served = new TreeMap<>(all);
    this.context = Optional.ofNullable(served.remove(CONTEXT));
    this.weights = Collections.unmodifiableMap(served);
  }

  /**
   * Reads and checks a perceiver; whether its tensors fit is checked where they are used.
   *
   * @throws PerceiverException if the directory is not a whole, unchanged perceiver
   * @throws IOException if the disk fails
   */
  public static PerceiverBundle read(Path directory) throws IOException {
    Path file = directory.resolve(PERCEIVER_FILE);
    JsonNode json = PERCEIVER.readDescription(directory, PERCEIVER_FILE);
    checkKeys(file, json);
    PerceiverForm form;
    try {
      form = PerceiverForm.fromJson(json);
    } catch (PresetException e) {
      throw new PerceiverException(file + ": " + e.getMessage(), e);
    }
    JsonNode promised = json.path("weights");
    long bytes = promised.path("bytes").asLong(-1);
    if (bytes < 0 || bytes > MAX_WEIGHTS_BYTES || !promised.path("sha256").isTextual()) {
      throw new PerceiverException(
          file + ": weights needs bytes from 0 to " + MAX_WEIGHTS_BYTES + " and sha256");
    }
    HashedFile hashed = new HashedFile(bytes, promised.path("sha256").textValue());
    Map<String, FloatTensor> weights =
        PERCEIVER.readWeights(directory, WEIGHTS_FILE, hashed, PERCEIVER_FILE);
    return new PerceiverBundle(
        text(file, json, "name", BundleLabels.NAME),
        version(file, json, hashed.sha256()),
        created(file, json),
        form,
        json.path("training"),
        hashed.sha256(),
        weights);
  }

  private static void checkKeys(Path file, JsonNode json) throws PerceiverException {
    if (!json.path("format").isInt() || json.path("format").intValue() != FORMAT) {
      throw new PerceiverException(
          file
              + ": format is "
              + json.path("format")
              + ", this program reads "
              + FORMAT
              + ": use a perceiver or a program of the same generation");
    }
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!KEYS.contains(field.getKey())) {
        throw new PerceiverException(file + ": unknown key " + field.getKey());
      }
    }
    for (String key : new TreeSet<>(KEYS)) {
      if (!json.has(key)) {
        throw new PerceiverException(file + ": " + key + " is missing");
      }
    }
    if (!json.path("training").isObject()) {
      throw new PerceiverException(file + ": training is not a JSON object");
    }
  }

  private static String text(Path file, JsonNode json, String key, Pattern pattern)
      throws PerceiverException {
    if (!pattern.matcher(json.path(key).asText()).matches()) {
      throw new PerceiverException(
          file + ": " + key + " is " + json.path(key) + ", expected " + pattern.pattern());
    }
    return json.path(key).asText();
  }

  private static Instant created(Path file, JsonNode json) throws PerceiverException {
    try {
      return Instant.parse(json.path("created").asText());
    } catch (DateTimeException e) {
      throw new PerceiverException(
          file
              + ": created is "
              + json.path("created")
              + ", expected a time such as 2026-01-31T12:00:00Z",
          e);
    }
  }

  private static String version(Path file, JsonNode json, String sha256) throws PerceiverException {
    String version = json.path("version").asText();
    if (!BundleLabels.isVersionOf(version, sha256)) {
      throw new PerceiverException(
          file
              + ": version is "
              + json.path("version")
              + ", expected one that ends in "
              + BundleLabels.suffix(sha256));
    }
    return version;
  }

  /**
   * Writes a perceiver under a temporary name beside {@code directory} and renames it into place.
   *
   * @param directory where it will be; an empty directory or an older perceiver there is replaced,
   *     anything else is refused
   * @param name name of the perceiver: lower-case letters, digits, dots, dashes
   * @param version the version without its hash, for instance {@code 0}
   * @param weights the image encoder's, {@link #TEXT_FEATURES} and, where it was learned, {@link
   *     #CONTEXT}
   * @param trainingRecord how the weights came to be, a JSON object
   * @return the perceiver as it now stands on disk
   * @throws PerceiverException if the directory holds something else
   * @throws IOException if the disk refuses
   * @throws IllegalArgumentException if name or version are malformed
   * @throws SafeTensorsException if a weight is not finite
   */
  public static PerceiverBundle write(
      Path directory,
      String name,
      String version,
      PerceiverForm form,
      Map<String, FloatTensor> weights,
      ObjectNode trainingRecord)
      throws IOException {
    checkName(name);
    if (!BundleLabels.isVersion(version)) {
      throw new IllegalArgumentException(
          "perceiver version '" + version + "' does not match " + BundleLabels.VERSION.pattern());
    }
    DirectoryKind.checkFinite(weights);
    return PERCEIVER.write(
        directory,
        fresh -> {
          HashedFile file = HashedFile.write(fresh.resolve(WEIGHTS_FILE), weights);
          if (file.bytes() > MAX_WEIGHTS_BYTES) {
            throw new PerceiverException(
                WEIGHTS_FILE + " of " + file.bytes() + " bytes, at most " + MAX_WEIGHTS_BYTES);
          }
          PerceiverBundle bundle =
              new PerceiverBundle(
                  name,
                  version + BundleLabels.suffix(file.sha256()),
                  Instant.now().truncatedTo(ChronoUnit.SECONDS),
                  form,
                  trainingRecord.deepCopy(),
                  file.sha256(),
                  weights);
          PERCEIVER.writeDescription(fresh.resolve(PERCEIVER_FILE), bundle.describe(file));
          return bundle;
        });
  }

  private ObjectNode describe(HashedFile file) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("format", FORMAT);
    json.put("name", name);
    json.put("version", version);
    json.put("created", created.toString());
    form.describe(json);
    json.set("training", trainingRecord);
    file.describe(json.putObject("weights"));
    return json;
  }

  /**
   * Refuses a place where something other than a perceiver lies; for before a long training.
   *
   * @throws PerceiverException naming what lies there
   * @throws IOException if the disk fails
   */
  public static void checkReplaceable(Path directory) throws IOException {
    PERCEIVER.checkReplaceable(directory);
  }

  /** Name of the perceiver. */
  public String name() {
    return name;
  }

  /** Version, ending in {@code +} and the first eight hex digits of {@link #sha256}. */
  public String version() {
    return version;
  }

  /** When it was written. */
  public Instant created() {
    return created;
  }

  /** What it is, but for its numbers. */
  public PerceiverForm form() {
    return form;
  }

  /** How the weights came to be: a JSON object, a copy. */
  public JsonNode trainingRecord() {
    return trainingRecord.deepCopy();
  }

  /** SHA-256 of the weights file, 64 hex digits. */
  public String sha256() {
    return sha256;
  }

  /** What a {@link Perceiver} needs, by name, in PyTorch layout; unmodifiable. */
  public Map<String, FloatTensor> weights() {
    return weights;
  }

  /**
   * Checks the name of a bundle; for before a long training, too.
   *
   * @throws IllegalArgumentException if it does not match {@code [a-z0-9][a-z0-9._-]{0,63}}
   */
  public static void checkName(String name) {
    if (!BundleLabels.isName(name)) {
      throw new IllegalArgumentException(
          "perceiver name '" + name + "' does not match " + BundleLabels.NAME.pattern());
    }
  }

  /** The learned context vectors, {@code (tiers, N, textWidth)}; empty where none were learned. */
  public Optional<FloatTensor> context() {
    return context;
  }

  /** The image encoder, for semantic guidance (eq. 5). */
  public FrozenEncoder encoder() {
    Map<String, FloatTensor> image = new TreeMap<>(weights);
    image.keySet().removeIf(tensor -> !tensor.startsWith(ClipImageEncoder.PREFIX));
    return new FrozenEncoder(
        form.views().spectrum() ? FrozenEncoder.CLIP_SPECTRUM : FrozenEncoder.CLIP,
        form.clip().toJson(),
        "perceiver " + name + " " + version,
        image);
  }

  @Override
  public String toString() {
    return name + " " + version;
  }
}
