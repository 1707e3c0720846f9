package org.perceiveir.model.clip;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Character references of HTML, by name or by number: an ampersand, {@code eacute} or {@code #233}
 * or {@code #xE9}, and a semicolon.
 *
 * <p>OpenAI's tokenizer cleans captions from the web with Python's {@code html.unescape}; this
 * follows the same standard (HTML, sections 13.2.5.72 to 13.2.5.80 and 13.5) outside of attributes.
 */
final class HtmlReferences {
  private static final Pattern REFERENCE =
      Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");

  /** Numbers from 0x80 to 0x9F are meant in this code page. */
  private static final Charset WINDOWS = Charset.forName("windows-1252");

  private static final String REPLACEMENT = "\uFFFD";
  private static final int NO_CHARACTER = 0x110000;

  private final Map<String, String> named;

  private HtmlReferences(Map<String, String> named) {
    this.named = named;
  }

  /** Reads the standard's table. */
  static HtmlReferences read() {
    Map<String, String> named = new HashMap<>();
    try (InputStream in =
        HtmlReferences.class.getResourceAsStream("html-character-references.txt")) {
      if (in == null) {
        throw new IllegalStateException("html-character-references.txt is not on the class path");
      }
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("#")) {
          continue;
        }
        String[] words = line.split(" ", -1);
        StringBuilder value = new StringBuilder();
        for (int i = 1; i < words.length; i++) {
          value.appendCodePoint(Integer.parseInt(words[i], 16));
        }
        named.put(words[0], value.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new HtmlReferences(named);
  }

  /** The text with every reference replaced once; what is no reference stays. */
  String unescape(String text) {
    if (text.indexOf('&') < 0) {
      return text;
    }
    return REFERENCE.matcher(text).replaceAll(m -> Matcher.quoteReplacement(value(m.group(1))));
  }

  private String value(String reference) {
    if (reference.startsWith("#")) {
      return numeric(reference);
    }
    String whole = named.get(reference);
    if (whole != null) {
      return whole;
    }
    // Some old names need no semicolon: the longest that begins the text counts.
    for (int end = reference.length() - 1; end > 1; end--) {
      String known = named.get(reference.substring(0, end));
      if (known != null) {
        return known + reference.substring(end);
      }
    }
    return "&" + reference;
  }

  private static String numeric(String reference) {
    String digits = reference.substring(1).replace(";", "");
    boolean hex = digits.startsWith("x") || digits.startsWith("X");
    int code = 0;
    for (int i = hex ? 1 : 0; i < digits.length(); i++) {
      code = code * (hex ? 16 : 10) + Character.digit(digits.charAt(i), 16);
      code = Math.min(code, NO_CHARACTER);
    }
    if (code == 0 || code >= NO_CHARACTER || (code >= 0xD800 && code <= 0xDFFF)) {
      return REPLACEMENT;
    }
    if (code == '\r') {
      return "\r";
    }
    if (code >= 0x80 && code <= 0x9F) {
      String character = new String(new byte[] {(byte) code}, WINDOWS);
      // Five numbers are free in the code page and stay the control characters that they are.
      return character.equals(REPLACEMENT) ? Character.toString(code) : character;
    }
    return mayNotStand(code) ? "" : Character.toString(code);
  }

  /** Control characters but for white space, and what Unicode calls noncharacters. */
  private static boolean mayNotStand(int code) {
    boolean control = code < 0x20 && code != '\t' && code != '\n' && code != '\f';
    boolean noncharacter = (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
    return control || code == 0x7F || noncharacter;
  }
}
