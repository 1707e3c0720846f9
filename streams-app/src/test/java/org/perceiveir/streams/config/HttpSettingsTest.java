package org.perceiveir.streams.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSettingsTest {
  private static final String TOKEN = "0123456789abcdef";

  private static HttpSettings http(String... pairs) {
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", "127.0.0.1:9092");
    settings.put("schema.registry.url", "http://127.0.0.1:8081");
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return ServiceConfig.of(settings).http();
  }

  @Test
  void shouldServeNothingUnasked() {
    assertThat(http().port()).isEqualTo(-1);
    assertThat(http("http.bind", "0.0.0.0").port()).isEqualTo(-1);
    assertThat(http("http.port", "9464").bind()).isEqualTo("localhost");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.7"})
  void shouldRefuseToListenForOtherMachinesWithoutAToken(String bind) {
    assertThatThrownBy(() -> http("http.port", "0", "http.bind", bind))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("http.bind=" + bind)
        .hasMessageContaining("needs a token; set http.token.file or http.token");

    assertThat(http("http.port", "0", "http.bind", bind, "http.token", TOKEN).token())
        .contains(TOKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1", "127.8.8.8", "::1"})
  void shouldListenForThisMachineWithoutAToken(String bind) {
    assertThat(http("http.port", "0", "http.bind", bind).token()).isEmpty();
  }

  @Test
  void shouldReadTheTokenFromAFile(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("token"), TOKEN + "\n");

    assertThat(http("http.port", "0", "http.token.file", file.toString()).token()).contains(TOKEN);
    assertThatThrownBy(
            () ->
                http(
                    "http.port",
                    "0",
                    "http.token.file",
                    file.toString(),
                    "http.token",
                    TOKEN + "1"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("leave one of the two out")
        .hasMessageNotContaining(TOKEN);
    assertThatThrownBy(
            () -> http("http.port", "0", "http.token.file", dir.resolve("no").toString()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("http.token.file=")
        .hasMessageContaining("cannot be read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tooshort", "has spaces in the middle", "ümlauts-are-not-allowed"})
  void shouldNotShowATokenThatItRefuses(String token) {
    assertThatThrownBy(() -> http("http.port", "0", "http.token", token))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("http.token=(hidden)")
        .hasMessageContaining("openssl rand -hex 32")
        .hasMessageNotContaining(token);
  }

  /** An empty name would let requests without one in. */
  @Test
  void shouldTakeNoEmptyHostName() {
    assertThat(http("http.port", "0", "http.hosts", "a.example,, b.example").hosts())
        .containsExactly("a.example", "b.example");
    assertThat(http("http.port", "0").hosts()).isEmpty();
  }

  @Test
  void shouldNotShowTheTokenInLogs() {
    assertThat(http("http.port", "0", "http.token", TOKEN).toString()).doesNotContain(TOKEN);
  }
}
