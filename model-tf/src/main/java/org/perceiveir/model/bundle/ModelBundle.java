package org.perceiveir.model.bundle;

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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.degradation.DegradationPrototypes;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.model.storage.BundleLabels;
import org.perceiveir.model.storage.DirectoryKind;
import org.perceiveir.model.storage.HashedFile;

/**
 * A trained network in an immutable directory.
 *
 * <pre>
 * model.json            format, name, version, created, preset, training record,
 *                       size and SHA-256 of each file, prototypes of degradations if there are any
 * weights.safetensors   float32, PyTorch names and layouts
 * encoder.safetensors   the frozen encoder of a preset with semantic guidance
 * </pre>
 *
 * <p>{@link #read} reads each file once, hashes the bytes it got and uses those same bytes, so a
 * file that changes underneath cannot slip past the check. It needs a heap of the files' size and a
 * little; {@link #write} needs next to none beside the tensors it is given. Only the files above
 * are opened, and none may be a symbolic link; anything else in the directory (a licence text, a
 * log) is ignored. The version ends in the first eight hex digits of the hash of the weights, with
 * a frozen encoder of both files: two different sets of weights never share a version.
 *
 * <p>Instances are immutable and thread-safe; the tensors' arrays are shared and read only by
 * contract.
 */
public final class ModelBundle {
  /** Name of the description in the directory. */
  public static final String MODEL_FILE = "model.json";

  /** Name of the weights in the directory. */
  public static final String WEIGHTS_FILE = "weights.safetensors";

  /** Name of the frozen encoder's weights in the directory. */
  public static final String ENCODER_FILE = "encoder.safetensors";

  private static final DirectoryKind BUNDLE =
      new DirectoryKind(
          "a",
          "bundle",
          "give a model bundle's directory",
          Set.of(MODEL_FILE, WEIGHTS_FILE, ENCODER_FILE),
          BundleException::new);

  private static final int FORMAT = 1;
  private static final int MAX_WEIGHTS_BYTES = 1 << 30;
  private static final Set<String> KEYS =
      Set.of(
          "format",
          "name",
          "version",
          "created",
          "preset",
          "encoder",
          "training",
          "prototypes",
          "files");

  private static final Set<String> ENCODER_KINDS =
      Set.of(FrozenEncoder.CLIP, FrozenEncoder.CLIP_SPECTRUM, FrozenEncoder.DINOV2);

  private final String name;
  private final String version;
  private final Instant created;
  private final Preset preset;
  private final JsonNode trainingRecord;
  private final String sha256;
  private final Map<String, FloatTensor> weights;
  private final @Nullable FrozenEncoder encoder;
  private final @Nullable DegradationPrototypes prototypes;

  private ModelBundle(
      String name,
      String version,
      Instant created,
      Preset preset,
      JsonNode trainingRecord,
      String sha256,
      Map<String, FloatTensor> weights,
      @Nullable FrozenEncoder encoder,
      @Nullable DegradationPrototypes prototypes) {
    this.name = name;
    this.version = version;
    this.created = created;
    this.preset = preset;
    this.trainingRecord = trainingRecord;
    this.sha256 = sha256;
    this.weights = weights;
    this.encoder = encoder;
    this.prototypes = prototypes;
  }

  /**
   * Reads and checks a bundle.
   *
   * @throws BundleException if the directory is not a whole, unchanged bundle
   * @throws IOException if the disk fails
   */
  public static ModelBundle read(Path directory) throws IOException {
    JsonNode model = BUNDLE.readDescription(directory, MODEL_FILE);
    Fields fields = new Fields(directory, model);
    fields.checkKeys();
    String name = fields.text("name", BundleLabels.NAME);
    Instant created = fields.instant("created");
    JsonNode training = fields.object("training");
    Preset preset;
    try {
      preset = Preset.fromJson(fields.object("preset"));
    } catch (PresetException e) {
      throw new BundleException(directory.resolve(MODEL_FILE) + ": " + e.getMessage(), e);
    }
    boolean guided = preset.sgm() != null;
    fields.checkFiles(guided);
    HashedFile file = fields.file(WEIGHTS_FILE);
    Map<String, FloatTensor> weights =
        BUNDLE.readWeights(directory, WEIGHTS_FILE, file, MODEL_FILE);
    String sha256 = file.sha256();
    FrozenEncoder encoder = null;
    if (guided) {
      HashedFile encoderFile = fields.file(ENCODER_FILE);
      sha256 = HashedFile.sha256Of(file, encoderFile);
      JsonNode described = fields.object("encoder");
      encoder =
          new FrozenEncoder(
              fields.encoderKind(described),
              fields.encoderConfig(described),
              described.path("source").asText(),
              BUNDLE.readWeights(directory, ENCODER_FILE, encoderFile, MODEL_FILE));
    }
    String version = fields.version(sha256);
    return new ModelBundle(
        name,
        version,
        created,
        preset,
        training,
        sha256,
        weights,
        encoder,
        fields.prototypes(preset));
  }

