package org.perceiveir.model.clip;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * CLIP's byte pair tokenizer (openai/CLIP, {@code simple_tokenizer.py}) with the vocabulary of
 * 49,408 tokens.
 *
 * <p>A text is cleaned (HTML references resolved twice, white space collapsed), put into lower case
 * and cut into words; the UTF-8 bytes of a word, each written as a printable character, are joined
 * pair by pair in the order in which the pairs were learned. The repair of wrongly decoded text
 * that the original runs first is left out: it changes nothing in well-formed text.
 *
 * <p>Instances are immutable and may be shared between threads.
 */
public final class ClipTokenizer {
  /** Token before every text. */
  public static final int START = 49406;

  /** Token behind every text, the largest of all. */
  public static final int END = 49407;

  private static final String START_TEXT = "<|startoftext|>";
  private static final String END_TEXT = "<|endoftext|>";
  private static final String WORD_END = "</w>";

  /** Merges of the file that belong to the vocabulary; it has more. */
  private static final int MERGES = 49152 - 256 - 2;

  private static final int SHOWN = 60;

  private static final Pattern WORDS =
      Pattern.compile(
          "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d"
              + "|\\p{L}+|\\p{N}|[^\\p{IsWhite_Space}\\p{L}\\p{N}]+",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  private static final Pattern SPACE = Pattern.compile("\\p{IsWhite_Space}+");

  /** What Python strips: white space and four old separators. */
  private static final Pattern EDGES =
      Pattern.compile("^[\\p{IsWhite_Space}\\x1c-\\x1f]+|[\\p{IsWhite_Space}\\x1c-\\x1f]+$");

  private final HtmlReferences references;
  private final String[] byteCharacters;
  private final Map<String, Integer> ranks;
  private final Map<String, Integer> ids;

  private ClipTokenizer(
      HtmlReferences references,
      String[] byteCharacters,
      Map<String, Integer> ranks,
      Map<String, Integer> ids) {
    this.references = references;
    this.byteCharacters = byteCharacters;
    this.ranks = ranks;
    this.ids = ids;
  }

  /** Reads the vocabulary that ships with the product; takes a few tenths of a second. */
  public static ClipTokenizer read() {
    List<String> merges = new ArrayList<>(MERGES);
    try (InputStream in = ClipTokenizer.class.getResourceAsStream("bpe_simple_vocab_16e6.txt.gz")) {
      if (in == null) {
        throw new IllegalStateException("bpe_simple_vocab_16e6.txt.gz is not on the class path");
      }
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8));
      lines.readLine(); // The first line names the file's version.
      for (String line = lines.readLine();
          line != null && merges.size() < MERGES;
          line = lines.readLine()) {
        merges.add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Integer> order = bytesInOrder();
    String[] characters = byteCharacters(order);
    Map<String, Integer> ranks = new HashMap<>();
    Map<String, Integer> ids = new HashMap<>();
    order.forEach(b -> ids.put(characters[b], ids.size()));
    order.forEach(b -> ids.put(characters[b] + WORD_END, ids.size()));
    for (String merge : merges) {
      ranks.put(merge, ranks.size());
      ids.put(merge.replace(" ", ""), ids.size());
    }
    ids.put(START_TEXT, ids.size());
    ids.put(END_TEXT, ids.size());
    return new ClipTokenizer(HtmlReferences.read(), characters, ranks, ids);
  }

  /** Bytes that are printable in Latin-1 first, as the vocabulary numbers them. */
  private static List<Integer> bytesInOrder() {
    List<Integer> order = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      if (isPrintable(b)) {
        order.add(b);
      }
    }
    for (int b = 0; b < 256; b++) {
      if (!isPrintable(b)) {
        order.add(b);
      }
    }
    return order;
  }

  private static boolean isPrintable(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
  }

  /** A printable byte is its own character; the others get those from 256 on. */
  private static String[] byteCharacters(List<Integer> order) {
    String[] characters = new String[256];
    int next = 256;
    for (int b : order) {
      characters[b] = Character.toString(isPrintable(b) ? b : next++);
    }
    return characters;
  }

  /**
   * Tokens of a text, without start and end.
   *
   * @return ids, 0 to 49407
   */
  public List<Integer> encode(String text) {
    List<Integer> tokens = new ArrayList<>();
    Matcher words = WORDS.matcher(clean(text));
    while (words.find()) {
      String word = words.group();
      if (word.equals(START_TEXT) || word.equals(END_TEXT)) {
        tokens.add(id(word));
      } else {
        joined(word).forEach(part -> tokens.add(id(part)));
      }
    }
    return tokens;
  }

  private String clean(String text) {
    String plain = strip(references.unescape(references.unescape(text)));
    return strip(SPACE.matcher(plain).replaceAll(" ")).toLowerCase(Locale.ROOT);
  }

  private static String strip(String text) {
    return EDGES.matcher(text).replaceAll("");
  }

  private int id(String part) {
    Integer id = ids.get(part);
    if (id == null) {
      throw new IllegalStateException("'" + part + "' is not in the vocabulary");
    }
    return id;
  }

  /** The word's bytes, joined while any pair was learned; the earliest learned pair goes first. */
  private List<String> joined(String word) {
    List<String> parts = new ArrayList<>();
    for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
      parts.add(byteCharacters[b & 0xff]);
    }
    int last = parts.size() - 1;
    parts.set(last, parts.get(last) + WORD_END);
    while (parts.size() > 1) {
      String best = "";
      int bestRank = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < parts.size(); i++) {
        String pair = parts.get(i) + " " + parts.get(i + 1);
        int rank = ranks.getOrDefault(pair, Integer.MAX_VALUE);
        if (rank < bestRank) {
          bestRank = rank;
          best = pair;
        }
      }
      if (bestRank == Integer.MAX_VALUE) {
        break;
      }
      parts = withJoined(parts, best);
    }
    return parts;
  }

  private static List<String> withJoined(List<String> parts, String pair) {
    List<String> result = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      if (i + 1 < parts.size() && pair.equals(parts.get(i) + " " + parts.get(i + 1))) {
        result.add(parts.get(i) + parts.get(i + 1));
        i++;
      } else {
        result.add(parts.get(i));
      }
    }
    return result;
  }

  /**
   * Rows of tokens for a {@link ClipTextEncoder}: start, the text's tokens, end, zeros.
   *
   * @param contextLength length of each row, at least 2; 77 in the public models
   * @param truncate whether a text that is too long loses its tail, else it is an error
   * @return one row for each text
   * @throws IllegalArgumentException naming the text, its number of tokens, the limit and the
   *     remedy
   */
  public int[][] tokenize(List<String> texts, int contextLength, boolean truncate) {
    if (contextLength < 2) {
      throw new IllegalArgumentException(
          "contextLength is " + contextLength + ": start and end token alone need 2");
    }
    int[][] rows = new int[texts.size()][contextLength];
    for (int t = 0; t < rows.length; t++) {
      List<Integer> tokens = encode(texts.get(t));
      int room = contextLength - 2;
      if (tokens.size() > room && !truncate) {
        throw new IllegalArgumentException(
            "text '"
                + shown(texts.get(t))
                + "' has "
                + tokens.size()
                + " tokens, at most "
                + room
                + " fit between start and end token: shorten it or let it be truncated");
      }
      int used = Math.min(room, tokens.size());
      rows[t][0] = START;
      for (int i = 0; i < used; i++) {
        rows[t][1 + i] = tokens.get(i);
      }
      rows[t][1 + used] = END;
    }
    return rows;
  }

  private static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
