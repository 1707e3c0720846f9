package org.perceiveir.streams.config;

/**
 * A setting that cannot work. The message is one line: the key, its value, the limit that it breaks
 * and what to do about it.
 */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A setting with a value outside its limit.
   *
   * @param key the key as the user writes it
   * @param value the value as the user wrote it
   * @param limit what the value must satisfy
   * @param remedy what to do
   */
  public ConfigurationException(String key, String value, String limit, String remedy) {
    this(key + "=" + value + ": " + limit + "; " + remedy);
  }

  /** A configuration that is wrong as a whole; the message names keys, values, limit and remedy. */
  public ConfigurationException(String message) {
    super(onOneLine(message));
  }

  /** As above, with the failure that revealed it. */
  public ConfigurationException(String message, Throwable cause) {
    super(onOneLine(message), cause);
  }

  /** Keys and values may hold line feeds and escapes, written as such in a file of properties. */
  private static String onOneLine(String message) {
    return message.replaceAll("[\\p{Cntrl}\\u0085\\u2028\\u2029]", "?");
  }
}
