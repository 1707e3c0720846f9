package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Where metrics and health are served, and to whom.
 *
 * @param port the port; 0 for a free one, -1 for no server
 * @param bind address or name to listen on
 * @param token what a request must carry; empty for nothing
 * @param hosts names beside the usual ones under which requests may come
 */
public record HttpSettings(int port, String bind, Optional<String> token, List<String> hosts) {
  public static final String PORT = "http.port";
  public static final String BIND = "http.bind";
  public static final String TOKEN = "http.token";
  public static final String TOKEN_FILE = "http.token.file";
  public static final String HOSTS = "http.hosts";

  /** As RFC 6750 allows, and too long to guess. */
  private static final Pattern GOOD_TOKEN = Pattern.compile("[A-Za-z0-9._~+/=-]{16,512}");

  private static final String MAKE_ONE = "make one with: openssl rand -hex 32";

  /** Copies the names. */
  public HttpSettings {
    hosts = List.copyOf(hosts);
  }

  static void define(ConfigDef definition) {
    definition
        .define(
            PORT,
            ConfigDef.Type.INT,
            -1,
            ConfigDef.Range.between(-1, 65_535),
            MEDIUM,
            "Port that serves /metrics, /health/live and /health/ready; 0 takes a free one, -1"
                + " serves nothing. 9464 is usual for Prometheus. Off by default: instances with"
                + " one configuration may run on one machine, and none opens a port unasked.")
        .define(
            BIND,
            ConfigDef.Type.STRING,
            "localhost",
            KeyRules.filled(),
            MEDIUM,
            "Address to listen on, 0.0.0.0 for all. Any but localhost needs http.token or"
                + " http.token.file.")
        .define(
            TOKEN,
            ConfigDef.Type.STRING,
            "",
            MEDIUM,
            "Token that requests must carry as 'Authorization: Bearer TOKEN', 16 to 512 characters;"
                + " only the health pages answer without, and then with yes or no alone.")
        .define(
            TOKEN_FILE,
            ConfigDef.Type.STRING,
            "",
            MEDIUM,
            "File that holds the token, read when the service starts.")
        .define(
            HOSTS,
            ConfigDef.Type.LIST,
            "",
            LOW,
            "Names under which requests may come, separated by commas, beside localhost, http.bind"
                + " and the address they arrive at; others get status 421, against web pages that"
                + " reach this machine under a name of their own.");
  }

  /**
   * Reads the section. Looks names and files up, so it is called when the service starts.
   *
   * @throws ConfigurationException if strangers could read what is served, or the token is unusable
   */
  static HttpSettings of(ConfigValues values) {
    int port = values.integer(PORT);
    String bind = values.string(BIND);
    List<String> hosts = values.list(HOSTS).stream().filter(h -> !h.isBlank()).toList();
    if (port < 0) {
      return new HttpSettings(port, bind, Optional.empty(), hosts);
    }
    HttpSettings settings = new HttpSettings(port, bind, readToken(values), hosts);
    if (settings.token.isEmpty() && !isLoopback(bind)) {
      throw new ConfigurationException(
          BIND,
          bind,
          "is open to other machines and needs a token",
          "set "
              + TOKEN_FILE
              + " or "
              + TOKEN
              + ", or leave "
              + BIND
              + " out to listen on localhost only");
    }
    return settings;
  }

  private static Optional<String> readToken(ConfigValues values) {
    String token = values.string(TOKEN);
    String file = values.string(TOKEN_FILE);
    if (!token.isEmpty() && !file.isEmpty()) {
      throw new ConfigurationException(
          TOKEN_FILE, file, "is set beside " + TOKEN, "leave one of the two out");
    }
    if (!token.isEmpty()) {
      return Optional.of(checked(token, TOKEN + "=(hidden)"));
    }
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(checked(Files.readString(Path.of(file)).trim(), TOKEN_FILE + "=" + file));
    } catch (IOException | InvalidPathException e) {
      throw new ConfigurationException(
          TOKEN_FILE
              + "="
              + file
              + ": cannot be read ("
              + e.getClass().getSimpleName()
              + "); give a readable file that holds the token",
          e);
    }
  }

  private static String checked(String token, String shown) {
    if (!GOOD_TOKEN.matcher(token).matches()) {
      throw new ConfigurationException(
          shown
              + ": the token must be 16 to 512 letters, digits or '._~+/=-', it has "
              + token.length()
              + " characters; "
              + MAKE_ONE);
    }
    return token;
  }

  private static boolean isLoopback(String bind) {
    try {
      for (InetAddress address : InetAddress.getAllByName(bind)) {
        if (!address.isLoopbackAddress()) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      throw new ConfigurationException(
          BIND + "=" + bind + ": no such host; give an address of this machine, or localhost", e);
    }
  }

  /** Without the token: a record is easily logged. */
  @Override
  public String toString() {
    return "HttpSettings[port="
        + port
        + ", bind="
        + bind
        + ", token="
        + (token.isPresent() ? "(hidden)" : "none")
        + ", hosts="
        + hosts
        + "]";
  }
}
