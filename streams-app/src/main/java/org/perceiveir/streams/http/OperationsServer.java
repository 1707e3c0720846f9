package org.perceiveir.streams.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.HttpSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves pages to operators, over the JDK's own server.
 *
 * <pre>
 *   request --host ours?--> GET or HEAD? --token, or an open page?--> page there? --> page
 *             no: 421       no: 405         no: 401                    no: 404
 *                           POST too where the page is a form
 * </pre>
 *
 * <p><u>Bounds.</u> {@value #THREADS} threads answer, {@value #WAITING} requests wait, further ones
 * are dropped. What takes longer than {@value #REQUEST_SECONDS} s to arrive or to be read is cut
 * off, so that slow clients cannot hold the threads.
 */
public final class OperationsServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OperationsServer.class);

  private static final int THREADS = 24;
  private static final int WAITING = 64;
  private static final int REQUEST_SECONDS = 10;

  /** The JDK's server reads it once, when its first server is made. */
  private static final String REQUEST_TIME = "sun.net.httpserver.maxReqTime";

  /** The same for an answer that its reader does not take. */
  private static final String ANSWER_TIME = "sun.net.httpserver.maxRspTime";

  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final Gate gate;
  private final Map<String, Route> routes = new ConcurrentHashMap<>();

  private record Route(boolean open, boolean form, Page page) {}

  private OperationsServer(HttpServer server, Gate gate) {
    this.server = server;
    this.gate = gate;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(WAITING),
            task -> {
              Thread thread = new Thread(task, "perceive-http-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            },
            // The request timer closes the connection.
            new ThreadPoolExecutor.DiscardPolicy());
    threads.allowCoreThreadTimeOut(true);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
  }

  /**
   * Opens the port and answers; every path is 404 until it is routed.
   *
   * @param settings of a server that is on: its port is not -1
   * @throws ConfigurationException if it cannot listen there
   */
  public static OperationsServer start(HttpSettings settings) {
    for (String limit : List.of(REQUEST_TIME, ANSWER_TIME)) {
      if (System.getProperty(limit) == null) {
        System.setProperty(limit, String.valueOf(REQUEST_SECONDS));
      }
    }
    try {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getByName(settings.bind()), settings.port());
      OperationsServer started =
          new OperationsServer(HttpServer.create(address, 0), new Gate(settings));
      started.server.start();
      return started;
    } catch (BindException e) {
      throw new ConfigurationException(
          HttpSettings.PORT
              + "="
              + settings.port()
              + " on "
              + HttpSettings.BIND
              + "="
              + settings.bind()
              + ": "
              + e.getMessage()
              + "; stop what listens there, or take another port, 0 for a free one, -1 for none",
          e);
    } catch (UnknownHostException e) {
      throw new ConfigurationException(
          HttpSettings.BIND,
          settings.bind(),
          "no such host",
          "give an address of this machine, localhost for local requests only");
    } catch (IOException e) {
      throw new ConfigurationException(
          HttpSettings.PORT + "=" + settings.port() + ": the server cannot start: " + e, e);
    }
  }

  /**
   * Lets a page answer a path.
   *
   * @param path as in a URL, from its first slash; one that ends in a slash stands for everything
   *     below it that has no page of its own
   * @param open whether it answers without the token too; it is told whether there was one
   * @throws IllegalStateException if the path has a page
   */
  public void route(String path, boolean open, Page page) {
    put(path, new Route(open, false, page));
  }

  /**
   * Lets a page take a form: it answers POST beside GET and HEAD, with or without the token, which
   * it may find in the form ({@link #accepts}). It must bound what it reads.
   *
   * @param path as in a URL, from its first slash
   * @throws IllegalStateException if the path has a page
   */
  public void routeForm(String path, Page page) {
    put(path, new Route(true, true, page));
  }

  private void put(String path, Route route) {
    if (routes.putIfAbsent(path, route) != null) {
      throw new IllegalStateException(path + " has a page already");
    }
  }

  /** Whether this is the token, compared in constant time; true where none is asked for. */
  public boolean accepts(String token) {
    return gate.accepts(token);
  }

  /** The port it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      secure(exchange.getResponseHeaders());
      String method = exchange.getRequestMethod();
      Route route = find(exchange.getRequestURI().getPath());
      boolean posts = method.equals("POST") && route != null && route.form();
      if (!gate.isForUs(exchange)) {
        Reply.text(exchange, 421, "This server does not answer for this host.");
      } else if (!posts && !method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        Reply.text(exchange, 405, "Only GET and HEAD are answered.");
      } else {
        answer(exchange, route, gate.trusts(exchange.getRequestHeaders()));
      }
    }
  }

  private static void answer(HttpExchange exchange, @Nullable Route route, boolean trusted)
      throws IOException {
    if (!trusted && (route == null || !route.open())) {
      exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
      Reply.text(exchange, 401, "Send the token as Authorization: Bearer TOKEN.");
    } else if (route == null) {
      Reply.text(exchange, 404, "Nothing here.");
    } else {
      try {
        route.page().answer(exchange, trusted);
      } catch (RuntimeException e) {
        log.debug("{} cannot be answered", exchange.getRequestURI(), e);
        // -1: no answer has begun.
        if (exchange.getResponseCode() == -1) {
          Reply.text(exchange, 500, "The answer failed: " + e.getClass().getSimpleName());
        }
      }
    }
  }

  private @Nullable Route find(@Nullable String path) {
    if (path == null) {
      return null;
    }
    Route exact = routes.get(path);
    for (int end = path.lastIndexOf('/'); exact == null && end >= 0; ) {
      exact = routes.get(path.substring(0, end + 1));
      end = path.lastIndexOf('/', end - 1);
    }
    return exact;
  }

  /** For text that no browser is to show as anything else; a page may allow itself more. */
  private static void secure(Headers headers) {
    headers.set("Cache-Control", "no-store");
    headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
  }

  /** Stops listening; answers that are being written are cut off. Idempotent. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
