package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Pixels outside Kafka: from where they are read, and where they are written.
 *
 * @param fileRoots absolute directories under which {@code file:} references are read
 * @param origins servers from which {@code https:} references are read
 * @param privateAddresses whether those may have addresses that are not public
 * @param truststore authorities to trust instead of those of the Java runtime, as a PEM file
 * @param connectTimeout longest time for one connection
 * @param timeout longest time for one payload with all attempts
 * @param attempts how often a server that does not answer is asked
 * @param outputRoot absolute directory for restored frames; empty where they stay in the record
 * @param outputMinBytes smallest image that is written there, in bytes
 */
public record PayloadSettings(
    List<Path> fileRoots,
    List<HttpsOrigin> origins,
    boolean privateAddresses,
    Optional<Path> truststore,
    Duration connectTimeout,
    Duration timeout,
    int attempts,
    Optional<Path> outputRoot,
    int outputMinBytes) {
  public static final String FILE_ROOTS = "payload.file.roots";
  public static final String HTTPS_ORIGINS = "payload.https.origins";
  public static final String HTTPS_PRIVATE_ADDRESSES = "payload.https.private.addresses";
  public static final String HTTPS_TRUSTSTORE = "payload.https.truststore";
  public static final String HTTPS_CONNECT_TIMEOUT_MS = "payload.https.connect.timeout.ms";
  public static final String HTTPS_ATTEMPTS = "payload.https.attempts";
  public static final String TIMEOUT_MS = "payload.timeout.ms";
  public static final String OUTPUT_ROOT = "payload.output.root";
  public static final String OUTPUT_MIN_BYTES = "payload.output.min.bytes";

  static void define(ConfigDef definition) {
    definition
        .define(
            FILE_ROOTS,
            ConfigDef.Type.LIST,
            List.of(),
            HIGH,
            "Absolute directories, separated by commas, under which a frame may refer to its pixels"
                + " by file: instead of carrying them. Empty: such frames are dead-lettered.")
        .define(
            HTTPS_ORIGINS,
            ConfigDef.Type.LIST,
            List.of(),
            HIGH,
            "Servers, https://HOST or https://HOST:PORT separated by commas, from which a frame may"
                + " refer to its pixels by https:. Host and port must be equal; redirects are not"
                + " followed. Empty: such frames are dead-lettered.")
        .define(
            HTTPS_PRIVATE_ADDRESSES,
            ConfigDef.Type.BOOLEAN,
            false,
            MEDIUM,
            "Whether the names of payload.https.origins may resolve to addresses that are not"
                + " public: private, loopback, link-local and the like.")
        .define(
            HTTPS_TRUSTSTORE,
            ConfigDef.Type.STRING,
            "",
            MEDIUM,
            "PEM file with the certificates to trust in payload.https.origins, instead of the"
                + " authorities of the Java runtime.")
        .define(
            HTTPS_CONNECT_TIMEOUT_MS,
            ConfigDef.Type.LONG,
            500L,
            ConfigDef.Range.between(1, 60_000),
            LOW,
            "Longest time for one connection to an origin, in milliseconds; at most"
                + " payload.timeout.ms.")
        .define(
            HTTPS_ATTEMPTS,
            ConfigDef.Type.INT,
            2,
            ConfigDef.Range.between(1, 10),
            LOW,
            "How often an origin that does not answer, or answers 408, 429 or 5xx, is asked for a"
                + " payload within payload.timeout.ms before the frame is dead-lettered.")
        .define(
            TIMEOUT_MS,
            ConfigDef.Type.LONG,
            1_000L,
            ConfigDef.Range.between(10, 60_000),
            MEDIUM,
            "Longest time to read one payload outside Kafka, all attempts together, in"
                + " milliseconds. Where references are allowed, the time limits of Kafka's clients"
                + " allow for it in each frame.")
        .define(
            OUTPUT_ROOT,
            ConfigDef.Type.STRING,
            "",
            MEDIUM,
            "Absolute directory to which restored frames are written, their records then refer to"
                + " them by file:. Empty: the records carry them. Nothing there is ever removed by"
                + " the service.")
        .define(
            OUTPUT_MIN_BYTES,
            ConfigDef.Type.INT,
            256 * 1024,
            ConfigDef.Range.between(0, 512 << 20),
            MEDIUM,
            "Smallest image that is written to payload.output.root, in bytes; smaller ones stay in"
                + " their record.");
  }

  static PayloadSettings of(ConfigValues values) {
    List<HttpsOrigin> origins = new ArrayList<>();
    for (String text : values.list(HTTPS_ORIGINS)) {
      try {
        origins.add(HttpsOrigin.parse(text));
      } catch (IllegalArgumentException e) {
        throw new ConfigurationException(
            HTTPS_ORIGINS + ": " + e.getMessage() + "; correct it or leave it out", e);
      }
    }
    PayloadSettings settings =
        new PayloadSettings(
            values.list(FILE_ROOTS).stream().map(text -> directory(FILE_ROOTS, text)).toList(),
            List.copyOf(origins),
            values.flag(HTTPS_PRIVATE_ADDRESSES),
            optional(values.string(HTTPS_TRUSTSTORE)).map(Path::of),
            Duration.ofMillis(values.longValue(HTTPS_CONNECT_TIMEOUT_MS)),
            Duration.ofMillis(values.longValue(TIMEOUT_MS)),
            values.integer(HTTPS_ATTEMPTS),
            optional(values.string(OUTPUT_ROOT)).map(text -> directory(OUTPUT_ROOT, text)),
            values.integer(OUTPUT_MIN_BYTES));
    settings.check();
    return settings;
  }

  private static Optional<String> optional(String value) {
    return value.isBlank() ? Optional.empty() : Optional.of(value);
  }

  private static Path directory(String key, String text) {
    try {
      Path directory = Path.of(text);
      if (directory.isAbsolute() && directory.normalize().getNameCount() > 0) {
        return directory.normalize();
      }
    } catch (InvalidPathException e) {
      throw new ConfigurationException(key + "=" + text + ": no path; correct it", e);
    }
    throw new ConfigurationException(
        key, text, "must be absolute, and not the root of the file system", "name a directory");
  }

  private void check() {
    if (!origins.isEmpty() && connectTimeout.compareTo(timeout) > 0) {
      throw new ConfigurationException(
          HTTPS_CONNECT_TIMEOUT_MS,
          String.valueOf(connectTimeout.toMillis()),
          "must be at most " + TIMEOUT_MS + "=" + timeout.toMillis(),
          "lower it or raise " + TIMEOUT_MS);
    }
  }

  /** Whether any reference may be read. */
  public boolean reads() {
    return !fileRoots.isEmpty() || !origins.isEmpty();
  }

  /** How long a stream thread may wait for one payload, in milliseconds; 0 where none is read. */
  public long waitMs() {
    return reads() ? timeout.toMillis() : 0;
  }
}
