package org.perceiveir.streams.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadSettingsTest {
  private static PayloadSettings settings(String... pairs) {
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", "none:1");
    settings.put("schema.registry.url", "http://none:1");
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return ServiceConfig.of(settings).payload();
  }

  @Test
  void shouldReadAndWriteNothingOutsideKafkaByDefault() {
    PayloadSettings settings = settings();

    assertThat(settings.reads()).isFalse();
    assertThat(settings.waitMs()).isZero();
    assertThat(settings.outputRoot()).isEmpty();
  }

  @Test
  void shouldReadRootsAndOrigins() {
    PayloadSettings settings =
        settings(
            "payload.file.roots",
            "/frames, /more/./frames",
            "payload.https.origins",
            "https://Cameras.Example,https://[2606:4700::1]:8443/",
            "payload.timeout.ms",
            "700");

    assertThat(settings.fileRoots()).containsExactly(Path.of("/frames"), Path.of("/more/frames"));
    assertThat(settings.origins())
        .containsExactly(
            new HttpsOrigin("cameras.example", 443), new HttpsOrigin("[2606:4700::1]", 8443));
    assertThat(settings.origins().get(0))
        .isEqualTo(HttpsOrigin.parse("https://cameras.example:443"));
    assertThat(settings.waitMs()).isEqualTo(700);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://cameras.example",
        "cameras.example",
        "https://user@cameras.example",
        "https://cameras.example/frames",
        "https://cameras.example?x",
        "https://cameras.example#x",
        "https://cameras.example:70000",
        "https://",
        "https://*.example",
        "https://a b"
      })
  void shouldRefuseWhatIsNoOrigin(String origin) {
    assertThatThrownBy(() -> settings("payload.https.origins", origin))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("payload.https.origins: " + origin);
  }

  /** A relative root would depend on where the service was started; the root holds everything. */
  @ParameterizedTest
  @CsvSource({
    "payload.file.roots,frames",
    "payload.file.roots,/",
    "payload.file.roots,/frames/..",
    "payload.output.root,./results"
  })
  void shouldRefuseARootThatIsNoPlainDirectory(String key, String value) {
    assertThatThrownBy(() -> settings(key, value))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(key + "=" + value);
  }

  @Test
  void shouldRefuseAConnectionThatMayTakeLongerThanThePayload() {
    assertThatThrownBy(
            () ->
                settings(
                    "payload.https.origins",
                    "https://cameras.example",
                    "payload.timeout.ms",
                    "100"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("payload.https.connect.timeout.ms=500")
        .hasMessageContaining("payload.timeout.ms=100");
  }
}
