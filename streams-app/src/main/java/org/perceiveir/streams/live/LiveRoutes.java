package org.perceiveir.streams.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.http.OperationsServer;
import org.perceiveir.streams.http.Page;
import org.perceiveir.streams.http.Reply;

/**
 * The addresses of the live page.
 *
 * <pre>
 * GET  /live                                  the page; the form for the token to who has no pass
 * GET  /live/page.css                         its looks, open to all: the form has them too
 * GET  /live/icon.svg                         the same
 * GET  /live/page.js
 * GET  /live/events                           server-sent events: state
 * GET  /live/picture/TILE/PICTURE/degraded    or restored: JPEG
 * GET  /live/letter/NUMBER                    PNG of a dead letter's pixels
 * POST /live/login                            token=...: answers with the cookie and the page
 * </pre>
 *
 * <p>Everything but the first three and the last answers 401 without the token or a {@link
 * BrowserPass}, and 403 to a page of another site or port: it could not read the answers, but take
 * all streams and keep the service drawing. At most {@value #PICTURES} pictures are sent at a time,
 * so that slow readers leave threads for health checks and metrics; further ones are answered 503
 * and asked for again.
 */
final class LiveRoutes {
  static final String PATH = "/live";

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

  private static final Pattern PICTURE =
      Pattern.compile("/live/picture/(\\d{1,9})/(\\d{1,18})/(degraded|restored)");
  private static final Pattern LETTER = Pattern.compile("/live/letter/(\\d{1,18})");
  private static final String ERROR = "<!--error-->";
  private static final String WRONG = "<p role=\"alert\">That is not the token.</p>";
  private static final String FIELD = "token=";
  private static final int MAX_FORM_BYTES = 2048;
  static final int PICTURES = 12;

  private final OperationsServer server;
  private final Board board;
  private final Page events;
  private final BrowserPass passes;
  private final Semaphore pictures = new Semaphore(PICTURES);

  LiveRoutes(OperationsServer server, Board board, Page events, BrowserPass passes) {
    this.server = server;
    this.board = board;
    this.events = events;
    this.passes = passes;
  }

  void open() {
    byte[] page = resource("page.html");
    byte[] form = resource("login.html");
    byte[] refusal = new String(form, UTF_8).replace(ERROR, WRONG).getBytes(UTF_8);
    byte[] looks = resource("page.css");
    byte[] icon = resource("icon.svg");
    byte[] script = resource("page.js");
    server.route(
        PATH,
        true,
        framed(
            (exchange, trusted) -> {
              boolean known = trusted || passes.admits(exchange.getRequestHeaders());
              html(exchange, known ? 200 : 401, known ? page : form);
            }));
    server.route(
        PATH + "/page.css",
        true,
        framed((exchange, trusted) -> Reply.send(exchange, 200, "text/css; charset=utf-8", looks)));
    server.route(
        PATH + "/icon.svg",
        true,
        framed((exchange, trusted) -> Reply.send(exchange, 200, "image/svg+xml", icon)));
    closed(
        PATH + "/page.js",
        (exchange, trusted) -> Reply.send(exchange, 200, "text/javascript; charset=utf-8", script));
    closed(PATH + "/events", events);
    closed(PATH + "/picture/", (exchange, trusted) -> picture(exchange));
    closed(PATH + "/letter/", (exchange, trusted) -> letter(exchange));
    server.routeForm(PATH + "/login", framed((exchange, trusted) -> login(exchange, refusal)));
  }

  /** For who has the token or a pass. */
  private void closed(String path, Page page) {
    server.route(
        path,
        true,
        framed(
            (exchange, trusted) -> {
              if (isForeign(exchange)) {
                Reply.text(exchange, 403, "Open " + PATH + " in a window of its own.");
              } else if (trusted || passes.admits(exchange.getRequestHeaders())) {
                page.answer(exchange, true);
              } else {
                Reply.text(exchange, 401, "Open " + PATH + " and give the token there.");
              }
            }));
  }

  /** As browsers tell; who is no browser does not. */
  private static boolean isForeign(HttpExchange exchange) {
    String site = exchange.getRequestHeaders().getFirst("Sec-Fetch-Site");
    return site != null && !site.equals("same-origin") && !site.equals("none");
  }

  private static Page framed(Page page) {
    return (exchange, trusted) -> {
      exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
      page.answer(exchange, trusted);
    };
  }

  private static void html(HttpExchange exchange, int status, byte[] body) throws IOException {
    Reply.send(exchange, status, "text/html; charset=utf-8", body);
  }

  private void login(HttpExchange exchange, byte[] refusal) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      redirect(exchange);
      return;
    }
    byte[] body = exchange.getRequestBody().readNBytes(MAX_FORM_BYTES + 1);
    String token = token(body);
    if (token == null || !server.accepts(token)) {
      html(exchange, 401, refusal);
      return;
    }
    exchange
        .getResponseHeaders()
        .set(
            "Set-Cookie",
            passes.issue(
                "https"
                    .equalsIgnoreCase(exchange.getRequestHeaders().getFirst("X-Forwarded-Proto"))));
    redirect(exchange);
  }

  private static void redirect(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Location", PATH);
    Reply.text(exchange, 303, "The page is at " + PATH + ".");
  }

  private static @Nullable String token(byte[] form) {
    String text = new String(form, UTF_8);
    if (form.length > MAX_FORM_BYTES || !text.startsWith(FIELD)) {
      return null;
    }
    try {
      return URLDecoder.decode(text.substring(FIELD.length()), UTF_8).trim();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private void picture(HttpExchange exchange) throws IOException {
    Matcher path = PICTURE.matcher(exchange.getRequestURI().getPath());
    PicturePair found =
        path.matches()
            ? board.picture(Integer.parseInt(path.group(1)), Long.parseLong(path.group(2)))
            : null;
    byte[] image =
        found == null
            ? null
            : path.group(3).equals("degraded") ? found.degraded() : found.restored();
    image(exchange, "image/jpeg", image);
  }

  private void letter(HttpExchange exchange) throws IOException {
    Matcher path = LETTER.matcher(exchange.getRequestURI().getPath());
    LetterSample found = path.matches() ? board.letter(Long.parseLong(path.group(1))) : null;
    image(exchange, "image/png", found == null ? null : found.picture());
  }

  private void image(HttpExchange exchange, String type, byte @Nullable [] image)
      throws IOException {
    if (image == null) {
      Reply.text(exchange, 404, "This picture is no longer kept.");
    } else if (!pictures.tryAcquire()) {
      Reply.text(exchange, 503, "More than " + PICTURES + " pictures are being sent already.");
    } else {
      try {
        Reply.send(exchange, 200, type, image);
      } finally {
        pictures.release();
      }
    }
  }

  private static byte[] resource(String name) {
    try (InputStream in = LiveRoutes.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("resource " + name + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("resource " + name + " cannot be read", e);
    }
  }
}
