package org.perceiveir.streams.live;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.Headers;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The cookie that a browser gets for the token.
 *
 * <p>It holds the time of its end and a keyed hash of that. The key is drawn when the service
 * starts and kept nowhere: the cookie tells nothing of the token, opens nothing but the live page,
 * needs no memory for each browser, and ends with the process or after {@value #HOURS} h. A script
 * cannot read it (HttpOnly) and the browser sends it with requests of this site only
 * (SameSite=Strict). Its name holds the port, since cookies do not tell ports of a host apart.
 */
final class BrowserPass {
  static final int HOURS = 12;

  private static final String ALGORITHM = "HmacSHA256";

  private final String name;
  private final InstantSource clock;
  private final SecretKeySpec key;

  /** Passes of one server. */
  BrowserPass(int port, InstantSource clock) {
    this.name = "perceive_live_" + port;
    this.clock = clock;
    byte[] drawn = new byte[32];
    new SecureRandom().nextBytes(drawn);
    this.key = new SecretKeySpec(drawn, ALGORITHM);
  }

  /**
   * The value of a Set-Cookie header.
   *
   * @param secure whether the browser may send it over TLS only
   */
  String issue(boolean secure) {
    long end = clock.instant().plus(Duration.ofHours(HOURS)).getEpochSecond();
    return name
        + "="
        + end
        + "."
        + hash(String.valueOf(end))
        + "; HttpOnly; SameSite=Strict; Path=/live; Max-Age="
        + Duration.ofHours(HOURS).toSeconds()
        + (secure ? "; Secure" : "");
  }

  /** Whether the request carries a pass that is valid. */
  boolean admits(Headers headers) {
    List<String> cookies = headers.get("Cookie");
    if (cookies == null) {
      return false;
    }
    for (String line : cookies) {
      for (String cookie : line.split(";", -1)) {
        String trimmed = cookie.trim();
        if (trimmed.startsWith(name + "=") && isValid(trimmed.substring(name.length() + 1))) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isValid(String value) {
    int dot = value.indexOf('.');
    if (dot < 1 || dot > 19) {
      return false;
    }
    String end = value.substring(0, dot);
    return MessageDigest.isEqual(
            hash(end).getBytes(US_ASCII), value.substring(dot + 1).getBytes(US_ASCII))
        && Long.parseLong(end) > clock.instant().getEpochSecond();
  }

  private String hash(String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(text.getBytes(US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java lacks " + ALGORITHM, e);
    }
  }
}
