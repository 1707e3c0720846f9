package org.perceiveir.trainer.prompt;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The prompts of the tiers.
 *
 * @param words what each tier is called, from the worst to the best: 2, 3 or 4 words or phrases
 * @param initialisation how the prompts begin
 * @param length N, number of learnable tokens of each prompt; of no meaning when they are fixed
 */
public record Prompts(List<String> words, Initialisation initialisation, int length) {
  private static final int MAX_LENGTH = 75;

  /** How prompts begin (Table VIII). */
  public enum Initialisation {
    /** The words as plain text; nothing is learned on the side of the text. */
    FIXED,
    /** N random vectors. */
    RANDOM,
    /** Random vectors, then the words' own embeddings as the last of the N; all are learned. */
    PARTIAL;

    /** The name in configurations and on command lines. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** All names. */
    public static List<String> ids() {
      return Arrays.stream(values()).map(Initialisation::id).toList();
    }

    /**
     * The initialisation of that name.
     *
     * @throws IllegalArgumentException naming those there are
     */
    public static Initialisation fromId(String id) {
      return Arrays.stream(values())
          .filter(i -> i.id().equals(id))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "initialisation '"
                          + id
                          + "': choose one of "
                          + ids().stream().collect(Collectors.joining(", "))));
    }
  }

  /**
   * Checks number and length.
   *
   * @throws IllegalArgumentException naming what is outside
   */
  public Prompts {
    words = List.copyOf(words);
    if (words.size() < 2 || words.size() > 4) {
      throw new IllegalArgumentException(
          "words are " + words + ": give 2, 3 or 4, from the worst tier to the best");
    }
    if (length < 1 || length > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "length is " + length + " tokens, allowed are 1 to " + MAX_LENGTH);
    }
  }

  /**
   * The paper's words for so many prompts, from the worst to the best: rows (c), (i) and (l) of
   * Table VIII.
   *
   * @throws IllegalArgumentException if there are none for that number
   */
  public static List<String> words(int count) {
    return switch (count) {
      case 2 -> List.of("terrible", "excellent");
      case 3 -> List.of("terrible", "mediocre", "excellent");
      case 4 -> List.of("terrible", "bad", "good", "excellent");
      default ->
          throw new IllegalArgumentException(count + " prompts: there can be 2, 3 or 4 of them");
    };
  }

  /** The paper's best: three prompts of 16 tokens, partial initialisation. */
  public static Prompts defaults() {
    return new Prompts(words(3), Initialisation.PARTIAL, 16);
  }

  /** Whether context vectors are learned. */
  boolean learned() {
    return initialisation != Initialisation.FIXED;
  }
}
