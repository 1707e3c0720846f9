package org.perceiveir.cli.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Serves the live page of the demo.
 *
 * <pre>
 * GET /                              the page; /page.css and /page.js belong to it
 * GET /events                        server-sent events: hello, frame, status, end
 * GET /frames/SOURCE/SEQUENCE/SIDE   an image, SIDE is degraded or restored
 * </pre>
 *
 * <p>It binds to 127.0.0.1 and answers only requests whose Host header names this machine and port,
 * so that a web site cannot reach it under a name of its own (DNS rebinding). The page loads
 * nothing from elsewhere and runs no inline script or style; what the server sends is JSON, which
 * the page puts into text nodes only.
 *
 * <p>Memory: the last {@value #KEPT_FRAMES} frames of each source, encoded. Thread-safe.
 */
public final class DemoPage implements AutoCloseable {
  private static final int KEPT_FRAMES = 12;
  private static final int MAX_BROWSERS = 16;
  private static final long KEEP_ALIVE_MILLIS = 5_000;

  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final Map<String, String> FILES =
      Map.of(
          "/", "index.html",
          "/page.css", "page.css",
          "/page.js", "page.js");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8");

  private static final Pattern FRAME_PATH =
      Pattern.compile("/frames/(\\d{1,6})/(\\d{1,12})/(degraded|restored)");

  private final ObjectMapper json = new ObjectMapper();
  private final HttpServer server;
  private final ExecutorService threads;
  private final Set<String> hosts;

  // Guarded by this.
  private final Map<Integer, Deque<ShownFrame>> frames = new HashMap<>();
  private final List<EventStream> browsers = new ArrayList<>();
  private byte @Nullable [] hello;
  private byte @Nullable [] status;
  private byte @Nullable [] end;

  private DemoPage(HttpServer server) {
    this.server = server;
    int port = server.getAddress().getPort();
    this.hosts = Set.of("localhost:" + port, "127.0.0.1:" + port);
    this.threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "demo-page");
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext("/", this::answer);
  }

  /**
   * Starts to serve.
   *
   * @param port the port on 127.0.0.1, 0 for a free one
   * @throws java.net.BindException if the port is taken
   * @throws IOException if the server cannot start
   */
  public static DemoPage start(int port) throws IOException {
    InetAddress localhost = InetAddress.getByAddress("localhost", new byte[] {127, 0, 0, 1});
    DemoPage page = new DemoPage(HttpServer.create(new InetSocketAddress(localhost, port), 0));
    page.server.start();
    return page;
  }

  /** Where a browser finds the page. */
  public URI url() {
    return URI.create("http://localhost:" + server.getAddress().getPort() + "/");
  }

  /**
   * Tells every browser, present or to come, what is shown: names of the sources, bundle, device.
   */
  public synchronized void hello(JsonNode description) {
    hello = EventStream.event("hello", text(description));
    tell(hello);
  }

  /** Shows the figures so far. */
  public synchronized void status(JsonNode figures) {
    status = EventStream.event("status", text(figures));
    tell(status);
  }

  /** Shows a frame. */
  public synchronized void show(ShownFrame frame) {
    Deque<ShownFrame> kept = frames.computeIfAbsent(frame.source(), s -> new ArrayDeque<>());
    kept.addLast(frame);
    if (kept.size() > KEPT_FRAMES) {
      kept.removeFirst();
    }
    tell(frameEvent(frame));
  }

  /** Tells every browser that no frame follows. */
  public synchronized void end(JsonNode summary) {
    end = EventStream.event("end", text(summary));
    tell(end);
  }

  /** Ends the event streams after what waits in them, then stops. */
  @Override
  public void close() {
    synchronized (this) {
      browsers.forEach(EventStream::end);
      try {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        long left = 1_000;
        while (!browsers.isEmpty() && left > 0) {
          wait(left);
          left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    server.stop(0);
    threads.shutdownNow();
  }

  private void tell(byte[] event) {
    browsers.forEach(b -> b.offer(event));
  }

  private byte[] frameEvent(ShownFrame frame) {
    ObjectNode node = json.createObjectNode();
    node.put("source", frame.source());
    node.put("sequence", frame.sequence());
    node.put("degradation", frame.degradation());
    node.put("width", frame.width());
    node.put("height", frame.height());
    node.put("psnrDegraded", frame.psnrDegraded());
    node.put("psnrRestored", frame.psnrRestored());
    node.put("latencyMs", frame.latencyMillis());
    String path = "/frames/" + frame.source() + "/" + frame.sequence() + "/";
    node.put("degraded", path + "degraded");
    node.put("restored", path + "restored");
    return EventStream.event("frame", text(node));
  }

  private String text(JsonNode node) {
    try {
      return json.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree cannot be written", e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String host = exchange.getRequestHeaders().getFirst("Host");
      if (host == null || !hosts.contains(host)) {
        sendText(exchange, 421, "This server answers requests for " + url() + " only.");
        return;
      }
      String method = exchange.getRequestMethod();
      if (!method.equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET");
        sendText(exchange, 405, "Only GET is answered.");
        return;
      }
      String path = exchange.getRequestURI().getPath();
      String file = FILES.get(path);
      Matcher frame = FRAME_PATH.matcher(path);
      if (file != null) {
        sendFile(exchange, file);
      } else if (path.equals("/events")) {
        sendEvents(exchange);
      } else if (frame.matches()) {
        sendFrame(
            exchange,
            Integer.parseInt(frame.group(1)),
            Long.parseLong(frame.group(2)),
            frame.group(3).equals("restored"));
      } else {
        sendText(exchange, 404, "Nothing here.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sendFile(HttpExchange exchange, String file) throws IOException {
    try (InputStream in = DemoPage.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException("resource " + file + " is missing from this build");
      }
      String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
      send(exchange, 200, String.valueOf(type), "no-cache", in.readAllBytes());
    }
  }

  private void sendFrame(HttpExchange exchange, int source, long sequence, boolean restored)
      throws IOException {
    ShownFrame found = null;
    synchronized (this) {
      for (ShownFrame frame : frames.getOrDefault(source, new ArrayDeque<>())) {
        if (frame.sequence() == sequence) {
          found = frame;
        }
      }
    }
    if (found == null) {
      sendText(exchange, 404, "This frame is no longer kept.");
      return;
    }
    byte[] image = restored ? found.restored() : found.degraded();
    boolean jpeg = image.length > 2 && image[0] == (byte) 0xFF && image[1] == (byte) 0xD8;
    send(exchange, 200, jpeg ? "image/jpeg" : "image/png", "no-store", image);
  }

  private void sendEvents(HttpExchange exchange) throws IOException, InterruptedException {
    EventStream events = new EventStream();
    synchronized (this) {
      if (browsers.size() == MAX_BROWSERS) {
        events.end();
      } else {
        // What a browser that comes late needs to show the present state.
        offer(events, hello);
        frames.values().forEach(kept -> offer(events, frameEvent(kept.getLast())));
        offer(events, status);
        offer(events, end);
        browsers.add(events);
      }
    }
    if (events.isFinished()) {
      sendText(exchange, 503, "More than " + MAX_BROWSERS + " browsers watch already.");
      return;
    }
    try {
      Headers headers = headers(exchange, "no-store");
      headers.set("Content-Type", "text/event-stream; charset=utf-8");
      exchange.sendResponseHeaders(200, 0);
      // Closed before the browser is taken off the list: close() of the page waits for the list to
      // be empty, and would else cut the stream before its last chunk.
      try (OutputStream out = exchange.getResponseBody()) {
        while (!events.isFinished()) {
          byte[] event = events.next(KEEP_ALIVE_MILLIS);
          // A comment now and then finds out whether the browser is still there.
          out.write(event == null ? ": still here\n\n".getBytes(StandardCharsets.UTF_8) : event);
          out.flush();
        }
      }
    } finally {
      synchronized (this) {
        browsers.remove(events);
        notifyAll();
      }
    }
  }

  private static void offer(EventStream events, byte @Nullable [] event) {
    if (event != null) {
      events.offer(event);
    }
  }

  private static void sendText(HttpExchange exchange, int code, String text) throws IOException {
    send(
        exchange,
        code,
        "text/plain; charset=utf-8",
        "no-store",
        (text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void send(
      HttpExchange exchange, int code, String type, String caching, byte[] body)
      throws IOException {
    headers(exchange, caching).set("Content-Type", type);
    exchange.sendResponseHeaders(code, body.length);
    exchange.getResponseBody().write(body);
  }

  private static Headers headers(HttpExchange exchange, String caching) {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Cache-Control", caching);
    headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    return headers;
  }
}
