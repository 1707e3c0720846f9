package org.perceiveir.streams.inspect;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.perceiveir.streams.payload.Sha256s;

/**
 * Names of files for records of strangers: plain characters, one path element, never hidden. Not
 * thread-safe.
 */
public final class FileNames {
  private static final int MAX_PART = 100;

  private final Set<String> taken = new HashSet<>();

  /** Names that do not clash with each other. */
  public FileNames() {}

  /**
   * One part of a name. A text that has to be changed gets a part of its SHA-256, so that two
   * sources do not become one.
   */
  public static String part(String text) {
    String safe = text.replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^[.-]+", "_");
    if (safe.length() > MAX_PART) {
      safe = safe.substring(0, MAX_PART);
    }
    return safe.equals(text) && !safe.isEmpty() ? safe : safe + "~" + digest(text);
  }

  private static String digest(String text) {
    return HexFormat.of().formatHex(Sha256s.of(text.getBytes(UTF_8)), 0, 4);
  }

  /**
   * A name that this object has not given before.
   *
   * @param stem made of {@link #part parts}
   * @param unlike told from its like by this, such as partition and offset
   * @param extension without the dot
   */
  public String unique(String stem, String unlike, String extension) {
    String name = stem + "." + extension;
    if (taken.add(name)) {
      return name;
    }
    String other = stem + "-" + unlike + "." + extension;
    taken.add(other);
    return other;
  }
}
