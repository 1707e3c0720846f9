package org.perceiveir.streams.payload;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;

/**
 * Names of files for frames: {@code SOURCE/EPOCH-SEQUENCE.BUNDLE.VERSION.DIGEST.EXTENSION}, or
 * without bundle where no network made the pixels.
 *
 * <p><u>Safe.</u> A part keeps letters, digits, '-' and '_'; any other byte of its UTF-8 becomes
 * {@code =} and two hexadecimal digits, so no name holds a dot, a slash or nothing but dots, and a
 * URI needs no escapes. <u>Free of collisions.</u> The escape is reversible; a part that would be
 * longer than {@value #MAX_PART} characters is cut to {@value #KEPT} and gets {@code ~}, which no
 * other part holds, and {@value #DIGITS} digits of its SHA-256. The longest name has 200
 * characters.
 *
 * <p><u>Never another content.</u> The name ends in 64 bits of the content's SHA-256: a frame that
 * is restored again after a crash gets the same name if it has the same bytes, and another if it
 * has not. A file that a committed record refers to is so never replaced by other pixels, not even
 * by an instance that has lost its partitions and does not know it yet.
 */
final class StoredName {
  static final int MAX_PART = 64;
  private static final int KEPT = 23;
  private static final int DIGITS = 40;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private StoredName() {}

  /**
   * The path of a frame, relative to the root.
   *
   * @param bundle name of the bundle that restored it; null where none did
   * @param version version of that bundle
   * @param sha256 digest of the content
   */
  static Path of(
      FrameIdentity identity,
      @Nullable String bundle,
      @Nullable String version,
      FrameEncoding encoding,
      byte[] sha256) {
    StringBuilder name = new StringBuilder();
    name.append(identity.getStreamEpoch()).append('-').append(identity.getSequence());
    if (bundle != null) {
      name.append('.')
          .append(part(bundle))
          .append('.')
          .append(part(version == null ? "" : version));
    }
    name.append('.').append(HexFormat.of().formatHex(sha256, 0, 8));
    name.append('.').append(extension(encoding));
    return Path.of(part(identity.getSourceId()), name.toString());
  }

  /** A text as a part of a name. */
  static String part(String text) {
    StringBuilder safe = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || c == '-' || c == '_')) {
        safe.append(c);
      } else {
        safe.append('=').append(HEX.toHexDigits(b));
      }
    }
    if (safe.length() <= MAX_PART) {
      return safe.isEmpty() ? "=" : safe.toString();
    }
    return safe.substring(0, KEPT)
        + "~"
        + HexFormat.of().formatHex(Sha256s.of(text.getBytes(UTF_8))).substring(0, DIGITS);
  }

  private static String extension(FrameEncoding encoding) {
    return encoding == FrameEncoding.JPEG ? "jpg" : encoding.name().toLowerCase(Locale.ROOT);
  }
}
