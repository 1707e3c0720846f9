package org.perceiveir.cli.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoPageTest {
  private static final byte[] DEGRADED = {(byte) 0x89, 'P', 'N', 'G', 1};
  private static final byte[] RESTORED = {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, 2};
  private static final ObjectMapper JSON = new ObjectMapper();

  private DemoPage page;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws IOException {
    page = DemoPage.start(0);
  }

  @AfterEach
  void stop() {
    page.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/page.css", "/page.js", "/frames/0/1/degraded", "/nothing"})
  void shouldForbidEverythingFromElsewhereOnEachAnswer(String path) throws Exception {
    HttpResponse<String> answer = get(path);

    assertThat(answer.headers().firstValue("Content-Security-Policy").orElseThrow())
        .startsWith("default-src 'none'")
        .doesNotContain("unsafe", "http", "*");
    assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    assertThat(answer.headers().firstValue("X-Frame-Options")).contains("DENY");
    assertThat(answer.headers().firstValue("Cache-Control")).isPresent();
  }

  @Test
  void shouldHoldNoInlineScriptOrStyleAndNoForeignAddress() throws Exception {
    // The policy above would silently switch such parts off.
    String html = get("/").body();

    assertThat(html).doesNotContain("<style", " style=", "javascript:", "http://", "https://");
    assertThat(Pattern.compile("\\son\\w+=").matcher(html).find()).isFalse();
    assertThat(Pattern.compile("<script(?![^>]*\\bsrc=)").matcher(html).find()).isFalse();
    assertThat(get("/page.js").body()).doesNotContain("innerHTML", "outerHTML", "document.write");
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "localhost", "127.0.0.1:1", "localhost.evil.example:80"})
  void shouldRefuseARequestForAnotherHost(String host) throws Exception {
    // A page of a stranger whose name resolves to 127.0.0.1 must not read the frames.
    String answer = raw("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 421").doesNotContain("<html");
  }

  @Test
  void shouldAnswerUnderBothNamesOfThisMachine() throws Exception {
    int port = page.url().getPort();

    for (String name : new String[] {"localhost", "127.0.0.1"}) {
      assertThat(
              raw("GET / HTTP/1.1\r\nHost: " + name + ":" + port + "\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 200");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
  void shouldAnswerGetOnly(String method) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(page.url())
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();

    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(405);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nothing",
        "/../pom.xml",
        "/page.js/x",
        "/frames/9/9/degraded",
        "/frames/0/1/truth"
      })
  void shouldAnswerNotFoundForAnythingElse(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(404);
  }

  @Test
  void shouldServeBothSidesOfAFrameWithTheirOwnType() throws Exception {
    page.show(frame(0, 7));

    HttpResponse<byte[]> degraded = image("/frames/0/7/degraded");
    HttpResponse<byte[]> restored = image("/frames/0/7/restored");

    assertThat(degraded.body()).isEqualTo(DEGRADED);
    assertThat(degraded.headers().firstValue("Content-Type")).contains("image/png");
    assertThat(restored.body()).isEqualTo(RESTORED);
    assertThat(restored.headers().firstValue("Content-Type")).contains("image/jpeg");
  }

  @Test
  void shouldKeepTheLastFramesOfEachSourceOnly() throws Exception {
    // Else a long demo fills the heap with images.
    for (int i = 0; i < 100; i++) {
      page.show(frame(0, i));
    }
    page.show(frame(1, 0));

    assertThat(image("/frames/0/0/degraded").statusCode()).isEqualTo(404);
    assertThat(image("/frames/0/99/degraded").statusCode()).isEqualTo(200);
    assertThat(image("/frames/1/0/degraded").statusCode()).isEqualTo(200);
  }

  @Test
  void shouldTellALateBrowserThePresentStateAndThenWhatFollows() throws Exception {
    ObjectNode hello = JSON.createObjectNode();
    hello.put("bundle", "</script>\n<img src=x onerror=alert(1)>");
    page.hello(hello);
    page.show(frame(0, 3));
    page.status(JSON.createObjectNode().put("fps", 4.5));

    try (BufferedReader events = events()) {
      JsonNode first = next(events, "hello");
      assertThat(first.get("bundle").asText()).contains("</script>\n<img");
      assertThat(next(events, "frame").get("sequence").asInt()).isEqualTo(3);
      assertThat(next(events, "status").get("fps").asDouble()).isEqualTo(4.5);

      page.show(frame(0, 4));
      JsonNode frame = next(events, "frame");
      assertThat(frame.get("sequence").asInt()).isEqualTo(4);
      assertThat(frame.get("degraded").asText()).isEqualTo("/frames/0/4/degraded");
      assertThat(frame.get("psnrRestored").asDouble()).isEqualTo(29.5);

      page.end(JSON.createObjectNode().put("message", "done"));
      assertThat(next(events, "end").get("message").asText()).isEqualTo("done");
    }
  }

  @Test
  void shouldTurnAwayBrowsersBeyondItsLimit() throws Exception {
    BufferedReader[] watching = new BufferedReader[16];
    for (int i = 0; i < watching.length; i++) {
      watching[i] = events();
    }

    assertThat(get("/events").statusCode()).isEqualTo(503);
    for (BufferedReader one : watching) {
      one.close();
    }
  }

  @Test
  void shouldFailWhenThePortIsTaken() {
    assertThatThrownBy(() -> DemoPage.start(page.url().getPort()))
        .isInstanceOf(BindException.class);
  }

  @Test
  void shouldNotGrowWhenABrowserDoesNotRead() throws InterruptedException {
    EventStream stalled = new EventStream();
    for (int i = 0; i < 10_000; i++) {
      stalled.offer(EventStream.event("frame", "{\"n\":" + i + "}"));
    }
    stalled.end();

    int kept = 0;
    byte[] last = {};
    while (!stalled.isFinished()) {
      byte[] event = stalled.next(0);
      last = event == null ? last : event;
      kept++;
    }
    assertThat(kept).isLessThan(100);
    assertThat(new String(last, StandardCharsets.UTF_8)).contains("\"n\":9999");
  }

  private static ShownFrame frame(int source, long sequence) {
    return new ShownFrame(
        source, sequence, "low-light", 64, 48, 20.5, 29.5, 120, DEGRADED, RESTORED);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path), BodyHandlers.ofString());
  }

  private HttpResponse<byte[]> image(String path) throws Exception {
    return client.send(request(path), BodyHandlers.ofByteArray());
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create(page.url().toString().replaceFirst("/$", "") + path))
        .build();
  }

  private BufferedReader events() throws Exception {
    HttpResponse<java.io.InputStream> answer =
        client.send(request("/events"), BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
  }

  /** The data of the next event, which must have this name. */
  private static JsonNode next(BufferedReader events, String name) throws IOException {
    String line = events.readLine();
    while (line.isEmpty() || line.startsWith(":")) {
      line = events.readLine();
    }
    assertThat(line).isEqualTo("event: " + name);
    String data = events.readLine();
    assertThat(data).startsWith("data: ");
    assertThat(events.readLine()).isEmpty();
    return JSON.readTree(data.substring("data: ".length()));
  }

  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), page.url().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
