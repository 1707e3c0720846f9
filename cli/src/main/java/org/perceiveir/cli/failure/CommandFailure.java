package org.perceiveir.cli.failure;

import org.jspecify.annotations.Nullable;

/**
 * A command that cannot go on, in words for its user: what is wrong, with the value, and the
 * remedy.
 *
 * <p>It ends the process with exit code 1; the stack trace shows with {@code --verbose} only.
 */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  /**
   * Describes a failure.
   *
   * @param message what is wrong, naming the file or option and its value
   * @param remedy what the user can do about it
   */
  public CommandFailure(String message, String remedy) {
    this(message, remedy, null);
  }

  /** As above, with the exception that led to it. */
  public CommandFailure(String message, String remedy, @Nullable Throwable cause) {
    super(message, cause);
    this.remedy = remedy;
  }

  /** What the user can do about it. */
  public String remedy() {
    return remedy;
  }
}
