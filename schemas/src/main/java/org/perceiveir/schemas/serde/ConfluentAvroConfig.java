package org.perceiveir.schemas.serde;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/**
 * The configuration keys of {@link ConfluentAvroSerde}: Confluent's names and meanings, and its
 * defaults but for the waits, which are short enough for a stream thread. Keys that it does not
 * know are ignored, since Kafka hands a serde the configuration of the whole client.
 */
public final class ConfluentAvroConfig extends AbstractConfig {
  /** URLs of one registry, tried in turn; without a default. */
  public static final String SCHEMA_REGISTRY_URL = "schema.registry.url";

  /** Whether writing registers the schema. */
  public static final String AUTO_REGISTER_SCHEMAS = "auto.register.schemas";

  /** Whether writing uses the subject's latest schema. */
  public static final String USE_LATEST_VERSION = "use.latest.version";

  /** Whether the registry normalizes a schema before it compares it. */
  public static final String NORMALIZE_SCHEMAS = "normalize.schemas";

  /** Which subject a key's schema has. */
  public static final String KEY_SUBJECT_NAME_STRATEGY = "key.subject.name.strategy";

  /** Which subject a value's schema has. */
  public static final String VALUE_SUBJECT_NAME_STRATEGY = "value.subject.name.strategy";

  /** Accepted for symmetry with Confluent's deserializer. */
  public static final String SPECIFIC_AVRO_READER = "specific.avro.reader";

  /** Where the credentials come from. */
  public static final String BASIC_AUTH_CREDENTIALS_SOURCE = "basic.auth.credentials.source";

  /** User name and password. */
  public static final String BASIC_AUTH_USER_INFO = "basic.auth.user.info";

  /** Rounds over the URLs after the first. */
  public static final String MAX_RETRIES = "max.retries";

  /** Upper limit of the first wait. */
  public static final String RETRIES_WAIT_MS = "retries.wait.ms";

  /** Upper limit of every wait. */
  public static final String RETRIES_MAX_WAIT_MS = "retries.max.wait.ms";

  /** Limit for a connection. */
  public static final String HTTP_CONNECT_TIMEOUT_MS = "http.connect.timeout.ms";

  /** Limit for a whole exchange. */
  public static final String HTTP_READ_TIMEOUT_MS = "http.read.timeout.ms";

  private static final ConfigDef DEFINITION =
      new ConfigDef()
          .define(
              SCHEMA_REGISTRY_URL,
              ConfigDef.Type.LIST,
              ConfigDef.NO_DEFAULT_VALUE,
              Importance.HIGH,
              "URLs of one registry, separated by commas; the next one is tried when one fails.")
          .define(
              AUTO_REGISTER_SCHEMAS,
              ConfigDef.Type.BOOLEAN,
              true,
              Importance.MEDIUM,
              "Whether writing registers the schema; if not, it must be registered already.")
          .define(
              USE_LATEST_VERSION,
              ConfigDef.Type.BOOLEAN,
              false,
              Importance.LOW,
              "Whether writing uses the subject's latest schema, which must be able to read ours."
                  + " Only when "
                  + AUTO_REGISTER_SCHEMAS
                  + " is false.")
          .define(
              NORMALIZE_SCHEMAS,
              ConfigDef.Type.BOOLEAN,
              false,
              Importance.LOW,
              "Whether the registry normalizes a schema before it compares it with its own.")
          .define(
              KEY_SUBJECT_NAME_STRATEGY,
              ConfigDef.Type.STRING,
              SubjectNameStrategy.TOPIC_NAME.simpleName(),
              Importance.LOW,
              "Subject of a key: TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy,"
                  + " with or without Confluent's package name.")
          .define(
              VALUE_SUBJECT_NAME_STRATEGY,
              ConfigDef.Type.STRING,
              SubjectNameStrategy.TOPIC_NAME.simpleName(),
              Importance.LOW,
              "Subject of a value: TopicNameStrategy, RecordNameStrategy or"
                  + " TopicRecordNameStrategy, with or without Confluent's package name.")
          .define(
              SPECIFIC_AVRO_READER,
              ConfigDef.Type.BOOLEAN,
              true,
              Importance.LOW,
              "Only true: this serde reads generated classes, never generic records.")
          .define(
              BASIC_AUTH_CREDENTIALS_SOURCE,
              ConfigDef.Type.STRING,
              "URL",
              Importance.MEDIUM,
              "URL: user:password stands in the registry's URL, if at all; USER_INFO: it stands in "
                  + BASIC_AUTH_USER_INFO
                  + ".")
          .define(
              BASIC_AUTH_USER_INFO,
              ConfigDef.Type.PASSWORD,
              null,
              Importance.MEDIUM,
              "user:password for the registry.")
          .define(
              MAX_RETRIES,
              ConfigDef.Type.INT,
              3,
              Range.atLeast(0),
              Importance.LOW,
              "Rounds over all URLs after the first one, on connection errors and on HTTP 408, 429,"
                  + " 500, 502, 503 and 504.")
          .define(
              RETRIES_WAIT_MS,
              ConfigDef.Type.INT,
              200,
              Range.atLeast(0),
              Importance.LOW,
              "Upper limit of the first wait between two rounds in ms; it doubles each round, and"
                  + " the wait is drawn evenly from 0 to it.")
          .define(
              RETRIES_MAX_WAIT_MS,
              ConfigDef.Type.INT,
              2_000,
              Range.atLeast(0),
              Importance.LOW,
              "Upper limit of every wait between two rounds in ms.")
          .define(
              HTTP_CONNECT_TIMEOUT_MS,
              ConfigDef.Type.INT,
              5_000,
              Range.atLeast(1),
              Importance.LOW,
              "Longest time for a connection to one URL in ms.")
          .define(
              HTTP_READ_TIMEOUT_MS,
              ConfigDef.Type.INT,
              5_000,
              Range.atLeast(1),
              Importance.LOW,
              "Longest time for one whole exchange with one URL in ms.");

