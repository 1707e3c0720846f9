package org.perceiveir.streams.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.apache.hc.client5.http.DnsResolver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.streams.payload.PayloadException.Reason;

/** What an {@code https:} reference may reach, for how long, and how much it may bring. */
class HttpsPayloadTest {
  private static final byte[] PIXELS = new byte[20_000];

  @TempDir private static Path directory;
  private static LocalHttps server;

  private final List<PayloadReader> opened = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    Arrays.fill(PIXELS, (byte) 7);
    server = LocalHttps.start(directory);
    server.page("/frame.png", PIXELS);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void close() {
    opened.forEach(PayloadReader::close);
  }

  private static String uri(String path) {
    return "https://frames.example:" + server.port() + path;
  }

  /** A resolver that sends every name to the loopback, where the server is. */
  private static DnsResolver loopback() {
    return resolver(host -> new InetAddress[] {InetAddress.getLoopbackAddress()});
  }

  /** What a resolver does with a name. */
  private interface Names {
    InetAddress[] of(String host) throws UnknownHostException;
  }

  private static DnsResolver resolver(Names names) {
    return new DnsResolver() {
      @Override
      public InetAddress[] resolve(String host) throws UnknownHostException {
        return names.of(host);
      }

      @Override
      public String resolveCanonicalHostname(String host) {
        return host;
      }
    };
  }

  private PayloadReader reader(DnsResolver names, String... more) {
    List<String> pairs =
        new ArrayList<>(
            List.of(
                "payload.https.origins",
                uri(""),
                "payload.https.truststore",
                server.certificate().toString(),
                "payload.https.private.addresses",
                "true",
                "payload.https.connect.timeout.ms",
                "10000",
                "payload.timeout.ms",
                "20000",
                "stream.threads",
                "1"));
    pairs.addAll(Arrays.asList(more));
    PayloadReader reader =
        PayloadReader.open(
            References.config(pairs.toArray(new String[0])), List.of(), 65_536, names);
    opened.add(reader);
    return reader;
  }

  private static PayloadException refused(PayloadReader reader, String uri) {
    return catchThrowableOfType(
        PayloadException.class, () -> reader.read(References.to(uri, PIXELS)));
  }

  private Reason reason(String path) {
    PayloadException refused = refused(reader(loopback()), uri(path));
    assertThat(refused).as(path).isNotNull();
    return refused.reason();
  }

  /** The name is resolved once; a second answer, wherever it leads, is never asked for. */
  @Test
  void shouldConnectToTheCheckedAddressUnderTheNameOfTheOrigin() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    List<String> hosts = new ArrayList<>();
    PayloadReader reader =
        reader(
            resolver(
                host -> {
                  hosts.add(host);
                  if (asked.incrementAndGet() > 1) {
                    throw new UnknownHostException("a rebinding answer");
                  }
                  return new InetAddress[] {InetAddress.getLoopbackAddress()};
                }));