  /**
   * Writes a bundle under a temporary name beside {@code directory} and renames it into place.
   *
   * @param directory where the bundle will be; an empty directory or an older bundle there is
   *     replaced, anything else is refused
   * @param name name of the model: lower-case letters, digits, dots, dashes
   * @param version the version without its hash, for instance {@code 0}
   * @param preset the network
   * @param weights float32 tensors by PyTorch name, all finite
   * @param trainingRecord how the weights came to be, a JSON object
   * @return the bundle as it now stands on disk, with the given tensors and the hashes of what was
   *     written
   * @throws BundleException if the directory holds something else
   * @throws IOException if the disk refuses
   * @throws IllegalArgumentException if name or version are malformed, or the kind of the encoder
   *     unknown
   * @throws SafeTensorsException if a weight is not finite
   */
  public static ModelBundle write(
      Path directory,
      String name,
      String version,
      Preset preset,
      Map<String, FloatTensor> weights,
      JsonNode trainingRecord)
      throws IOException {
    return write(directory, name, version, preset, weights, null, trainingRecord);
  }

  /**
   * Writes a bundle with the frozen encoder that guides its network.
   *
   * @param encoder there exactly when the preset has semantic guidance
   * @see #write(Path, String, String, Preset, Map, JsonNode)
   */
  public static ModelBundle write(
      Path directory,
      String name,
      String version,
      Preset preset,
      Map<String, FloatTensor> weights,
      @Nullable FrozenEncoder encoder,
      JsonNode trainingRecord)
      throws IOException {
    return write(directory, name, version, preset, weights, encoder, trainingRecord, null);
  }

  /**
   * Writes this bundle with prototypes of degradations; weights, name, version and record stay.
   *
   * @param directory as for {@link #write(Path, String, String, Preset, Map, JsonNode)}; may be
   *     where this bundle was read
   * @return the bundle as it now stands on disk
   * @throws IllegalArgumentException if the prototypes have another size than the preset's Z
   * @throws IOException if the disk refuses
   */
  public ModelBundle writeWith(Path directory, DegradationPrototypes labelled) throws IOException {
    return write(
        directory,
        name,
        version.substring(0, version.indexOf('+')),
        preset,
        weights,
        encoder,
        trainingRecord,
        labelled);
  }