  /**
   * Checks the configuration of a Kafka client.
   *
   * @param configs any keys; those that this class does not define are ignored
   * @throws ConfigException if a known key is missing or has a value out of its range
   */
  public ConfluentAvroConfig(Map<String, ?> configs) {
    super(DEFINITION, withClassNames(configs), false);
    if (getList(SCHEMA_REGISTRY_URL).isEmpty()) {
      throw new ConfigException(
          SCHEMA_REGISTRY_URL,
          "",
          "is empty; name at least one URL, such as http://localhost:8081");
    }
    if (!getBoolean(SPECIFIC_AVRO_READER)) {
      throw new ConfigException(
          SPECIFIC_AVRO_READER, false, "must be true: this serde reads generated classes only");
    }
    if (getBoolean(USE_LATEST_VERSION) && getBoolean(AUTO_REGISTER_SCHEMAS)) {
      throw new ConfigException(
          USE_LATEST_VERSION, true, "needs " + AUTO_REGISTER_SCHEMAS + "=false");
    }
    subjectNameStrategy(true);
    subjectNameStrategy(false);
    endpoints();
  }

  /** The keys with their types, defaults and docs. */
  public static ConfigDef definition() {
    return new ConfigDef(DEFINITION);
  }

  /** One URL of the registry, without credentials, and the Authorization header it is sent. */
  record Endpoint(URI base, @Nullable String authorization) {
    @Override
    public String toString() {
      return base.toString();
    }
  }

  List<Endpoint> endpoints() {
    String source = getString(BASIC_AUTH_CREDENTIALS_SOURCE).toUpperCase(Locale.ROOT);
    Password shared = getPassword(BASIC_AUTH_USER_INFO);
    if (!source.equals("URL") && !source.equals("USER_INFO")) {
      throw new ConfigException(
          BASIC_AUTH_CREDENTIALS_SOURCE, source, "is neither URL nor USER_INFO");
    }
    if (source.equals("USER_INFO") && shared == null) {
      throw new ConfigException(
          BASIC_AUTH_USER_INFO,
          null,
          "is missing, though " + BASIC_AUTH_CREDENTIALS_SOURCE + "=USER_INFO");
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (String url : getList(SCHEMA_REGISTRY_URL)) {
      endpoints.add(
          source.equals("USER_INFO") ? endpoint(url, shared.value()) : endpoint(url, null));
    }
    return endpoints;
  }

  private static Endpoint endpoint(String url, @Nullable String userInfo) {
    URI uri;
    try {
      uri = URI.create(url.strip().replaceAll("/+$", ""));
    } catch (IllegalArgumentException e) {
      // The URL may hold a password, so it is not repeated.
      throw new ConfigException(SCHEMA_REGISTRY_URL + " holds a URL that cannot be parsed");
    }
    String scheme = uri.getScheme();
    if (uri.getHost() == null
        || scheme == null
        || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
      throw new ConfigException(
          SCHEMA_REGISTRY_URL + " holds a URL that is not http://host[:port] or https://...");
    }
    String credentials = userInfo != null ? userInfo : uri.getUserInfo();
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return new Endpoint(
        URI.create(scheme + "://" + uri.getHost() + port + path),
        credentials == null
            ? null
            : "Basic "
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)));
  }

  SubjectNameStrategy subjectNameStrategy(boolean isKey) {
    String key = isKey ? KEY_SUBJECT_NAME_STRATEGY : VALUE_SUBJECT_NAME_STRATEGY;
    return SubjectNameStrategy.parse(key, getString(key));
  }

  Duration duration(String key) {
    return Duration.ofMillis(getInt(key));
  }

  /** Confluent takes a class or its name for a strategy; both become the name here. */
  private static Map<String, Object> withClassNames(Map<String, ?> configs) {
    Map<String, Object> result = new HashMap<>(configs);
    result.replaceAll(
        (key, value) ->
            key.endsWith(".subject.name.strategy") && value instanceof Class<?> type
                ? type.getName()
                : value);
    return result;
  }
}
