package org.perceiveir.streams.live;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.http.OperationsServer;
import org.perceiveir.streams.http.Reply;
import org.perceiveir.streams.pass.ModelIdentity;

/** Raw requests: a client library would not send what an attacker does. */
class LivePageTest {
  private static final String TOKEN = "0123456789abcdef";
  private static final String HOSTILE = "<img src=x onerror=alert(1)>";

  private final AtomicLong nowMs = new AtomicLong(1_700_000_000_000L);
  private final StillService service = new StillService();
  private final OperationsServer server;
  private final LivePage page;

  LivePageTest() {
    this.server = OperationsServer.start(config(TOKEN).http());
    this.page = open(server, config(TOKEN));
  }

  private LivePage open(OperationsServer on, ServiceConfig config) {
    return LivePage.open(config, service, Optional.of(on), () -> Instant.ofEpochMilli(nowMs.get()))
        .orElseThrow();
  }

  private static ServiceConfig config(String token) {
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", "127.0.0.1:9092");
    settings.put("schema.registry.url", "http://127.0.0.1:8081");
    settings.put("http.port", "0");
    settings.put("http.token", token);
    settings.put("live.page", "true");
    return ServiceConfig.of(settings);
  }

  @AfterEach
  void stop() {
    page.close();
    server.close();
  }

