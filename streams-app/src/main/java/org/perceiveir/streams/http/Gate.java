package org.perceiveir.streams.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.config.HttpSettings;

/**
 * Tells which requests are for this server, and which may see everything. Thread-safe.
 *
 * <p><u>Host.</u> A web page that a user opens can make the browser send requests to this machine
 * under a name of the page's own (DNS rebinding) and read the answers. So only known names count:
 * localhost and its addresses, the configured ones, and the address on which the request arrived. A
 * port does not matter: behind a port mapping it is another one.
 *
 * <p><u>Token.</u> Compared in constant time.
 */
final class Gate {
  private static final String BEARER = "bearer ";

  /** An IPv4 address, or an IPv6 address in brackets, which the resolver takes without asking. */
  private static final Pattern LITERAL =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-f:]*:[0-9a-f:.]*]");

  private final Set<String> hosts = new HashSet<>(List.of("localhost", "127.0.0.1", "[::1]"));
  private final byte @Nullable [] token;

  Gate(HttpSettings settings) {
    hosts.add(bracketed(settings.bind().toLowerCase(Locale.ROOT)));
    settings.hosts().forEach(host -> hosts.add(bracketed(host.toLowerCase(Locale.ROOT))));
    token = settings.token().map(t -> t.getBytes(UTF_8)).orElse(null);
  }

  /** Whether the request names this server. */
  boolean isForUs(HttpExchange exchange) {
    List<String> named = exchange.getRequestHeaders().get("Host");
    String target = exchange.getRequestURI().getRawAuthority();
    return named != null
        && named.size() == 1
        && knows(named.get(0), exchange)
        && (target == null || knows(target, exchange));
  }

  private boolean knows(String authority, HttpExchange exchange) {
    String host = withoutPort(authority.trim().toLowerCase(Locale.ROOT));
    if (hosts.contains(host)) {
      return true;
    }
    return isAddress(host, exchange.getLocalAddress().getAddress());
  }

  /**
   * Whether a host is an address written out. An IPv6 address has several spellings, so its bytes
   * are compared; a name is never looked up.
   */
  static boolean isAddress(String host, InetAddress address) {
    if (!LITERAL.matcher(host).matches()) {
      return false;
    }
    try {
      return Arrays.equals(InetAddress.getByName(host).getAddress(), address.getAddress());
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static String bracketed(String host) {
    return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  private static String withoutPort(String authority) {
    int colon = authority.lastIndexOf(':');
    return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
  }

  /** Whether the request carries the token, or none is asked for. */
  boolean trusts(Headers headers) {
    if (token == null) {
      return true;
    }
    List<String> sent = headers.get("Authorization");
    if (sent == null || sent.size() != 1) {
      return false;
    }
    String credentials = sent.get(0);
    return credentials.regionMatches(true, 0, BEARER, 0, BEARER.length())
        && accepts(credentials.substring(BEARER.length()).trim());
  }

  /** Whether this is the token, or none is asked for. */
  boolean accepts(String given) {
    byte[] wanted = token;
    return wanted == null || MessageDigest.isEqual(wanted, given.getBytes(UTF_8));
  }
}