  private static ModelBundle write(
      Path directory,
      String name,
      String version,
      Preset preset,
      Map<String, FloatTensor> weights,
      @Nullable FrozenEncoder encoder,
      JsonNode trainingRecord,
      @Nullable DegradationPrototypes prototypes)
      throws IOException {
    if ((preset.sgm() != null) != (encoder != null)) {
      throw new IllegalArgumentException(
          encoder == null
              ? "preset "
                  + preset.name()
                  + " has semantic guidance: its bundle needs the encoder's weights"
              : "preset " + preset.name() + " has no semantic guidance, but got a " + encoder);
    }
    if (!BundleLabels.isName(name)) {
      throw new IllegalArgumentException(
          "bundle name '" + name + "' does not match " + BundleLabels.NAME.pattern());
    }
    if (!BundleLabels.isVersion(version)) {
      throw new IllegalArgumentException(
          "bundle version '" + version + "' does not match " + BundleLabels.VERSION.pattern());
    }
    if (!trainingRecord.isObject()) {
      throw new IllegalArgumentException("the training record must be a JSON object");
    }
    if (prototypes != null) {
      checkFits(prototypes, preset);
    }
    DirectoryKind.checkFinite(weights);
    if (encoder != null) {
      if (!ENCODER_KINDS.contains(encoder.kind())) {
        throw new IllegalArgumentException(
            "encoder kind is "
                + encoder.kind()
                + ", a bundle can hold "
                + new TreeSet<>(ENCODER_KINDS));
      }
      DirectoryKind.checkFinite(encoder.weights());
    }
    return BUNDLE.write(
        directory,
        fresh -> {
          HashedFile own = writeWeights(fresh, WEIGHTS_FILE, weights);
          ObjectNode files = JsonNodeFactory.instance.objectNode();
          own.describe(files.putObject(WEIGHTS_FILE));
          String sha256 = own.sha256();
          if (encoder != null) {
            HashedFile encoderFile = writeWeights(fresh, ENCODER_FILE, encoder.weights());
            encoderFile.describe(files.putObject(ENCODER_FILE));
            sha256 = HashedFile.sha256Of(own, encoderFile);
          }
          ModelBundle bundle =
              new ModelBundle(
                  name,
                  version + BundleLabels.suffix(sha256),
                  Instant.now().truncatedTo(ChronoUnit.SECONDS),
                  preset,
                  trainingRecord.deepCopy(),
                  sha256,
                  Collections.unmodifiableMap(new TreeMap<>(weights)),
                  encoder,
                  prototypes);
          BUNDLE.writeDescription(fresh.resolve(MODEL_FILE), bundle.describe(files));
          return bundle;
        });
  }

  private static void checkFits(DegradationPrototypes prototypes, Preset preset) {
    Preset.Cfe cfe = preset.cfe();
    if (cfe == null || cfe.features() != prototypes.size()) {
      throw new IllegalArgumentException(
          "the prototypes have "
              + prototypes.size()
              + " values, preset "
              + preset.name()
              + (cfe == null
                  ? " has no compact feature extraction to compare them with"
                  : " gives Z of " + cfe.features()));
    }
  }

  private static HashedFile writeWeights(
      Path fresh, String fileName, Map<String, FloatTensor> weights) throws IOException {
    HashedFile file = HashedFile.write(fresh.resolve(fileName), weights);
    if (file.bytes() > MAX_WEIGHTS_BYTES) {
      throw new BundleException(
          fileName + " of " + file.bytes() + " bytes is too large, at most " + MAX_WEIGHTS_BYTES);
    }
    return file;
  }

  private ObjectNode describe(ObjectNode files) {
    ObjectNode model = JsonNodeFactory.instance.objectNode();
    model.put("format", FORMAT);
    model.put("name", name);
    model.put("version", version);
    model.put("created", created.toString());
    model.set("preset", preset.toJson());
    if (encoder != null) {
      ObjectNode described = model.putObject("encoder");
      described.put("kind", encoder.kind()).put("source", encoder.source());
      described.set("config", encoder.config());
    }
    model.set("training", trainingRecord);
    if (prototypes != null) {
      model.set("prototypes", prototypes.toJson());
    }
    model.set("files", files);
    return model;
  }

  /** Name of the model. */
  public String name() {
    return name;
  }

  /** Version, ending in {@code +} and the first eight hex digits of {@link #sha256}. */
  public String version() {
    return version;
  }

  /** When the bundle was written. */
  public Instant created() {
    return created;
  }

  /** The network the weights belong to. */
  public Preset preset() {
    return preset;
  }

  /** The weights by PyTorch name, in PyTorch layout; unmodifiable, sorted by name. */
  public Map<String, FloatTensor> weights() {
    return weights;
  }

  /** The frozen encoder that guides the network; null without semantic guidance. */
  public @Nullable FrozenEncoder encoder() {
    return encoder;
  }

  /** Directions of Z by degradation; null where nobody has gathered them. */
  public @Nullable DegradationPrototypes prototypes() {
    return prototypes;
  }

  /** How the weights came to be: a JSON object, a copy. */
  public JsonNode trainingRecord() {
    return trainingRecord.deepCopy();
  }

  /**
   * SHA-256 of the weights file, 64 hex digits; with a frozen encoder that of both files' hashes.
   */
  public String sha256() {
    return sha256;
  }

  @Override
  public String toString() {
    return name + " " + version;
  }

  /** Typed access to the fields of {@code model.json}. */
  private record Fields(Path directory, JsonNode model) {

    private BundleException wrong(String what) {
      return new BundleException(directory.resolve(MODEL_FILE) + ": " + what);
    }

