package org.perceiveir.streams.letters;

/**
 * Dead letters of one reason and one source.
 *
 * @param reason code of the reason
 * @param source the source of the frame where it can be read, else the record's key, else {@code
 *     unknown}
 * @param count how many
 * @param firstMs earliest time of their input records, in milliseconds since 1970
 * @param lastMs latest time of their input records, in milliseconds since 1970
 * @param replays how many of them were replays when they died
 * @param cut how many are cut and cannot be replayed
 */
public record LetterCount(
    String reason, String source, long count, long firstMs, long lastMs, long replays, long cut) {

  LetterCount plus(LetterCount other) {
    return new LetterCount(
        reason,
        source,
        count + other.count,
        Math.min(firstMs, other.firstMs),
        Math.max(lastMs, other.lastMs),
        replays + other.replays,
        cut + other.cut);
  }
}
