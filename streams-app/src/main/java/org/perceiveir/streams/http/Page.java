package org.perceiveir.streams.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;

/** Answers requests for one path, or for all paths below one. Called by several threads. */
@FunctionalInterface
public interface Page {
  /**
   * Answers a GET or HEAD request, or a POST where it was routed as a form. The server has checked
   * host, method and token, has set the security headers, and closes the exchange. A page that
   * answers for long takes one of few threads for as long.
   *
   * @param exchange the request; {@link Reply#send} writes a whole answer
   * @param trusted whether the request carries the token, or none is asked for
   */
  void answer(HttpExchange exchange, boolean trusted) throws IOException;
}