    assertThat(reader.read(References.to(uri("/frame.png?signature=1"), PIXELS))).isEqualTo(PIXELS);
    assertThat(hosts).containsExactly("frames.example");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://frames.example/frame.png",
        "https://frames.example:1/frame.png",
        "https://frames.example.:PORT/frame.png",
        "https://localhost:PORT/frame.png",
        "https://127.0.0.1:PORT/frame.png",
        "https://user@frames.example:PORT/frame.png",
        "https://user:word@frames.example:PORT/frame.png",
        "https://frames.example:PORT@localhost:PORT/frame.png",
        "https://frames.example:PORT/frame.png#part",
        "http://frames.example:PORT/frame.png",
        "https:frame.png",
        "https:///frame.png",
        "ftp://frames.example:PORT/frame.png",
        "file:///frame.png"
      })
  void shouldRefuseAnyOtherOrigin(String pattern) {
    PayloadReader reader =
        reader(
            resolver(
                host -> {
                  throw new AssertionError("nothing may be resolved: " + host);
                }));

    PayloadException refused =
        refused(reader, pattern.replace("PORT", String.valueOf(server.port())));

    assertThat(refused).isNotNull();
    assertThat(refused.reason()).isEqualTo(Reason.NOT_ALLOWED);
  }

  @Test
  void shouldNotGoToAPrivateAddress() {
    PayloadException refused =
        refused(reader(loopback(), "payload.https.private.addresses", "false"), uri("/frame.png"));

    assertThat(refused.reason()).isEqualTo(Reason.NOT_ALLOWED);
    assertThat(refused)
        .hasMessageContaining("127.0.0.1")
        .hasMessageContaining("payload.https.private.addresses");
  }

  /** The client tries one address after the other: a private one must not hide among them. */
  @Test
  void shouldNotGoToAnyAddressWhenOneIsPrivate() throws Exception {
    InetAddress open = InetAddress.getByName("93.184.216.34");
    DnsResolver mixed =
        resolver(host -> new InetAddress[] {open, InetAddress.getByName("10.0.0.1")});

    assertThat(
            refused(reader(mixed, "payload.https.private.addresses", "false"), uri("/frame.png"))
                .reason())
        .isEqualTo(Reason.NOT_ALLOWED);
  }

  @Test
  void shouldNotFollowARedirect() {
    AtomicInteger reached = new AtomicInteger();
    server.page(
        "/target",
        exchange -> {
          reached.incrementAndGet();
          LocalHttps.send(exchange, 200, PIXELS);
        });
    for (int status : new int[] {301, 302, 303, 307, 308}) {
      server.page(
          "/redirect" + status,
          exchange -> {
            exchange.getResponseHeaders().set("Location", uri("/target"));
            LocalHttps.send(exchange, status, PIXELS);
          });
      assertThat(reason("/redirect" + status)).isEqualTo(Reason.NOT_ALLOWED);
    }
    assertThat(reached).hasValue(0);
  }

  @Test
  void shouldRefuseMoreOrFewerBytesThanDeclaredWhateverTheServerSays() {
    server.page("/long", Arrays.copyOf(PIXELS, PIXELS.length + 1));
    server.page("/short", Arrays.copyOf(PIXELS, PIXELS.length - 1));
    server.page("/chunked-short", exchange -> chunked(exchange, PIXELS.length - 1));
    server.page("/endless", exchange -> chunked(exchange, Long.MAX_VALUE));

    assertThat(reason("/long")).isEqualTo(Reason.SIZE_MISMATCH);
    assertThat(reason("/short")).isEqualTo(Reason.SIZE_MISMATCH);
    assertThat(reason("/chunked-short")).isEqualTo(Reason.SIZE_MISMATCH);
    assertThat(reason("/endless")).isEqualTo(Reason.SIZE_MISMATCH);
  }

  private static void chunked(HttpExchange exchange, long bytes) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      for (long sent = 0; sent < bytes; ) {
        int next = (int) Math.min(PIXELS.length, bytes - sent);
        out.write(PIXELS, 0, next);
        sent += next;
      }
    }
  }

  @Test
  void shouldRefuseOtherBytesThanDeclared() {
    byte[] other = PIXELS.clone();
    other[PIXELS.length - 1]++;
    server.page("/other", other);

    assertThat(reason("/other")).isEqualTo(Reason.HASH_MISMATCH);
  }

  /** A thousandfold of what came over the wire would come out of it. */
  @Test
  void shouldNotDecompress() throws Exception {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(zipped)) {
      out.write(new byte[1 << 20]);
    }
    byte[] bomb = zipped.toByteArray();
    server.page(
        "/bomb",
        exchange -> {
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          LocalHttps.send(exchange, 200, bomb);
        });

    assertThat(reader(loopback()).read(References.to(uri("/bomb"), bomb))).isEqualTo(bomb);
  }

  @Test
  void shouldSayThatAPayloadIsMissing() {
    server.page("/gone", exchange -> LocalHttps.send(exchange, 410, new byte[0]));

    assertThat(reason("/none")).isEqualTo(Reason.MISSING);
    assertThat(reason("/gone")).isEqualTo(Reason.MISSING);
  }

  @Test
  void shouldAskAgainWhenTheServerIsBusyAndGiveUpAfterTheAttempts() throws Exception {
    AtomicInteger busy = new AtomicInteger();
    server.page(
        "/busy-once",
        exchange -> {
          boolean first = busy.incrementAndGet() == 1;
          LocalHttps.send(exchange, first ? 503 : 200, first ? new byte[0] : PIXELS);
        });
    AtomicInteger down = new AtomicInteger();
    server.page(
        "/down",
        exchange -> {
          down.incrementAndGet();
          LocalHttps.send(exchange, 500, new byte[0]);
        });
    AtomicInteger forbidden = new AtomicInteger();
    server.page(
        "/forbidden",
        exchange -> {
          forbidden.incrementAndGet();
          LocalHttps.send(exchange, 403, new byte[0]);
        });
    PayloadReader reader = reader(loopback(), "payload.https.attempts", "3");

    assertThat(reader.read(References.to(uri("/busy-once"), PIXELS))).isEqualTo(PIXELS);
    assertThat(refused(reader, uri("/down")).reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(down).hasValue(3);
    assertThat(refused(reader, uri("/forbidden")).reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(forbidden).hasValue(1);
  }

  @Test
  void shouldGiveUpAServerThatDrips() {
    server.page(
        "/drip",
        exchange -> {
          exchange.sendResponseHeaders(200, PIXELS.length);
          try (OutputStream out = exchange.getResponseBody()) {
            for (byte pixel : PIXELS) {
              out.write(pixel);
              out.flush();
              Thread.sleep(20);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });

    PayloadException refused =
        refused(
            reader(
                loopback(),
                "payload.timeout.ms",
                "1000",
                "payload.https.connect.timeout.ms",
                "1000"),
            uri("/drip"));

    assertThat(refused.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(refused).hasMessageContaining("payload.timeout.ms=1000");
  }

  /** A name server that hangs cannot be interrupted: it may keep its threads, not ours. */
  @Test
  void shouldNotWaitForANameServerThatHangs() {
    CountDownLatch never = new CountDownLatch(1);
    PayloadReader reader =
        reader(
            resolver(
                host -> {
                  boolean interrupted = false;
                  while (never.getCount() > 0) {
                    try {
                      never.await();
                    } catch (InterruptedException e) {
                      interrupted = true;
                    }
                  }
                  throw new UnknownHostException(host + " after an interrupt: " + interrupted);
                }),
            "payload.timeout.ms",
            "50",
            "payload.https.connect.timeout.ms",
            "50");
    try {
      for (int hanging = 0; hanging < 2; hanging++) {
        assertThat(refused(reader, uri("/frame.png"))).hasMessageContaining("not read within");
      }
      PayloadException refused = refused(reader, uri("/frame.png"));
      assertThat(refused.reason()).isEqualTo(Reason.UNREACHABLE);
      assertThat(refused).hasMessageContaining("all 2 readers hang");
    } finally {
      never.countDown();
    }
  }

  @Test
  void shouldSayThatNobodyListens() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    String origin = "https://frames.example:" + closed;
    PayloadReader reader = reader(loopback(), "payload.https.origins", origin);

    PayloadException refused = refused(reader, origin + "/frame.png?signature=secret");

    assertThat(refused.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(refused).hasMessageContaining("refused").hasMessageNotContaining("secret");
  }

  @Test
  void shouldTrustOnlyTheNameAndTheAuthoritiesThatItIsTold() {
    String origin = "https://other.example:" + server.port();
    assertThat(
            refused(reader(loopback(), "payload.https.origins", origin), origin + "/frame.png")
                .reason())
        .isEqualTo(Reason.UNREACHABLE);
    assertThat(
            refused(reader(loopback(), "payload.https.truststore", ""), uri("/frame.png")).reason())
        .isEqualTo(Reason.UNREACHABLE);
  }

  @Test
  void shouldNotReadHeadersWithoutEnd() {
    server.page(
        "/headers",
        exchange -> {
          for (int i = 0; i < 200; i++) {
            exchange.getResponseHeaders().set("X-" + i, "x");
          }
          LocalHttps.send(exchange, 200, PIXELS);
        });
    server.page(
        "/line",
        exchange -> {
          exchange.getResponseHeaders().set("X", "x".repeat(100_000));
          LocalHttps.send(exchange, 200, PIXELS);
        });

    assertThat(reason("/headers")).isEqualTo(Reason.UNREACHABLE);
    assertThat(reason("/line")).isEqualTo(Reason.UNREACHABLE);
  }
}
