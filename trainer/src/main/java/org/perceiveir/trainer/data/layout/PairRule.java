package org.perceiveir.trainer.data.layout;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which truth belongs to a damaged image, told from the names of the two files.
 *
 * <p>Extensions never matter, capitals do not either. Folders below the two roots must be the same,
 * except with {@link #PREFIX}, because data sets of many inputs to a truth keep them in parts.
 */
public final class PairRule {
  /** Equal names: {@code 12.png} and {@code 12.jpg}. */
  public static final PairRule EQUAL = new PairRule("equal");

  /** The truth's name is that of the input up to its first underscore, as in RESIDE. */
  public static final PairRule PREFIX = new PairRule("prefix");

  /** The same first number, as in {@code rain-007x2} and {@code norain-7} of Rain100L. */
  public static final PairRule NUMBER = new PairRule("number");

  private static final Pattern FIRST_NUMBER = Pattern.compile("\\d+");
  private static final Pattern GROUP = Pattern.compile("\\$(\\d)");

  private final String text;
  private final Optional<Pattern> pattern;
  private final String replacement;

  private PairRule(String name) {
    this(name, Optional.empty(), "");
  }

  private PairRule(String text, Optional<Pattern> pattern, String replacement) {
    this.text = text;
    this.pattern = pattern;
    this.replacement = replacement;
  }

  /**
   * Reads {@code equal}, {@code prefix}, {@code number} or {@code REGEX -> REPLACEMENT}, which
   * makes the truth's name (without extension) of the input's.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static PairRule parse(String text) {
    for (PairRule known : List.of(EQUAL, PREFIX, NUMBER)) {
      if (known.text.equals(text.strip())) {
        return known;
      }
    }
    String[] sides = text.split("->", -1);
    if (sides.length != 2) {
      throw new IllegalArgumentException(
          "'" + text + "' is not equal, prefix, number or like 'rain-(.*) -> norain-$1'");
    }
    Pattern pattern;
    try {
      pattern = Pattern.compile(sides[0].strip(), Pattern.CASE_INSENSITIVE);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("'" + sides[0].strip() + "': " + e.getDescription(), e);
    }
    String replacement = sides[1].strip();
    int groups = pattern.matcher("").groupCount();
    Matcher group = GROUP.matcher(replacement);
    while (group.find()) {
      if (Integer.parseInt(group.group(1)) > groups) {
        throw new IllegalArgumentException(
            "'" + text + "' has " + group.group() + ", but " + groups + " groups in parentheses");
      }
    }
    return new PairRule(pattern + " -> " + replacement, Optional.of(pattern), replacement);
  }

  /** What the name of a damaged image has in common with that of its truth. */
  String inputKey(Path file) {
    String stem = Folders.stem(file);
    if (pattern.isPresent()) {
      stem = pattern.get().matcher(stem).replaceAll(replacement);
    } else if (equals(PREFIX)) {
      int underscore = stem.indexOf('_');
      stem = underscore < 0 ? stem : stem.substring(0, underscore);
    }
    return key(stem);
  }

  /** What the name of a truth has in common with those of its damaged images. */
  String targetKey(Path file) {
    return key(Folders.stem(file));
  }

  private String key(String stem) {
    if (equals(NUMBER)) {
      Matcher number = FIRST_NUMBER.matcher(stem);
      if (number.find()) {
        return number.group().replaceFirst("^0+(?=\\d)", "");
      }
    }
    return stem.toLowerCase(Locale.ROOT);
  }

  /** Whether the folders that files lie in are part of what they have in common. */
  boolean bindsFolders() {
    return !equals(PREFIX);
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return text;
  }
}
