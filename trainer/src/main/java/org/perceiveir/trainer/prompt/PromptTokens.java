package org.perceiveir.trainer.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.perceiveir.model.clip.ClipTokenizer;

/**
 * The prompts' words as rows of tokens for a text encoder.
 *
 * <p>Public CLIP has its own numbers for tokens. An encoder that is trained from scratch knows the
 * words of the prompts only, so its vocabulary has these: 0 for padding, the words' tokens, start
 * and end last, as the end token must have the largest number.
 *
 * @param rows {@code (tiers, contextLength)}: start, the prompt, end, zeros
 * @param ends place of the end token in each row
 * @param words tokens of each tier's words, at most N of them
 * @param vocabulary number of tokens that there are
 */
record PromptTokens(
    List<List<Integer>> rows, List<Integer> ends, List<List<Integer>> words, int vocabulary) {

  /** Tokens of public CLIP. */
  static PromptTokens ofClip(Prompts prompts, int contextLength, int vocabulary) {
    List<List<Integer>> words = encode(prompts);
    return of(prompts, words, contextLength, vocabulary, ClipTokenizer.START, ClipTokenizer.END);
  }

  /** Tokens of a vocabulary that has these words only; no row is longer than it must be. */
  static PromptTokens own(Prompts prompts) {
    List<List<Integer>> clip = encode(prompts);
    TreeSet<Integer> all = new TreeSet<>();
    clip.forEach(all::addAll);
    List<Integer> order = List.copyOf(all);
    List<List<Integer>> words = new ArrayList<>();
    int longest = prompts.learned() ? prompts.length() : 0;
    for (List<Integer> word : clip) {
      words.add(word.stream().map(token -> 1 + order.indexOf(token)).toList());
      longest = prompts.learned() ? longest : Math.max(longest, word.size());
    }
    int start = 1 + order.size();
    return of(prompts, words, longest + 2, start + 2, start, start + 1);
  }

  private static List<List<Integer>> encode(Prompts prompts) {
    ClipTokenizer tokenizer = ClipTokenizer.read();
    List<List<Integer>> words = new ArrayList<>();
    for (String word : prompts.words()) {
      List<Integer> tokens = tokenizer.encode(word);
      if (prompts.initialisation() == Prompts.Initialisation.PARTIAL
          && tokens.size() >= prompts.length()) {
        throw new IllegalArgumentException(
            "'"
                + word
                + "' has "
                + tokens.size()
                + " tokens: a prompt of "
                + prompts.length()
                + " leaves no random one beside it; make length larger");
      }
      words.add(tokens);
    }
    return words;
  }

  private static PromptTokens of(
      Prompts prompts,
      List<List<Integer>> words,
      int contextLength,
      int vocabulary,
      int start,
      int end) {
    List<List<Integer>> rows = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    for (List<Integer> word : words) {
      int length = prompts.learned() ? prompts.length() : word.size();
      if (length > contextLength - 2) {
        throw new IllegalArgumentException(
            "a prompt of "
                + length
                + " tokens: between start and end token there is place for "
                + (contextLength - 2));
      }
      List<Integer> row = new ArrayList<>();
      row.add(start);
      for (int i = 0; i < length; i++) {
        // Where context is learned, its vectors take these places.
        row.add(prompts.learned() ? 0 : word.get(i));
      }
      row.add(end);
      while (row.size() < contextLength) {
        row.add(0);
      }
      rows.add(row);
      ends.add(length + 1);
    }
    return new PromptTokens(rows, ends, words, vocabulary);
  }

  int contextLength() {
    return rows.get(0).size();
  }

  int[][] ids() {
    return rows.stream()
        .map(row -> row.stream().mapToInt(Integer::intValue).toArray())
        .toArray(int[][]::new);
  }
}
