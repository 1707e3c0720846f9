package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.perceiveir.schemas.serde.ConfluentAvroConfig;

/**
 * The configuration of the service, checked when it is read.
 *
 * <p>Every key stands once in {@link #definition()}, with type, default, limit, importance and
 * text; {@code docs/configuration.md} is generated from it. Two prefixes pass settings on: {@code
 * kafka.X} sets {@code X} on Kafka Streams and its clients, {@code schema.registry.X} sets {@code
 * X} on the serde (except {@code schema.registry.url}, which is the serde's own name). Any other
 * unknown key is an error that names the nearest known one. A value may stand elsewhere: {@link
 * References}.
 */
public final class ServiceConfig {
  /** Prefix of settings for Kafka Streams and its clients. */
  public static final String KAFKA_PREFIX = "kafka.";

  /** Prefix of settings for the serde. */
  public static final String REGISTRY_PREFIX = "schema.registry.";

  /** Prefix of environment variables: {@code PERCEIVE_STREAMS_TOPIC_INPUT} sets topic.input. */
  public static final String ENVIRONMENT_PREFIX = "PERCEIVE_STREAMS_";

  public static final String BOOTSTRAP_SERVERS = "kafka.bootstrap.servers";
  public static final String REGISTRY_URL = "schema.registry.url";
  public static final String APPLICATION_ID = "application.id";
  public static final String BUNDLE = "bundle";
  public static final String DEVICE = "device";
  public static final String TOPIC_INPUT = "topic.input";
  public static final String TOPIC_RESTORED = "topic.restored";
  public static final String TOPIC_TELEMETRY = "topic.telemetry";
  public static final String TOPIC_DEAD_LETTER = "topic.dead.letter";
  public static final String TOPICS_PARTITIONS = "topics.partitions";
  public static final String TOPICS_REPLICATION = "topics.replication.factor";
  public static final String FRAMES_RETENTION_MS = "frames.retention.ms";
  public static final String FRAMES_RETENTION_BYTES = "frames.retention.bytes";
  public static final String RECORDS_RETENTION_MS = "records.retention.ms";
  public static final String RECORDS_RETENTION_BYTES = "records.retention.bytes";
  public static final String STREAM_THREADS = "stream.threads";
  public static final String PROCESSING_GUARANTEE = "processing.guarantee";
  public static final String BATCH_MODE = "batch.mode";
  public static final String BATCH_MAX_SIZE = "batch.max.size";
  public static final String BATCH_MAX_DELAY_MS = "batch.max.delay.ms";
  public static final String FRAME_MAX_AGE_MS = "frame.max.age.ms";
  public static final String FRAME_MAX_CLOCK_SKEW_MS = "frame.max.clock.skew.ms";
  public static final String ON_SHED = "on.shed";
  public static final String BOOKS_AUDIT_INTERVAL_MS = "books.audit.interval.ms";
  public static final String OUTPUT_ENCODING = "output.encoding";
  public static final String ON_RESTORE_ERROR = "on.restore.error";
  public static final String FRAME_MAX_BYTES = "frame.max.bytes";
  public static final String DECODE_MAX_WIDTH = "decode.max.width";
  public static final String DECODE_MAX_HEIGHT = "decode.max.height";
  public static final String DECODE_MAX_PIXELS = "decode.max.pixels";
  public static final String DECODE_MAX_SCANS = "decode.max.scans";
  public static final String WARMUP_FRAME_SIZE = "warmup.frame.size";
  public static final String WARMUP_FRAMES = "warmup.frames";

  /** What a record may carry beside the encoded pixels: identity, attributes, headers, stack. */
  private static final int ENVELOPE_BYTES = 512 * 1024;

  private static final int MEBIBYTE = 1 << 20;

  private static final String KEEPS_BOOKS =
      "leave it out: a handler that goes on after an error would lose frames without a trace";

  private static final String KEEPS_BARRIER =
      "leave it out: commits wait for frames in work through that cache, and without it every batch"
          + " has one frame";

