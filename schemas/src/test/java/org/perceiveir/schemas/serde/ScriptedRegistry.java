package org.perceiveir.schemas.serde;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** An HTTP server that answers what a test tells it to, and writes down what it was asked. */
final class ScriptedRegistry implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final Queue<Answer> next = new ConcurrentLinkedQueue<>();
  private final List<Asked> asked = new CopyOnWriteArrayList<>();

  static {
    // Answers are small, and Nagle's algorithm holds each back for 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** A request that came in. */
  record Asked(
      String request, String body, @Nullable String authorization, @Nullable String contentType) {}

  private record Answer(int status, String body, boolean stalls) {}

  ScriptedRegistry() throws IOException {
    server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
    server.setExecutor(workers);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            URI uri = exchange.getRequestURI();
            String request = exchange.getRequestMethod() + " " + uri;
            asked.add(
                new Asked(
                    request,
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Content-Type")));
            Answer first = next.poll();
            Answer answer =
                first != null
                    ? first
                    : answers.getOrDefault(
                        request,
                        new Answer(404, "{\"error_code\":404,\"message\":\"no path\"}", false));
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), answer.stalls() ? 1 << 20 : body.length);
            exchange.getResponseBody().write(body);
            exchange.getResponseBody().flush();
            if (answer.stalls()) {
              Thread.sleep(60_000);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Always answers {@code request}, such as {@code GET /subjects}, in this way. */
  ScriptedRegistry answer(String request, int status, String body) {
    answers.put(request, new Answer(status, body, false));
    return this;
  }

  /** Answers the next request, whatever it is, in this way. */
  ScriptedRegistry answerNext(int status, String body) {
    next.add(new Answer(status, body, false));
    return this;
  }

  /** Sends the headers of an answer to the next request, and then nothing. */
  ScriptedRegistry stallNext() {
    next.add(new Answer(200, "{", true));
    return this;
  }

  List<Asked> asked() {
    return asked;
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
