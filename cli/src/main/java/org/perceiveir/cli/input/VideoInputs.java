package org.perceiveir.cli.input;

import org.perceiveir.capture.CaptureException;
import org.perceiveir.capture.VideoAddress;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.streams.config.References;

/** Videos and cameras that a command is given. */
public final class VideoInputs {
  private VideoInputs() {}

  /**
   * The address in an option, which may stand elsewhere: {@code ${env:NAME}}, {@code
   * ${file:PATH:KEY}} or {@code ${dir:PATH:FILE}}, so that no password is in the list of processes.
   *
   * @throws CommandFailure if it is none that is read
   * @throws org.perceiveir.streams.config.ConfigurationException if what it refers to is not there
   */
  public static VideoAddress address(String option, String text) {
    String resolved = References.resolve(option, text);
    try {
      return VideoAddress.parse(resolved, resolved.equals(text) ? null : text);
    } catch (CaptureException e) {
      throw failure(e);
    }
  }

  /** What a command makes of a video that cannot be read or written. */
  public static CommandFailure failure(CaptureException e) {
    return new CommandFailure(String.valueOf(e.getMessage()), e.remedy(), e);
  }
}