  private String send(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getByName("localhost"), server.port())) {
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private String get(String path, String... headers) throws IOException {
    String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
    return send(
        "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "Connection: close\r\n\r\n");
  }

  private String login(String form) throws IOException {
    return send(
        "POST /live/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
            + form.length()
            + "\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
            + form);
  }

  private String cookie() throws IOException {
    Matcher set =
        Pattern.compile("Set-cookie: ([^;]+); (.*)\r\n", Pattern.CASE_INSENSITIVE)
            .matcher(login("token=" + TOKEN));
    assertThat(set.find()).isTrue();
    assertThat(set.group(2)).contains("HttpOnly", "SameSite=Strict", "Path=/live");
    return "Cookie: other=1; " + set.group(1);
  }

  private static int status(String answer) {
    return Integer.parseInt(answer.split(" ", -1)[1]);
  }

  private static String bearer() {
    return "Authorization: Bearer " + TOKEN;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/live",
        "/live/page.js",
        "/live/events",
        "/live/picture/1/1/degraded",
        "/live/letter/1",
        "/live/picture/",
        "/live/nothing"
      })
  void shouldShowNothingButAFormWithoutTheToken(String path) throws Exception {
    page.ended(Seen.restored("camera-1"));

    String answer = get(path);

    assertThat(status(answer)).isEqualTo(401);
    assertThat(answer).doesNotContain("camera-1", "EventSource", TOKEN);
    assertThat(answer.contains("<form")).isEqualTo(path.equals("/live"));
  }

  /** A name that an attacker lets point to this machine would be a site of its own to a browser. */
  @ParameterizedTest
  @ValueSource(strings = {"/live", "/live/events", "/live/picture/1/1/degraded", "/live/login"})
  void shouldAnswerForNoOtherHost(String path) throws Exception {
    String answer =
        send(
            "GET "
                + path
                + " HTTP/1.1\r\nHost: evil.example\r\n"
                + bearer()
                + "\r\nConnection: close\r\n\r\n");

    assertThat(status(answer)).isEqualTo(421);
  }

  /** A page of another site cannot read the answers, but would take all streams. */
  @ParameterizedTest
  @ValueSource(strings = {"cross-site", "same-site"})
  void shouldRefuseTheBrowserThatAsksForAnotherSite(String site) throws Exception {
    for (String path : List.of("/live/events", "/live/page.js", "/live/picture/1/1/degraded")) {
      assertThat(status(get(path, bearer(), "Sec-Fetch-Site: " + site))).as(path).isEqualTo(403);
    }
    assertThat(status(get("/live", bearer(), "Sec-Fetch-Site: " + site))).isEqualTo(200);
    assertThat(status(get("/live/page.js", bearer(), "Sec-Fetch-Site: same-origin")))
        .isEqualTo(200);
  }

  @Test
  void shouldKeepTheCookieToTlsBehindAProxyThatHasIt() throws Exception {
    String form = "token=" + TOKEN;
    String answer =
        send(
            "POST /live/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "X-Forwarded-Proto: https\r\nContent-Length: "
                + form.length()
                + "\r\n\r\n"
                + form);

    assertThat(answer).containsPattern("(?i)Set-Cookie: .*; Secure\r\n");
    assertThat(login(form)).doesNotContain("Secure");
  }

  /** Readers that never read must cost neither the frames nor the health checks anything. */
  @Test
  void shouldAnswerHealthChecksWhileStreamsAndPicturesAreNotRead() throws Exception {
    server.route("/health/live", true, (exchange, trusted) -> Reply.text(exchange, 200, "alive"));
    page.ended(Seen.restored("camera-1", 640, 640));
    await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> status(get("/live/picture/1/1/degraded", bearer())) == 200);
    List<Socket> stuck = new ArrayList<>();
    try {
      for (int i = 0; i < 40; i++) {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(1024);
        socket.connect(new InetSocketAddress(InetAddress.getByName("localhost"), server.port()));
        stuck.add(socket);
        String path = i < Watchers.MOST ? "/live/events" : "/live/picture/1/1/degraded";
        String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + bearer();
        // Asked for again and again, and never read: the answers fill what the sockets hold.
        String many = (request + "\r\n\r\n").repeat(i < Watchers.MOST ? 1 : 200);
        socket.getOutputStream().write(many.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
      }

      assertThat(status(get("/health/live"))).isEqualTo(200);
      long begun = System.nanoTime();
      page.ended(Seen.restored("camera-1"));
      assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(5));
      page.close();
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.isAlive() && thread.getName().equals("perceive-live-page"));
    } finally {
      for (Socket socket : stuck) {
        socket.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/live", "/live/page.js", "/live/page.css", "/live/letter/1"})
  void shouldForbidEverythingFromElsewhereOnEachAnswer(String path) throws Exception {
    String answer = get(path, bearer());

    assertThat(answer)
        .containsIgnoringCase(
            "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';"
                + " img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none';"
                + " form-action 'self'\r\n")
        .containsIgnoringCase("X-Content-Type-Options: nosniff")
        .containsIgnoringCase("X-Frame-Options: DENY")
        .containsIgnoringCase("Referrer-Policy: no-referrer");
  }

  /** The policy would silently switch such parts off. */
  @Test
  void shouldHoldNoInlineScriptOrStyleAndNoForeignAddress() throws Exception {
    for (String html : List.of(get("/live", bearer()), get("/live"))) {
      assertThat(html).doesNotContain("<style", " style=", "javascript:", "http://", "https://");
      assertThat(Pattern.compile("\\son\\w+=").matcher(html).find()).isFalse();
      assertThat(Pattern.compile("<script(?![^>]*\\bsrc=)").matcher(html).find()).isFalse();
    }
    assertThat(get("/live/page.js", bearer()))
        .contains("EventSource")
        .doesNotContain("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(");
  }

  @Test
  void shouldGiveACookieForTheTokenThatOpensThePageAndNothingElse() throws Exception {
    server.route("/metrics", false, (exchange, trusted) -> exchange.sendResponseHeaders(200, -1));
    String cookie = cookie();

    assertThat(login("token=" + TOKEN)).startsWith("HTTP/1.1 303").doesNotContain(TOKEN);
    assertThat(status(get("/live", cookie))).isEqualTo(200);
    assertThat(status(get("/live/page.js", cookie))).isEqualTo(200);
    assertThat(status(get("/metrics", cookie))).isEqualTo(401);
    assertThat(cookie).doesNotContain(TOKEN);
  }

  @Test
  void shouldRefuseOtherTokensFormsAndMethods() throws Exception {
    for (String form :
        List.of(
            "token=" + TOKEN + "0",
            "token=",
            "token",
            "",
            "other=" + TOKEN,
            "token=%zz",
            "token=" + "a".repeat(5000))) {
      String answer = login(form);
      assertThat(status(answer)).as(form).isEqualTo(401);
      assertThat(answer)
          .contains("That is not the token.")
          .doesNotContainIgnoringCase("Set-Cookie");
    }
    String posted =
        send(
            "POST /live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assertThat(status(posted)).isEqualTo(405);
    assertThat(status(get("/live/login"))).isEqualTo(303);
    String elsewhere =
        send(
            "POST /live/login HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 22\r\n"
                + "Connection: close\r\n\r\ntoken="
                + TOKEN);
    assertThat(status(elsewhere)).isEqualTo(421);
  }

  @Test
  void shouldRefuseCookiesThatAreForgedOrTooOld() throws Exception {
    String cookie = cookie();
    int dot = cookie.indexOf('.');
    String longer = cookie.substring(0, dot - 10) + "9999999999" + cookie.substring(dot);
    for (String forged :
        List.of(
            longer,
            cookie + "x",
            cookie.substring(0, cookie.length() - 1),
            cookie.substring(0, dot),
            cookie.replace("perceive_live_", "perceive_live"),
            "Cookie: perceive_live_" + server.port() + "=.",
            "Cookie: perceive_live_" + server.port() + "=" + TOKEN)) {
      assertThat(status(get("/live", forged))).as(forged).isEqualTo(401);
    }
    assertThat(status(get("/live", cookie))).isEqualTo(200);

    nowMs.addAndGet(1000L * 3600 * BrowserPass.HOURS);
    assertThat(status(get("/live", cookie))).isEqualTo(401);
  }

  private record Stream(Socket socket, BufferedReader lines) implements AutoCloseable {
    String next(String prefix) throws IOException {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(prefix)) {
          return line.substring(prefix.length());
        }
      }
      throw new IOException("the stream ended");
    }

    JsonNode state() throws IOException {
      return new ObjectMapper().readTree(next("data: "));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Stream events() throws IOException {
    return events("/live/events");
  }

  private Stream events(String path) throws IOException {
    Socket socket = new Socket(InetAddress.getByName("localhost"), server.port());
    socket.setSoTimeout(20_000);
    socket
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + bearer() + "\r\n\r\n")
                .getBytes(ISO_8859_1));
    return new Stream(
        socket, new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)));
  }

  @Test
  void shouldTellTheStateAtOnceAndWhatChanges() throws Exception {
    page.ended(Seen.restored(HOSTILE));
    page.ended(Seen.shed("camera-2"));
    page.ended(Seen.letter("camera-2", Seen.png(64, 48), "the frame declares 1x1"));

    try (Stream stream = events()) {
      JsonNode state = stream.state();
      assertThat(state.at("/sources/0/name").asText()).isEqualTo(HOSTILE);
      assertThat(state.at("/sources/0/before/0").asDouble()).isEqualTo(0.8);
      assertThat(state.at("/sources/0/timeline")).hasSize(Timeline.SECONDS);
      assertThat(state.at("/sources/0/ageMs").asInt()).isEqualTo(120);
      assertThat(state.at("/sources/0/inferMs").asDouble()).isEqualTo(34);
      assertThat(state.at("/outcomes/shed").asInt()).isEqualTo(1);
      assertThat(state.at("/models/0/name").asText()).isEqualTo("base");
      assertThat(state.at("/windowMost").asInt()).isEqualTo(16);

      service.network = new ModelIdentity("next", "1", "cpu");
      page.show(
          new ExtraFigures(
              "PSNR",
              List.of(new ExtraFigures.Figure("Gain", "+8.1", "dB", "mean")),
              List.of("Kind"),
              List.of(List.of("haze")),
              Map.of("camera-2", "14 → 22 dB"),
              Optional.of("finished")));
      JsonNode later = stream.state();
      while (later.at("/events").findValuesAsText("text").stream()
          .noneMatch(text -> text.contains("exchanged: base 1 → next 1 on cpu"))) {
        later = stream.state();
      }
      assertThat(later.at("/extra/notes/camera-2").asText()).isEqualTo("14 → 22 dB");
      assertThat(later.at("/extra/message").asText()).isEqualTo("finished");
      assertThat(later.at("/letters/0/picture").asBoolean()).isTrue();
      page.close();
      assertThat(stream.state().at("/state").asText()).isEqualTo("RUNNING");
      assertEndsWhole(stream);
    }
  }

  @Test
  void shouldServePicturesUntilTheyAreGone() throws Exception {
    page.ended(Seen.restored("camera-1"));
    page.ended(Seen.letter("camera-1", Seen.png(64, 48), "the frame declares 1x1"));
    await().until(() -> status(get("/live/picture/1/1/restored", bearer())) == 200);
    await().until(() -> status(get("/live/letter/1", bearer())) == 200);

    for (String path : List.of("/live/picture/1/1/degraded", "/live/letter/1")) {
      RgbImage image = new ImageDecoder(DecodeLimits.defaults()).decode(body(path));
      assertThat(image.width()).isEqualTo(64);
    }
    for (String path :
        List.of(
            "/live/picture/1/2/degraded",
            "/live/picture/2/1/degraded",
            "/live/picture/1/1/other",
            "/live/picture/-1/1/degraded",
            "/live/picture/99999999999/1/degraded",
            "/live/letter/2",
            "/live/letter/x")) {
      assertThat(status(get(path, bearer()))).as(path).isEqualTo(404);
    }
  }

  private byte[] body(String path) throws IOException {
    String answer = get(path, bearer());
    assertThat(answer).containsIgnoringCase("X-Content-Type-Options: nosniff");
    return answer.substring(answer.indexOf("\r\n\r\n") + 4).getBytes(ISO_8859_1);
  }

  /** Each stream takes a thread of the server, which has others to answer. */
  @Test
  void shouldRefuseAStreamWhenTooManyAreOpenAndAnswerEverythingElse() throws Exception {
    List<Stream> open = new ArrayList<>();
    try {
      for (int i = 0; i < Watchers.MOST; i++) {
        Stream stream = events();
        open.add(stream);
        assertThat(stream.next("event: ")).isEqualTo("state");
      }
      assertThat(status(get("/live/events", bearer()))).isEqualTo(503);
      assertThat(status(get("/live", bearer()))).isEqualTo(200);
      open.remove(0).close();
      await()
          .until(
              () -> {
                String head =
                    send(
                        "HEAD /live/events HTTP/1.1\r\nHost: localhost\r\n"
                            + bearer()
                            + "\r\nConnection: close\r\n\r\n");
                return status(head) == 200;
              });
    } finally {
      for (Stream stream : open) {
        stream.close();
      }
    }
  }

  @Test
  void shouldEndAStreamWholeBeforeTheServerCutsItOff() throws Exception {
    assertThat(Watchers.STREAM_MS).isLessThan(9_000);
    Watchers short300 =
        new Watchers(() -> "{}", () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()), 300);
    server.route("/short", false, short300);

    try (Stream stream = events("/short")) {
      assertThat(stream.next("retry: ")).isEqualTo("250");
      assertThat(short300.isWatched()).isTrue();
      assertEndsWhole(stream);
    }
  }

  /** The last chunk of an answer in chunks is empty. */
  private static void assertEndsWhole(Stream stream) {
    assertThat(stream.lines().lines().filter("0"::equals).findFirst()).isPresent();
  }

  @Test
  void shouldAskForNoTokenWhereNoneIsSet() throws Exception {
    try (OperationsServer open = OperationsServer.start(config("").http());
        LivePage shown = open(open, config(""));
        Socket socket = new Socket(InetAddress.getByName("localhost"), open.port());
        InputStream in = socket.getInputStream()) {
      socket
          .getOutputStream()
          .write(
              "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(ISO_8859_1));
      assertThat(new String(in.readAllBytes(), UTF_8)).startsWith("HTTP/1.1 200").contains("Pause");
      shown.ended(Seen.restored("a"));
    }
  }

  @Test
  void shouldBeOffUnlessItIsAskedFor() {
    assertThat(
            LivePage.open(
                ServiceConfig.of(
                    Map.of(
                        "kafka.bootstrap.servers", "127.0.0.1:9092",
                        "schema.registry.url", "http://127.0.0.1:8081",
                        "http.port", "0")),
                service,
                Optional.of(server),
                Instant::now))
        .isEmpty();
  }
}
