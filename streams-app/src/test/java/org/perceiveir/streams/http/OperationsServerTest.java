package org.perceiveir.streams.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.HttpSettings;

/** Raw requests: a client library would not send what an attacker does. */
class OperationsServerTest {
  private static final String TOKEN = "0123456789abcdef";

  private OperationsServer server = start(Optional.empty());

  private static OperationsServer start(Optional<String> token) {
    OperationsServer started =
        OperationsServer.start(
            new HttpSettings(0, "localhost", token, List.of("perceive.example")));
    started.route("/page", false, (exchange, trusted) -> Reply.text(exchange, 200, "secret"));
    started.route(
        "/open", true, (exchange, trusted) -> Reply.text(exchange, 200, "trusted " + trusted));
    started.route("/below/", false, (exchange, trusted) -> Reply.text(exchange, 200, "below"));
    started.route(
        "/broken",
        false,
        (exchange, trusted) -> {
          throw new IllegalStateException("inner detail");
        });
    return started;
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void restartWithToken() {
    server.close();
    server = start(Optional.of(TOKEN));
  }

  private String send(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getByName("localhost"), server.port())) {
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private String get(String path, String... headers) throws IOException {
    return send(
        "GET "
            + path
            + " HTTP/1.1\r\n"
            + String.join("\r\n", headers)
            + "\r\nConnection: close\r\n\r\n");
  }

  private static int status(String answer) {
    return Integer.parseInt(answer.split(" ", -1)[1]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80", "perceive.example:9464"})
  void shouldAnswerUnderItsOwnNames(String host) throws Exception {
    String answer = get("/page", "Host: " + host);

    assertThat(status(answer)).isEqualTo(200);
    assertThat(answer)
        .endsWith("secret\n")
        .containsIgnoringCase("X-Content-Type-Options: nosniff")
        .containsIgnoringCase("Content-Security-Policy: default-src 'none'")
        .containsIgnoringCase("Cache-Control: no-store")
        .doesNotContainIgnoringCase("Access-Control");
  }

  /** Else a web page could read the answers under a name that its owner points here. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: evil.example",
        "Host: localhost.evil.example",
        "Host: evil.example:80@localhost",
        "Host: 169.254.169.254",
        "Host: ",
        "X-Forwarded-Host: localhost",
        "Host: localhost\r\nHost: evil.example"
      })
  void shouldRefuseRequestsUnderOtherNames(String host) throws Exception {
    String answer = get("/open", host);

    assertThat(status(answer)).isIn(400, 421);
    assertThat(answer).doesNotContain("trusted");
  }

  @Test
  void shouldRefuseAnotherNameInTheTargetOfTheRequest() throws Exception {
    assertThat(status(get("http://evil.example/page", "Host: localhost"))).isEqualTo(421);
    assertThat(status(get("http://localhost/page", "Host: localhost"))).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "CONNECT"})
  void shouldAnswerGetAndHeadOnly(String method) throws Exception {
    String answer =
        send(method + " /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    assertThat(status(answer)).isEqualTo(405);
    assertThat(answer).containsIgnoringCase("Allow: GET, HEAD").doesNotContain("secret");
  }

  @Test
  void shouldAnswerHeadWithoutABody() throws Exception {
    String answer = send("HEAD /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    assertThat(status(answer)).isEqualTo(200);
    assertThat(answer).containsIgnoringCase("Content-Length: 7").endsWith("\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/pag",
        "/page/",
        "/page/..",
        "/x/../page",
        "//page",
        "/PAGE",
        "/page;a",
        "/%2e/page"
      })
  void shouldFindNothingBesideItsPages(String path) throws Exception {
    assertThat(status(get(path, "Host: localhost"))).isEqualTo(404);
  }

  @Test
  void shouldFindWhatIsBelowAPath() throws Exception {
    assertThat(get("/below/a/b?c", "Host: localhost")).endsWith("below\n");
    assertThat(status(get("/below", "Host: localhost"))).isEqualTo(404);
    assertThatThrownBy(() -> server.route("/page", false, (exchange, trusted) -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldAnswerWithTheTokenOnly() throws Exception {
    restartWithToken();

    assertThat(get("/page", "Host: localhost", "Authorization: Bearer " + TOKEN))
        .endsWith("secret\n");
    for (String wrong :
        List.of(
            "Authorization: Bearer 0123456789abcdeF",
            "Authorization: Bearer 0123456789abcde",
            "Authorization: Bearer " + TOKEN + "0",
            "Authorization: Bearer",
            "Authorization: Basic " + TOKEN,
            "Authorization: " + TOKEN,
            "X-Authorization: Bearer " + TOKEN,
            "Authorization: Bearer " + TOKEN + "\r\nAuthorization: Bearer x")) {
      String answer = get("/page", "Host: localhost", wrong);
      assertThat(status(answer)).as(wrong).isEqualTo(401);
      assertThat(answer).containsIgnoringCase("WWW-Authenticate: Bearer").doesNotContain("secret");
    }
    // Strangers do not learn which pages there are.
    assertThat(status(get("/none", "Host: localhost"))).isEqualTo(401);
    assertThat(status(get("/page?token=" + TOKEN, "Host: localhost"))).isEqualTo(401);
  }

  @Test
  void shouldTellOpenPagesWhetherTheTokenCame() throws Exception {
    assertThat(get("/open", "Host: localhost")).endsWith("trusted true\n");
    restartWithToken();
    assertThat(get("/open", "Host: localhost")).endsWith("trusted false\n");
    assertThat(get("/open", "Host: localhost", "Authorization: bearer " + TOKEN))
        .endsWith("trusted true\n");
  }

  @Test
  void shouldNotShowWhatAPageFailedOn() throws Exception {
    String answer = get("/broken", "Host: localhost");

    assertThat(status(answer)).isEqualTo(500);
    assertThat(answer).doesNotContain("inner detail");
  }

  @Test
  void shouldSayWhatToDoWhenThePortIsTaken() {
    HttpSettings same = new HttpSettings(server.port(), "localhost", Optional.empty(), List.of());

    assertThatThrownBy(() -> OperationsServer.start(same))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("http.port=" + server.port() + " on http.bind=localhost")
        .hasMessageContaining("take another port");
  }
}