  /** Settings that the service decides itself, with the key that takes their place. */
  private static final Map<String, String> OWNED =
      Map.ofEntries(
          Map.entry("application.id", "set " + APPLICATION_ID + " instead"),
          Map.entry("num.stream.threads", "set " + STREAM_THREADS + " instead"),
          Map.entry("processing.guarantee", "set " + PROCESSING_GUARANTEE + " instead"),
          Map.entry("isolation.level", "leave it out: the service always reads committed records"),
          Map.entry("enable.idempotence", "leave it out: the service always produces idempotently"),
          Map.entry("acks", "leave it out: the service always waits for all replicas"),
          Map.entry("transactional.id", "leave it out: Kafka Streams names its transactions"),
          Map.entry("statestore.cache.max.bytes", KEEPS_BARRIER),
          Map.entry("cache.max.bytes.buffering", KEEPS_BARRIER),
          Map.entry("processing.exception.handler", KEEPS_BOOKS),
          Map.entry("production.exception.handler", KEEPS_BOOKS),
          Map.entry("deserialization.exception.handler", KEEPS_BOOKS),
          Map.entry(
              "errors.dead.letter.queue.topic.name", "set " + TOPIC_DEAD_LETTER + " instead"));

  private static final Pattern SECRET =
      Pattern.compile("password|secret|jaas|auth|token|credential|key$", Pattern.CASE_INSENSITIVE);

  private static final String HIDDEN = "(hidden)";

  private static final ConfigDef DEFINITION = define();

  private final ConfigValues values;
  private final Map<String, String> kafka;
  private final Map<String, String> registry;
  private final TierSettings tiers;
  private final AggregatesSettings aggregates;
  private final AlertSettings alerts;

  /** Made once: all networks of a service share one memory budget. */
  private final RestoreSettings restore;

  private final PayloadSettings payload;
  private final DeviceSettings devices;
  private final ModelControlSettings modelControl;
  private final LivePageSettings livePage;

  private ServiceConfig(
      ConfigValues values, Map<String, String> kafka, Map<String, String> registry) {
    this.values = values;
    this.kafka = kafka;
    this.registry = registry;
    this.tiers = TierSettings.of(values);
    this.aggregates = AggregatesSettings.of(values);
    this.alerts = AlertSettings.of(values);
    this.restore = RestoreSettings.of(values);
    this.payload = PayloadSettings.of(values);
    this.devices = DeviceSettings.of(values);
    this.modelControl = ModelControlSettings.of(values);
    this.livePage = LivePageSettings.of(values);
  }

  /** The definition of every key. */
  public static ConfigDef definition() {
    return new ConfigDef(DEFINITION);
  }

  private static ConfigDef define() {
    ConfigDef definition = frames();
    DeviceSettings.define(definition);
    TierSettings.define(definition);
    HttpSettings.define(definition);
    MetricsSettings.define(definition);
    AggregatesSettings.define(definition);
    AlertSettings.define(definition);
    RestoreSettings.define(definition);
    PayloadSettings.define(definition);
    ModelControlSettings.define(definition);
    LivePageSettings.define(definition);
    return definition;
  }

