package org.perceiveir.model.preset;

/**
 * A preset that is malformed or describes a network that cannot be built; the message names the key
 * and the value.
 */
public final class PresetException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** An error with the key, the value, the limit and the remedy in its message. */
  public PresetException(String message) {
    super(message);
  }
}
