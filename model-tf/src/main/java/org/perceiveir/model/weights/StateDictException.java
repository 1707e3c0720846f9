package org.perceiveir.model.weights;

/** Weights that are not of the kind they are said to be; the message names the tensor. */
public final class StateDictException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  StateDictException(String message) {
    super(message);
  }

  StateDictException(String message, Throwable cause) {
    super(message, cause);
  }
}