  /** Topics, clients, batches, frames; what is not a section of its own. */
  private static ConfigDef frames() {
    return new ConfigDef()
        .define(
            BOOTSTRAP_SERVERS,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            KeyRules.filled(),
            HIGH,
            "Brokers to start from, host:port separated by commas. Every other kafka.X passes X to"
                + " Kafka Streams and its clients, for instance kafka.security.protocol.")
        .define(
            REGISTRY_URL,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            KeyRules.filled(),
            HIGH,
            "Schema registry, one or more URLs separated by commas. Every other schema.registry.X"
                + " passes X to the serde, for instance"
                + " schema.registry.auto.register.schemas=false.")
        .define(
            APPLICATION_ID,
            ConfigDef.Type.STRING,
            "perceive-streams",
            KeyRules.matching("[A-Za-z0-9._-]{1,200}", "letters, digits, '.', '_' and '-' only"),
            HIGH,
            "Name of the service in Kafka: its consumer group and the prefix of its transactions."
                + " Instances with one name share the work.")
        .define(
            BUNDLE,
            ConfigDef.Type.STRING,
            "",
            HIGH,
            "Directory of the model bundle (model.json and weights.safetensors). Needed to run,"
                + " not to create topics or publish.")
        .define(
            TOPIC_INPUT,
            ConfigDef.Type.STRING,
            "frames.degraded",
            KeyRules.topicName(),
            HIGH,
            "Topic of the degraded frames.")
        .define(
            TOPIC_RESTORED,
            ConfigDef.Type.STRING,
            "frames.restored",
            KeyRules.topicName(),
            HIGH,
            "Topic of the restored frames.")
        .define(
            TOPIC_TELEMETRY,
            ConfigDef.Type.STRING,
            "telemetry.frames",
            KeyRules.topicName(),
            MEDIUM,
            "Topic of the telemetry, one record for each input record.")
        .define(
            TOPIC_DEAD_LETTER,
            ConfigDef.Type.STRING,
            "frames.dead-letter",
            KeyRules.topicName(),
            MEDIUM,
            "Topic of the input records that could not be read or restored, with the reason.")
        .define(
            TOPICS_PARTITIONS,
            ConfigDef.Type.INT,
            4,
            ConfigDef.Range.between(1, 10_000),
            MEDIUM,
            "Partitions of each topic that 'topics create' makes. A source always uses one"
                + " partition; more partitions let more threads and instances work.")
        .define(
            TOPICS_REPLICATION,
            ConfigDef.Type.SHORT,
            (short) -1,
            ConfigDef.LambdaValidator.with(
                (name, value) -> {
                  short factor = (Short) Objects.requireNonNull(value);
                  if (factor != -1 && factor < 1) {
                    throw new ConfigException(name, value, "not allowed");
                  }
                },
                () -> "-1 or at least 1"),
            MEDIUM,
            "Replicas of each topic that 'topics create' makes; -1 takes the broker's default.")
        .define(
            FRAMES_RETENTION_MS,
            ConfigDef.Type.LONG,
            Duration.ofHours(24).toMillis(),
            KeyRules.retention(),
            MEDIUM,
            "How long 'topics create' lets the input and restored topics keep a frame, in"
                + " milliseconds; -1 without limit.")
        .define(
            FRAMES_RETENTION_BYTES,
            ConfigDef.Type.LONG,
            8L << 30,
            KeyRules.retention(),
            MEDIUM,
            "How many bytes 'topics create' lets one partition of the input and restored topics"
                + " keep; -1 without limit.")
        .define(
            RECORDS_RETENTION_MS,
            ConfigDef.Type.LONG,
            Duration.ofDays(7).toMillis(),
            KeyRules.retention(),
            MEDIUM,
            "How long 'topics create' lets the telemetry, alert and dead-letter topics keep a"
                + " record, in milliseconds; -1 without limit.")
        .define(
            RECORDS_RETENTION_BYTES,
            ConfigDef.Type.LONG,
            2L << 30,
            KeyRules.retention(),
            MEDIUM,
            "How many bytes 'topics create' lets one partition of the telemetry, alert and"
                + " dead-letter topics keep; -1 without limit.")
        .define(
            STREAM_THREADS,
            ConfigDef.Type.INT,
            2,
            ConfigDef.Range.between(1, 64),
            HIGH,
            "Stream threads. They read, decode and encode; the network is shared. With"
                + " batch.mode=async two keep a device busy, with blocking a batch has at most one"
                + " frame a thread.")
        .define(
            PROCESSING_GUARANTEE,
            ConfigDef.Type.STRING,
            ProcessingGuarantee.EXACTLY_ONCE_V2.id(),
            ConfigDef.ValidString.in("exactly_once_v2", "at_least_once"),
            HIGH,
            "exactly_once_v2: results, telemetry and offsets are one transaction, visible when it"
                + " commits. at_least_once: visible at once, but frames that were not committed"
                + " when an instance failed appear again; docs/reliability.md says how to tell.")
        .define(
            BATCH_MODE,
            ConfigDef.Type.STRING,
            BatchMode.ASYNC.id(),
            ConfigDef.ValidString.in("async", "blocking"),
            HIGH,
            "async: a stream thread reads on while its frames wait for their pass, and waits for"
                + " all of them before it commits; batches are full under load. blocking: it waits"
                + " for each frame.")
        .define(
            BATCH_MAX_SIZE,
            ConfigDef.Type.INT,
            8,
            ConfigDef.Range.between(1, 256),
            MEDIUM,
            "Most frames in one pass of the network; only frames of equal size share a pass.")
        .define(
            BATCH_MAX_DELAY_MS,
            ConfigDef.Type.LONG,
            5L,
            ConfigDef.Range.between(0, 60_000),
            MEDIUM,
            "How long the oldest frame waits for others to fill its batch, in milliseconds.")
        .define(
            FRAME_MAX_AGE_MS,
            ConfigDef.Type.LONG,
            -1L,
            KeyRules.offOrFrom(1, 31_536_000_000L),
            HIGH,
            "Oldest a frame may be when its pass of the network begins, in milliseconds since its"
                + " capture; an older one is shed and never reaches the network. -1 sheds nothing:"
                + " a backlog waits in the input topic.")
        .define(
            FRAME_MAX_CLOCK_SKEW_MS,
            ConfigDef.Type.LONG,
            60_000L,
            ConfigDef.Range.between(0, 86_400_000L),
            MEDIUM,
            "How far a capture time may be from the time of its record to be believed, in"
                + " milliseconds; the age of other frames counts from the time of the record.")
        .define(
            ON_SHED,
            ConfigDef.Type.STRING,
            ShedPolicy.DROP.id(),
            ConfigDef.ValidString.in("drop", "pass-through"),
            MEDIUM,
            "What becomes of a frame that is too old: drop, or pass-through to the restored topic"
                + " with its pixels unchanged. Its telemetry says SHED in both cases.")
        .define(
            BOOKS_AUDIT_INTERVAL_MS,
            ConfigDef.Type.LONG,
            10_000L,
            KeyRules.offOrFrom(1_000, 86_400_000L),
            LOW,
            "How often the service compares committed telemetry with the input offsets, in"
                + " milliseconds; -1 never. Records that are missing or doubled are an error in the"
                + " log and in the metric.")
        .define(
            OUTPUT_ENCODING,
            ConfigDef.Type.STRING,
            OutputEncoding.SAME.id(),
            ConfigDef.ValidString.in("same", "png", "jpeg", "rgb8"),
            MEDIUM,
            "Encoding of the restored frames: same (as the input), png, jpeg (quality 95) or rgb8.")
        .define(
            ON_RESTORE_ERROR,
            ConfigDef.Type.STRING,
            RestoreErrorPolicy.DEAD_LETTER.id(),
            ConfigDef.ValidString.in("dead-letter", "pass-through"),
            MEDIUM,
            "What becomes of a readable frame that the network cannot restore or whose result is"
                + " too large: dead-letter, or pass-through with its pixels unchanged.")
        .define(
            FRAME_MAX_BYTES,
            ConfigDef.Type.INT,
            10 << 20,
            ConfigDef.Range.between(1024, 512 << 20),
            HIGH,
            "Largest encoded frame, in bytes. The size limits of topics and clients follow from it:"
                + " input records 512 KiB more, restored and dead-letter records 1 MiB more.")
        .define(
            DECODE_MAX_WIDTH,
            ConfigDef.Type.INT,
            8192,
            ConfigDef.Range.between(1, 65_535),
            MEDIUM,
            "Largest width that is decoded, in pixels; a wider frame is dead-lettered.")
        .define(
            DECODE_MAX_HEIGHT,
            ConfigDef.Type.INT,
            8192,
            ConfigDef.Range.between(1, 65_535),
            MEDIUM,
            "Largest height that is decoded, in pixels; a higher frame is dead-lettered.")
        .define(
            DECODE_MAX_PIXELS,
            ConfigDef.Type.LONG,
            33_554_432L,
            ConfigDef.Range.between(1, 500_000_000L),
            MEDIUM,
            "Most pixels that are decoded; a larger frame is dead-lettered. A pixel takes up to 24"
                + " bytes of heap on its way.")
        .define(
            DECODE_MAX_SCANS,
            ConfigDef.Type.INT,
            64,
            ConfigDef.Range.between(1, 10_000),
            LOW,
            "Most scans of a progressive JPEG; a frame with more is dead-lettered.")
        .define(
            WARMUP_FRAME_SIZE,
            ConfigDef.Type.STRING,
            "640x352",
            ConfigDef.LambdaValidator.with(
                (name, value) -> {
                  try {
                    FrameSize.parse(String.valueOf(value));
                  } catch (IllegalArgumentException e) {
                    throw new ConfigException(name, value, e.getMessage());
                  }
                },
                () -> "WIDTHxHEIGHT"),
            HIGH,
            "The largest frames to expect. The network is timed on this size at the start and the"
                + " time limits of Kafka's clients are derived from it; frames too large for them"
                + " are dead-lettered.")
        .define(
            WARMUP_FRAMES,
            ConfigDef.Type.INT,
            3,
            ConfigDef.Range.between(1, 100),
            LOW,
            "Frames that are timed at the start, after one that is not; the slowest counts.");
  }

