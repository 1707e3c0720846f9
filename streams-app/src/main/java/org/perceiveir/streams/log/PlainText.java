package org.perceiveir.streams.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Text and bytes of strangers, made safe for a terminal: what could move the cursor, change colours
 * or turn the direction of writing shows as an escape.
 */
public final class PlainText {
  private static final int BYTES_IN_A_LINE = 16;

  private PlainText() {}

  /**
   * The text with control and format characters as escapes of Java: a backslash, u and four digits.
   */
  public static String of(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (isPlain(c)) {
                plain.appendCodePoint(c);
              } else if (c <= 0xFFFF) {
                plain.append(String.format(Locale.ROOT, "\\u%04x", c));
              } else {
                plain.append(
                    String.format(
                        Locale.ROOT,
                        "\\u%04x\\u%04x",
                        (int) Character.highSurrogate(c),
                        (int) Character.lowSurrogate(c)));
              }
            });
    return plain.toString();
  }

  /** As above, cut to a number of characters; what is left out is counted. */
  public static String of(String text, int most) {
    if (text.length() <= most) {
      return of(text);
    }
    int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return of(text.substring(0, end)) + "... (" + (text.length() - end) + " more)";
  }

  private static boolean isPlain(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  /** Bytes that are meant to be text, such as a key or a header, cut to 200 characters. */
  public static String of(byte @Nullable [] utf8) {
    if (utf8 == null) {
      return "(null)";
    }
    String text = new String(utf8, 0, Math.min(utf8.length, 1000), UTF_8);
    int unread = utf8.length - Math.min(utf8.length, 1000);
    return of(text, 200) + (unread > 0 ? " (" + utf8.length + " bytes)" : "");
  }

  /**
   * The first bytes in hexadecimal and in ASCII, sixteen a line, each line begun with an indent.
   *
   * @param most how many bytes to show
   */
  public static String dump(byte[] bytes, int most, String indent) {
    StringBuilder dump = new StringBuilder();
    int end = Math.min(bytes.length, most);
    for (int from = 0; from < end; from += BYTES_IN_A_LINE) {
      StringBuilder ascii = new StringBuilder();
      dump.append(from == 0 ? "" : "\n")
          .append(String.format(Locale.ROOT, "%s%04x ", indent, from));
      for (int i = from; i < from + BYTES_IN_A_LINE; i++) {
        if (i < end) {
          int b = bytes[i] & 0xFF;
          dump.append(String.format(Locale.ROOT, " %02x", b));
          ascii.append(b >= 0x20 && b < 0x7F ? (char) b : '.');
        } else {
          dump.append("   ");
        }
      }
      dump.append("  ").append(ascii);
    }
    return dump.toString();
  }
}
