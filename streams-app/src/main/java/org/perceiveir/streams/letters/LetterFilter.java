package org.perceiveir.streams.letters;

import java.util.Locale;
import java.util.Optional;

/**
 * Which dead letters are meant.
 *
 * @param reason code of the reason, in any case; empty for all
 */
public record LetterFilter(Optional<String> reason) {
  /** Every letter. */
  public static final LetterFilter ALL = new LetterFilter(Optional.empty());

  /** The letters of one reason. */
  public static LetterFilter reason(String code) {
    return new LetterFilter(Optional.of(code.toUpperCase(Locale.ROOT)));
  }

  boolean takes(DeadLetter letter) {
    return reason.isEmpty() || reason.get().equals(letter.reason().toUpperCase(Locale.ROOT));
  }
}
