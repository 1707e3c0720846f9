package org.perceiveir.streams.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * A server that may be read from: {@code https}, a host and a port.
 *
 * @param host in lower case, as it stands in the URI: a name or an address, IPv6 in brackets
 * @param port 1 to 65535
 */
public record HttpsOrigin(String host, int port) {
  private static final int DEFAULT_PORT = 443;

  /**
   * Reads {@code https://host[:port]}.
   *
   * @throws IllegalArgumentException if it is something else, or more
   */
  public static HttpsOrigin parse(String text) {
    try {
      URI uri = new URI(text);
      String path = uri.getRawPath();
      return of(uri)
          .filter(origin -> path == null || path.isEmpty() || path.equals("/"))
          .filter(origin -> uri.getRawQuery() == null)
          .orElseThrow(() -> new IllegalArgumentException(notAnOrigin(text)));
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(notAnOrigin(text), e);
    }
  }

  private static String notAnOrigin(String text) {
    return text + " is no origin: https://HOST or https://HOST:PORT, without user, path or query";
  }

  /** The origin of a URI; empty unless it is https with a host and neither user nor fragment. */
  public static Optional<HttpsOrigin> of(URI uri) {
    String host = uri.getHost();
    if (!"https".equalsIgnoreCase(uri.getScheme())
        || host == null
        || uri.getRawUserInfo() != null
        || uri.getRawFragment() != null) {
      return Optional.empty();
    }
    int port = uri.getPort() == -1 ? DEFAULT_PORT : uri.getPort();
    return port < 1 || port > 65_535
        ? Optional.empty()
        : Optional.of(new HttpsOrigin(host.toLowerCase(Locale.ROOT), port));
  }

  @Override
  public String toString() {
    return "https://" + host + (port == DEFAULT_PORT ? "" : ":" + port);
  }
}
