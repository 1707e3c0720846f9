package org.perceiveir.model.storage;

import java.util.regex.Pattern;

/**
 * Names and versions of bundles. A version in a file is followed by {@code +} and the first eight
 * hex digits of the SHA-256 of the weights, so that no two sets of weights have the same.
 */
public final class BundleLabels {
  /** A name: lower-case letters, digits, dots, dashes and underscores, up to 64. */
  public static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  /** A version without its hash: letters, digits, dots and dashes, up to 32. */
  public static final Pattern VERSION = Pattern.compile("[0-9A-Za-z][0-9A-Za-z.-]{0,31}");

  private static final int HEX_DIGITS = 8;

  private BundleLabels() {}

  /** Whether a text can be a bundle's name. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** Whether a text can be a bundle's version, without its hash. */
  public static boolean isVersion(String text) {
    return VERSION.matcher(text).matches();
  }

  /** What stands behind the version: {@code +} and the start of the weights' SHA-256. */
  public static String suffix(String sha256) {
    return "+" + sha256.substring(0, HEX_DIGITS);
  }

  /** Whether a text is a version with the hash of these weights. */
  public static boolean isVersionOf(String text, String sha256) {
    String suffix = suffix(sha256);
    return text.endsWith(suffix) && isVersion(text.substring(0, text.length() - suffix.length()));
  }
}
