package org.perceiveir.streams.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Finds the known key that a mistyped one most likely meant: one with all of its words, else the
 * one at the least edit distance.
 */
final class NearestKey {
  /**
   * Keys have under sixty characters; to compare longer texts with all of them costs for nothing.
   */
  private static final int MAX_LENGTH = 120;

  private NearestKey() {}

  /** The closest candidate, if it is close enough to be a likely typing error. */
  static Optional<String> of(String typed, Collection<String> known) {
    if (typed.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    List<String> words = Arrays.asList(typed.split("\\.", -1));
    Optional<String> longer =
        known.stream()
            .filter(k -> Arrays.asList(k.split("\\.", -1)).containsAll(words))
            .min(Comparator.comparingInt(String::length));
    if (longer.isPresent()) {
      return longer;
    }
    return known.stream()
        .min(Comparator.comparingInt(k -> distance(typed, k)))
        .filter(k -> distance(typed, k) <= Math.max(3, typed.length() / 2));
  }

  /** Levenshtein distance with two rows. */
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(substitution, Math.min(previous[j], row[j - 1]) + 1);
      }
      int[] spare = previous;
      previous = row;
      row = spare;
    }
    return previous[b.length()];
  }
}
