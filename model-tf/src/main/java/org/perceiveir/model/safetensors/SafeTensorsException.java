package org.perceiveir.model.safetensors;

/** A file or array that is not well-formed safetensors, or a tensor that cannot be had from it. */
public final class SafeTensorsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception; the message names the tensor and the numbers. */
  public SafeTensorsException(String message) {
    super(message);
  }

  /** Creates the exception with the failure that led to it. */
  public SafeTensorsException(String message, Throwable cause) {
    super(message, cause);
  }
}
