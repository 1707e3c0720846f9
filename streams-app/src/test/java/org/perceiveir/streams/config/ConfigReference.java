package org.perceiveir.streams.config;

import java.util.Locale;
import org.apache.kafka.common.config.ConfigDef;

/** The reference table of the keys, generated from {@link ServiceConfig#definition()}. */
public final class ConfigReference {
  private ConfigReference() {}

  /** The whole page in Markdown. */
  public static String markdown() {
    StringBuilder page =
        new StringBuilder(
            """
            # Configuration of the service

            Generated from `ServiceConfig`; a test compares the two. A configuration is a file of Java properties in UTF-8,
            read by `run` and every other command of the service that has `--config`. An environment variable `PERCEIVE_STREAMS_` followed by a key in upper case
            with underscores for dots overrides the file (`PERCEIVE_STREAMS_KAFKA_BOOTSTRAP_SERVERS`).

            An unknown key is an error. `kafka.X` passes `X` to Kafka Streams and its clients (also `kafka.producer.X`,
            `kafka.consumer.X`, `kafka.admin.X`), `schema.registry.X` passes `X` to the serde under Confluent's names.

            **Secrets** need not stand in the file: `${env:NAME}` takes an environment variable, `${file:PATH:KEY}` a key of another file of
            properties, `${dir:PATH:FILE}` the content of a file, as Docker and Kubernetes mount secrets. What came from a reference is in no message
            and no log. `kafka.sasl.jaas.config=...password="${env:KAFKA_PASSWORD}";` works too.

            | key | type | default | limit | importance | meaning |
            |---|---|---|---|---|---|
            """);
    for (ConfigDef.ConfigKey key : ServiceConfig.definition().configKeys().values()) {
      page.append(
          "| `%s` | %s | %s | %s | %s | %s |\n"
              .formatted(
                  key.name,
                  ServiceConfig.type(key),
                  defaultText(key),
                  ServiceConfig.limit(key).replace("|", "\\|"),
                  key.importance.name().toLowerCase(Locale.ROOT),
                  key.documentation));
    }
    return page.toString();
  }

  private static String defaultText(ConfigDef.ConfigKey key) {
    if (!key.hasDefault()) {
      return "required";
    }
    String text = ServiceConfig.defaultText(key);
    return text.isEmpty() ? "" : "`" + text + "`";
  }
}
