package org.perceiveir.capture;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a video comes from: a file, an RTSP camera or a camera of this machine. Nothing else:
 * FFmpeg would read {@code http:}, {@code concat:}, {@code data:} and more.
 *
 * <p>An RTSP address may hold a user, a password and a token. They are given to FFmpeg only; {@link
 * #toString} and every message have host and port alone, since cameras put passwords into the path
 * too.
 */
public final class VideoAddress {

  /** What kind of source it is. */
  public enum Kind {
    /** A video file: it has an end. */
    FILE,
    /** A camera in the network. */
    RTSP,
    /** A camera of this machine. */
    DEVICE
  }

  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*", Pattern.DOTALL);

  /** What a mistyped address of a camera looks like; no existing file needs to. */
  private static final Pattern SECRETIVE = Pattern.compile("(?i)(?<![a-z0-9])rtsps?\\W{0,3}/|@");

  private static final Pattern DEVICE =
      Pattern.compile("/dev/(video[0-9]{1,4}|v4l/by-(id|path)/[A-Za-z0-9_.:+-]+)");
  private static final String KINDS =
      "name a video file, an rtsp:// address or a camera such as /dev/video0";

  private final Kind kind;
  private final String location;
  private final String shown;

  private VideoAddress(Kind kind, String location, String shown) {
    this.kind = kind;
    this.location = location;
    this.shown = shown;
  }

  /**
   * Reads an address as a user types it.
   *
   * @throws CaptureException if it is of another kind, or no address
   */
  public static VideoAddress parse(String text) throws CaptureException {
    return parse(text, null);
  }

  /**
   * Reads an address that stands elsewhere, such as in a file of secrets.
   *
   * @param name what messages call it in place of its text; null where its text may be shown
   * @throws CaptureException if it is of another kind, or no address
   */
  public static VideoAddress parse(String text, @Nullable String name) throws CaptureException {
    String stripped = text.strip();
    if (DEVICE.matcher(stripped).matches()) {
      return new VideoAddress(Kind.DEVICE, stripped, stripped);
    }
    Matcher scheme = SCHEME.matcher(stripped);
    if (!scheme.matches()) {
      if (mayTellASecret(text)) {
        throw new CaptureException(
            (name == null ? "the input" : name)
                + " is no file, and no address of a camera as it should be written",
            KINDS);
      }
      return new VideoAddress(Kind.FILE, path(text, name), name == null ? text : name);
    }
    if (scheme.group(1).toLowerCase(Locale.ROOT).equals("rtsp")) {
      return rtsp(stripped);
    }
    throw new CaptureException(
        (name == null ? "an address that begins with " + scheme.group(1) + ":" : name)
            + " is none of the kinds that are read",
        KINDS + "; write ./NAME for a file whose name has a colon");
  }

  /**
   * Whether a text that is no existing file may be the address of a camera, with a password that no
   * message may quote.
   */
  public static boolean mayTellASecret(String text) {
    try {
      return SECRETIVE.matcher(text).find() && !Files.exists(Path.of(text));
    } catch (InvalidPathException e) {
      return true;
    }
  }

  private static String path(String text, @Nullable String name) throws CaptureException {
    try {
      if (!text.isBlank()) {
        return Path.of(text).toAbsolutePath().normalize().toString();
      }
    } catch (InvalidPathException e) {
      // Told below: a path that cannot be is as good as none.
    }
    throw new CaptureException((name == null ? "the input" : name) + " is no path", KINDS);
  }

  private static VideoAddress rtsp(String text) throws CaptureException {
    URI uri = null;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      // Without the cause, which holds the whole text.
    }
    // An @ after the authority is a password with a slash in it, and "host" a part of that.
    if (uri == null
        || uri.getHost() == null
        || uri.getPort() > 65_535
        || uri.getFragment() != null
        || text.indexOf('@', text.indexOf(uri.getRawAuthority()) + uri.getRawAuthority().length())
            >= 0) {
      throw new CaptureException(
          "the rtsp:// address cannot be read",
          "write rtsp://USER:PASSWORD@HOST:PORT/PATH, and / as %2F, @ as %40, # as %23, : as %3A"
              + " within user and password");
    }
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return new VideoAddress(Kind.RTSP, text, "rtsp://" + uri.getHost() + port);
  }

  /** Whether the text is one that {@link VideoInput} might read: no directory. */
  public static boolean isDirectory(String text) {
    try {
      return Files.isDirectory(Path.of(text));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** What kind of source it is. */
  public Kind kind() {
    return kind;
  }

  /** Whether frames come when they happen, and are lost if nobody takes them. */
  public boolean isLive() {
    return kind != Kind.FILE;
  }

  /** What FFmpeg opens; may hold a password. */
  String location() {
    return kind == Kind.FILE ? "file:" + location : location;
  }

  /** The file, of {@link Kind#FILE} and {@link Kind#DEVICE}. */
  Path path() {
    return Path.of(location);
  }

  /** Fit for messages and logs. */
  @Override
  public String toString() {
    return shown;
  }
}
