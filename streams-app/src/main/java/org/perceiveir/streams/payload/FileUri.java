package org.perceiveir.streams.payload;

import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.perceiveir.streams.payload.PayloadException.Reason;

/**
 * The path that a {@code file:} URI names, if it names one plainly: absolute, on this machine, and
 * without any way of writing the same path differently. Looks at no file.
 */
final class FileUri {
  /** A dot, a slash, a backslash or a NUL in disguise. */
  private static final Pattern DISGUISED =
      Pattern.compile("%(2e|2f|5c|00)", Pattern.CASE_INSENSITIVE);

  private static final Pattern DRIVE = Pattern.compile("[A-Za-z](:|%3[aA]|\\||%7[cC]).*");

  private FileUri() {}

  static Path path(URI uri) throws PayloadException {
    String raw = uri.getRawPath();
    if (uri.isOpaque() || raw == null || !raw.startsWith("/")) {
      throw refused("it has no absolute path");
    }
    if (uri.getRawAuthority() != null) {
      throw refused("it names a host");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw refused("it has a query or a fragment");
    }
    if (DISGUISED.matcher(raw).find()) {
      throw refused("it encodes a dot, a slash, a backslash or a NUL");
    }
    String[] segments = raw.substring(1).split("/", -1);
    for (String segment : segments) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw refused("it has an empty, '.' or '..' part");
      }
    }
    if (DRIVE.matcher(segments[0]).matches()) {
      throw refused("it names a drive");
    }
    try {
      return Path.of(uri);
    } catch (IllegalArgumentException e) {
      throw new PayloadException(Reason.NOT_ALLOWED, "a file: reference that is no path", e);
    }
  }

  private static PayloadException refused(String why) {
    return new PayloadException(
        Reason.NOT_ALLOWED,
        "a file: reference is refused: " + why + "; write file:///DIRECTORY/NAME");
  }
}