  /**
   * Reads a file of Java properties in UTF-8.
   *
   * @throws ConfigurationException if the file cannot be read or a setting is wrong
   */
  public static ServiceConfig load(Path file) {
    return of(readFile(file));
  }

  /**
   * Reads a file, if one is named, and the environment over it. Variables start with {@link
   * #ENVIRONMENT_PREFIX}; the rest is the key in upper case with underscores for dots. {@code
   * PERCEIVE_STREAMS_CONFIG} names the file where none is given.
   *
   * @throws ConfigurationException if the file cannot be read or a setting is wrong
   */
  public static ServiceConfig load(Optional<Path> file, Map<String, String> environment) {
    Map<String, String> settings = new HashMap<>();
    String fileVariable = ENVIRONMENT_PREFIX + "CONFIG";
    String named = environment.get(fileVariable);
    if (file.isPresent()) {
      settings.putAll(readFile(file.get()));
    } else if (named != null) {
      settings.putAll(readFile(Path.of(named)));
    }
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(ENVIRONMENT_PREFIX) && !name.equals(fileVariable)) {
            String key = name.substring(ENVIRONMENT_PREFIX.length());
            settings.put(key.toLowerCase(Locale.ROOT).replace('_', '.'), value);
          }
        });
    return of(settings, environment);
  }

  private static Map<String, String> readFile(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigurationException(
          "configuration file "
              + file
              + " cannot be read ("
              + e.getClass().getSimpleName()
              + ": "
              + e.getMessage()
              + "); give a readable file of Java properties in UTF-8",
          e);
    }
    Map<String, String> settings = new TreeMap<>();
    properties.stringPropertyNames().forEach(k -> settings.put(k, properties.getProperty(k)));
    return settings;
  }

  /**
   * Checks settings.
   *
   * @param settings keys and values as a user writes them
   * @throws ConfigurationException if a key is unknown or missing, or a value outside its limit
   */
  public static ServiceConfig of(Map<String, String> settings) {
    return of(settings, System.getenv());
  }

  private static ServiceConfig of(Map<String, String> settings, Map<String, String> environment) {
    References.Resolved resolved = References.resolve(settings, environment);
    Map<String, String> own = new HashMap<>();
    Map<String, String> kafka = new TreeMap<>();
    Map<String, String> registry = new TreeMap<>();
    Set<String> known = DEFINITION.names();
    for (Map.Entry<String, String> setting : resolved.values().entrySet()) {
      String key = setting.getKey();
      String value = setting.getValue().trim();
      String shown = resolved.hidden().contains(key) ? HIDDEN : value;
      if (known.contains(key)) {
        own.put(key, value);
      } else if (key.startsWith(KAFKA_PREFIX) && key.length() > KAFKA_PREFIX.length()) {
        kafka.put(passed(key, shown), value);
      } else if (key.startsWith(REGISTRY_PREFIX) && key.length() > REGISTRY_PREFIX.length()) {
        String name = key.substring(REGISTRY_PREFIX.length());
        Set<String> registryKeys = ConfluentAvroConfig.definition().names();
        if (!registryKeys.contains(name)) {
          throw unknown(
              key, shown, NearestKey.of(name, registryKeys).map(k -> REGISTRY_PREFIX + k));
        }
        registry.put(name, value);
      } else {
        throw unknown(key, shown, NearestKey.of(key, known));
      }
    }
    Map<String, Object> values = new HashMap<>();
    for (ConfigDef.ConfigKey key : DEFINITION.configKeys().values()) {
      values.put(key.name, value(key, own, resolved.hidden()));
    }
    ServiceConfig config = new ServiceConfig(new ConfigValues(values), kafka, registry);
    config.checkTopicsDiffer();
    config.checkDelayLeavesTime();
    return config;
  }

  /** A mistyped key may hold a secret all the same, so its value is shown only where it cannot. */
  private static ConfigurationException unknown(String key, String value, Optional<String> near) {
    boolean secret = SECRET.matcher(key).find();
    return new ConfigurationException(
        key,
        secret ? HIDDEN : value,
        "no such key",
        near.map(k -> "did you mean " + k + "?").orElse("docs/configuration.md lists the keys"));
  }

  /** Strips the prefix and refuses what the service must decide itself. */
  private static String passed(String key, String value) {
    String name = key.substring(KAFKA_PREFIX.length());
    String bare = name;
    for (String prefix : List.of("main.consumer.", "consumer.", "producer.", "admin.")) {
      if (bare.startsWith(prefix)) {
        bare = bare.substring(prefix.length());
        break;
      }
    }
    String remedy = OWNED.get(bare);
    if (remedy != null) {
      throw new ConfigurationException(key, value, "the service sets it itself", remedy);
    }
    return name;
  }

  private static Object value(
      ConfigDef.ConfigKey key, Map<String, String> own, Set<String> hidden) {
    String text = own.get(key.name);
    if (text == null) {
      if (!key.hasDefault()) {
        throw new ConfigurationException(
            key.name + " is missing: add " + key.name + "=... to the configuration file");
      }
      return Objects.requireNonNull(key.defaultValue);
    }
    try {
      Object parsed = ConfigDef.parseType(key.name, text, key.type);
      if (key.validator != null) {
        key.validator.ensureValid(key.name, parsed);
      }
      return Objects.requireNonNull(parsed);
    } catch (ConfigException e) {
      boolean secret = hidden.contains(key.name);
      String limit = key.validator == null ? "a value of type " + type(key) : limit(key);
      String remedy = "correct it" + (key.hasDefault() ? " or leave it out for the default " : "");
      String message =
          key.name
              + "="
              + (secret ? HIDDEN : text)
              + ": must be "
              + limit
              + "; "
              + remedy
              + defaultText(key);
      // The cause shows the value, and a stack trace shows the cause.
      throw secret ? new ConfigurationException(message) : new ConfigurationException(message, e);
    }
  }

  static String type(ConfigDef.ConfigKey key) {
    return key.type.name().toLowerCase(Locale.ROOT);
  }

  static String limit(ConfigDef.ConfigKey key) {
    return key.validator == null ? "" : String.valueOf(key.validator);
  }

  static String defaultText(ConfigDef.ConfigKey key) {
    if (key.defaultValue instanceof List<?> elements) {
      return elements.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
    return key.hasDefault() ? String.valueOf(key.defaultValue) : "";
  }

  private void checkTopicsDiffer() {
    Map<String, String> seen = new HashMap<>();
    for (String key :
        List.of(
            TOPIC_INPUT,
            TOPIC_RESTORED,
            TOPIC_TELEMETRY,
            TOPIC_DEAD_LETTER,
            AggregatesSettings.TOPIC_SOURCES,
            AggregatesSettings.TOPIC_ALERTS,
            ModelControlSettings.TOPIC_CONTROL,
            ModelControlSettings.TOPIC_STATUS)) {
      String other = seen.put(values.string(key), key);
      if (other != null) {
        throw new ConfigurationException(
            key,
            values.string(key),
            "is also the value of " + other,
            "give each topic its own name");
      }
    }
  }

  /** On an idle device a frame waits for the whole delay, and would then be too old. */
  private void checkDelayLeavesTime() {
    long delay = values.longValue(BATCH_MAX_DELAY_MS);
    long age = values.longValue(FRAME_MAX_AGE_MS);
    if (age >= 0 && 2 * delay > age) {
      throw new ConfigurationException(
          BATCH_MAX_DELAY_MS,
          String.valueOf(delay),
          "must be at most half of " + FRAME_MAX_AGE_MS + "=" + age,
          "lower it, or allow an older age");
    }
  }

  /** Brokers to start from. */
  public String bootstrapServers() {
    return values.string(BOOTSTRAP_SERVERS);
  }

  /** URLs of the schema registry, separated by commas. */
  public String registryUrl() {
    return values.string(REGISTRY_URL);
  }

  /** Settings for the serde, under Confluent's names. */
  public Map<String, Object> serdeSettings() {
    Map<String, Object> settings = new HashMap<>(registry);
    settings.put(REGISTRY_URL, registryUrl());
    return settings;
  }

  /** Settings that pass to Kafka Streams and its clients, without their prefix. */
  public Map<String, String> kafkaSettings() {
    return kafka;
  }

  /** Consumer group and prefix of the transactions. */
  public String applicationId() {
    return values.string(APPLICATION_ID);
  }

  /**
   * Directory of the model bundle.
   *
   * @throws ConfigurationException if none is set, or something that is no path
   */
  public Path bundle() {
    if (values.string(BUNDLE).isBlank()) {
      throw new ConfigurationException(
          BUNDLE + " is missing: add " + BUNDLE + "=DIRECTORY with model.json in it");
    }
    try {
      return Path.of(values.string(BUNDLE));
    } catch (InvalidPathException e) {
      throw new ConfigurationException(
          BUNDLE + "=" + values.string(BUNDLE) + ": no path; give the directory of a bundle", e);
    }
  }

  /** Name of the input topic. */
  public String inputTopic() {
    return values.string(TOPIC_INPUT);
  }

  /** Name of the topic of restored frames. */
  public String restoredTopic() {
    return values.string(TOPIC_RESTORED);
  }

  /** Name of the telemetry topic. */
  public String telemetryTopic() {
    return values.string(TOPIC_TELEMETRY);
  }

  /** Name of the dead-letter topic. */
  public String deadLetterTopic() {
    return values.string(TOPIC_DEAD_LETTER);
  }

  /** Replicas for new topics; -1 takes the broker's default. */
  public short replicationFactor() {
    return values.shortValue(TOPICS_REPLICATION);
  }

  /**
   * The topics as {@code topics create} makes them: input, restored, dead-letter, telemetry; with
   * the aggregates, those of the sources and the alerts; those of the orders for models where they
   * are taken.
   */
  public List<TopicSpec> topics() {
    int partitions = values.integer(TOPICS_PARTITIONS);
    long framesMs = values.longValue(FRAMES_RETENTION_MS);
    long framesBytes = values.longValue(FRAMES_RETENTION_BYTES);
    long recordsMs = values.longValue(RECORDS_RETENTION_MS);
    long recordsBytes = values.longValue(RECORDS_RETENTION_BYTES);
    List<TopicSpec> topics = new ArrayList<>();
    topics.add(
        new TopicSpec(
            TOPIC_INPUT, inputTopic(), partitions, framesMs, framesBytes, inputRecordMaxBytes()));
    topics.add(
        new TopicSpec(
            TOPIC_RESTORED,
            restoredTopic(),
            partitions,
            framesMs,
            framesBytes,
            outputRecordMaxBytes()));
    topics.add(
        new TopicSpec(
            TOPIC_DEAD_LETTER,
            deadLetterTopic(),
            partitions,
            recordsMs,
            recordsBytes,
            outputRecordMaxBytes()));
    topics.add(
        new TopicSpec(
            TOPIC_TELEMETRY, telemetryTopic(), partitions, recordsMs, recordsBytes, MEBIBYTE));
    if (aggregates.enabled()) {
      topics.add(
          new TopicSpec(
              AggregatesSettings.TOPIC_SOURCES,
              aggregates.sourcesTopic(),
              partitions,
              recordsMs,
              recordsBytes,
              MEBIBYTE));
      topics.add(
          new TopicSpec(
              AggregatesSettings.TOPIC_ALERTS,
              aggregates.alertsTopic(),
              partitions,
              recordsMs,
              recordsBytes,
              MEBIBYTE,
              TopicSpec.Cleanup.COMPACT_AND_DELETE));
    }
    topics.addAll(modelControl.topics(recordsMs));
    return topics;
  }

  /** Stream threads. */
  public int streamThreads() {
    return values.integer(STREAM_THREADS);
  }

  /** How often a frame is processed when instances fail. */
  public ProcessingGuarantee processingGuarantee() {
    return ProcessingGuarantee.fromId(values.string(PROCESSING_GUARANTEE));
  }

  /** How frames come into one pass of the network. */
  public BatchMode batchMode() {
    return BatchMode.fromId(values.string(BATCH_MODE));
  }

  /** Oldest a frame may be when its pass begins; empty where nothing is shed. */
  public Optional<Duration> frameMaxAge() {
    long age = values.longValue(FRAME_MAX_AGE_MS);
    return age < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(age));
  }

  /** How far a capture time may be from the time of its record to be believed. */
  public Duration frameMaxClockSkew() {
    return Duration.ofMillis(values.longValue(FRAME_MAX_CLOCK_SKEW_MS));
  }

  /** What becomes of a frame that is too old. */
  public ShedPolicy onShed() {
    return ShedPolicy.fromId(values.string(ON_SHED));
  }

  /** How often the books are compared with the input; empty for never. */
  public Optional<Duration> booksAuditInterval() {
    long interval = values.longValue(BOOKS_AUDIT_INTERVAL_MS);
    return interval < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(interval));
  }

  /** Most frames in one pass of the network. */
  public int batchMaxSize() {
    return values.integer(BATCH_MAX_SIZE);
  }

  /** How long the oldest frame waits for others. */
  public Duration batchMaxDelay() {
    return Duration.ofMillis(values.longValue(BATCH_MAX_DELAY_MS));
  }

  /** Encoding of the restored frames. */
  public OutputEncoding outputEncoding() {
    return OutputEncoding.fromId(values.string(OUTPUT_ENCODING));
  }

  /** What becomes of a frame that cannot be restored. */
  public RestoreErrorPolicy onRestoreError() {
    return RestoreErrorPolicy.fromId(values.string(ON_RESTORE_ERROR));
  }

  /** Largest encoded frame, in bytes. */
  public int frameMaxBytes() {
    return values.integer(FRAME_MAX_BYTES);
  }

  /** Largest input record, in bytes: a frame and its envelope. */
  public int inputRecordMaxBytes() {
    return frameMaxBytes() + ENVELOPE_BYTES;
  }

  /** Largest restored or dead-letter record, in bytes: an input record and what is added to it. */
  public int outputRecordMaxBytes() {
    return frameMaxBytes() + 2 * ENVELOPE_BYTES;
  }

  /** Largest width that is decoded. */
  public int decodeMaxWidth() {
    return values.integer(DECODE_MAX_WIDTH);
  }

  /** Largest height that is decoded. */
  public int decodeMaxHeight() {
    return values.integer(DECODE_MAX_HEIGHT);
  }

  /** Most pixels that are decoded. */
  public long decodeMaxPixels() {
    return values.longValue(DECODE_MAX_PIXELS);
  }

  /** Most scans of a progressive JPEG. */
  public int decodeMaxScans() {
    return values.integer(DECODE_MAX_SCANS);
  }

  /** The largest frames to expect. */
  public FrameSize warmupFrameSize() {
    return FrameSize.parse(values.string(WARMUP_FRAME_SIZE));
  }

  /** Frames timed at the start. */
  public int warmupFrames() {
    return values.integer(WARMUP_FRAMES);
  }

  /** Quality tiers and routes. */
  public TierSettings tiers() {
    return tiers;
  }

  /**
   * Where metrics and health are served. Looks names and files up, so it is asked at the start.
   *
   * @throws ConfigurationException if strangers could read what is served, or the token is unusable
   */
  public HttpSettings http() {
    return HttpSettings.of(values);
  }

  /** How metrics are kept. */
  public MetricsSettings metrics() {
    return MetricsSettings.of(values);
  }

  /** Telemetry by source and window. */
  public AggregatesSettings aggregates() {
    return aggregates;
  }

  /** When alerts are raised and cleared. */
  public AlertSettings alerts() {
    return alerts;
  }

  /** How large a pass of the network may be. */
  public RestoreSettings restore() {
    return restore;
  }

  /** Pixels outside Kafka. */
  public PayloadSettings payload() {
    return payload;
  }

  /** Where the networks run. */
  public DeviceSettings devices() {
    return devices;
  }

  /** Models that are exchanged while the service runs. */
  public ModelControlSettings modelControl() {
    return modelControl;
  }

  /** The live page. */
  public LivePageSettings livePage() {
    return livePage;
  }
}
