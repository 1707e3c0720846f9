package org.perceiveir.trainer.config;

/**
 * A setting that cannot be used; the message names the key, the value, the limit and the remedy.
 */
public final class ConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception. */
  public ConfigException(String message) {
    super(message);
  }

  /** Creates the exception with the failure that led to it. */
  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