    void checkKeys() throws BundleException {
      if (!model.isObject()) {
        throw wrong("not a JSON object");
      }
      JsonNode format = model.path("format");
      if (!format.isInt() || format.intValue() != FORMAT) {
        throw wrong(
            "format is "
                + format
                + ", this program reads "
                + FORMAT
                + ": use a bundle or a program of the same generation");
      }
      for (Map.Entry<String, JsonNode> field : model.properties()) {
        if (!KEYS.contains(field.getKey())) {
          throw wrong("unknown key " + field.getKey());
        }
      }
    }

    String text(String key, Pattern pattern) throws BundleException {
      JsonNode node = model.path(key);
      if (!node.isTextual() || !pattern.matcher(node.textValue()).matches()) {
        throw wrong(key + " is " + node + ", expected " + pattern.pattern());
      }
      return node.textValue();
    }

    JsonNode object(String key) throws BundleException {
      JsonNode node = model.path(key);
      if (!node.isObject()) {
        throw wrong(key + " is missing or not a JSON object");
      }
      return node;
    }

    @Nullable DegradationPrototypes prototypes(Preset preset) throws BundleException {
      if (!model.has("prototypes")) {
        return null;
      }
      try {
        DegradationPrototypes read = DegradationPrototypes.fromJson(model.path("prototypes"));
        checkFits(read, preset);
        return read;
      } catch (IllegalArgumentException e) {
        throw new BundleException(
            directory.resolve(MODEL_FILE) + ": prototypes: " + e.getMessage(), e);
      }
    }

    Instant instant(String key) throws BundleException {
      try {
        return Instant.parse(model.path(key).asText());
      } catch (DateTimeException e) {
        throw new BundleException(
            directory.resolve(MODEL_FILE)
                + ": "
                + key
                + " is "
                + model.path(key)
                + ", expected a time such as 2026-01-31T12:00:00Z",
            e);
      }
    }

    String version(String sha256) throws BundleException {
      String version = model.path("version").asText();
      if (!BundleLabels.isVersionOf(version, sha256)) {
        throw wrong(
            "version is "
                + model.path("version")
                + ", expected one that ends in "
                + BundleLabels.suffix(sha256));
      }
      return version;
    }

    void checkFiles(boolean guided) throws BundleException {
      JsonNode files = object("files");
      Set<String> expected = guided ? Set.of(WEIGHTS_FILE, ENCODER_FILE) : Set.of(WEIGHTS_FILE);
      for (Map.Entry<String, JsonNode> field : files.properties()) {
        if (!expected.contains(field.getKey())) {
          throw wrong(
              "files lists '"
                  + field.getKey()
                  + "', a bundle "
                  + (guided ? "with" : "without")
                  + " semantic guidance has only "
                  + new TreeSet<>(expected)
                  + " there");
        }
      }
      if (guided != model.has("encoder")) {
        throw wrong(
            guided
                ? "preset.sgm asks for a frozen encoder, but encoder is missing"
                : "encoder is given, but the preset has no sgm that would use it");
      }
    }

    HashedFile file(String name) throws BundleException {
      JsonNode file = object("files").path(name);
      JsonNode bytes = file.path("bytes");
      JsonNode sha = file.path("sha256");
      if (!bytes.isIntegralNumber()
          || !bytes.canConvertToLong()
          || bytes.longValue() < 0
          || bytes.longValue() > MAX_WEIGHTS_BYTES
          || !sha.isTextual()) {
        throw wrong(
            "files."
                + name
                + " needs bytes from 0 to "
                + MAX_WEIGHTS_BYTES
                + " and sha256, got "
                + file);
      }
      return new HashedFile(bytes.longValue(), sha.textValue());
    }

    String encoderKind(JsonNode described) throws BundleException {
      String kind = described.path("kind").asText();
      if (!ENCODER_KINDS.contains(kind)) {
        throw wrong(
            "encoder.kind is "
                + described.path("kind")
                + ", known are "
                + new TreeSet<>(ENCODER_KINDS));
      }
      return kind;
    }

    ObjectNode encoderConfig(JsonNode described) throws BundleException {
      if (described.path("config") instanceof ObjectNode config) {
        return config;
      }
      throw wrong("encoder.config is missing or not a JSON object");
    }
  }
}
