package org.perceiveir.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfluentAvroConfigTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          schema.registry.url           | ''
          schema.registry.url           | localhost:8081
          schema.registry.url           | ftp://localhost
          schema.registry.url           | http://bad host
          specific.avro.reader          | false
          use.latest.version            | true
          value.subject.name.strategy   | MyStrategy
          key.subject.name.strategy     | io.confluent.kafka.serializers.subject.Other
          basic.auth.credentials.source | SASL_INHERIT
          basic.auth.credentials.source | USER_INFO
          max.retries                   | -1
          http.read.timeout.ms          | 0
          """)
  void shouldNameTheKeyWhenValueIsRefused(String key, String value) {
    Map<String, Object> config = new HashMap<>(Map.of("schema.registry.url", "http://localhost"));
    config.put(key, value);
    assertThatThrownBy(() -> new ConfluentAvroConfig(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key.startsWith("basic.auth") ? "basic.auth" : key);
  }

  @Test
  void shouldAskForUrlWhenThereIsNone() {
    assertThatThrownBy(() -> new ConfluentAvroConfig(Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("schema.registry.url");
  }

  @Test
  void shouldIgnoreUnknownKeysAndTakeClassesWhenHandedWholeClientConfiguration() {
    Map<String, Object> config =
        Map.of(
            "schema.registry.url", List.of("http://a:0", "https://b/registry/"),
            "bootstrap.servers", "localhost:9092",
            "value.subject.name.strategy", "RecordNameStrategy");
    ConfluentAvroConfig parsed = new ConfluentAvroConfig(config);
    assertThat(parsed.endpoints())
        .extracting(ConfluentAvroConfig.Endpoint::toString)
        .containsExactly("http://a:0", "https://b/registry");
    assertThat(parsed.subjectNameStrategy(false)).isEqualTo(SubjectNameStrategy.RECORD_NAME);
    assertThat(parsed.subjectNameStrategy(true)).isEqualTo(SubjectNameStrategy.TOPIC_NAME);
  }

  /** Confluent's own settings may hold the class itself. */
  @Test
  void shouldReadTheNameOfAClassWhenAStrategyIsGivenAsOne() {
    Map<String, Object> config =
        Map.of("schema.registry.url", "http://a:0", "value.subject.name.strategy", String.class);

    assertThatThrownBy(() -> new ConfluentAvroConfig(config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("java.lang.String")
        .hasMessageContaining("is none of");
  }

  @Test
  void shouldNotShowPasswordWhenUrlWithCredentialsIsRefused() {
    assertThatThrownBy(
            () ->
                new ConfluentAvroConfig(
                    Map.of("schema.registry.url", "http://me:secret@bad host:1")))
        .hasMessageNotContaining("secret");
  }

  /** The page's table is the definition's, so that it cannot grow stale. */
  @Test
  void shouldHaveEveryKeyInTheReadmeWithItsDefaultAndDoc() throws IOException {
    List<String> rows = new ArrayList<>();
    for (ConfigDef.ConfigKey key : ConfluentAvroConfig.definition().configKeys().values()) {
      Object value = key.hasDefault() ? key.defaultValue : "required";
      rows.add(
          "| `%s` | %s | %s |"
              .formatted(key.name, value == null ? "none" : value, key.documentation));
    }
    assertThat(Files.readString(Path.of("..", "docs", "serde.md"))).contains(rows);
  }
}
