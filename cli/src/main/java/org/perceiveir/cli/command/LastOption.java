package org.perceiveir.cli.command;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How many of a topic's records are shown. */
final class LastOption {
  /** They are held on the heap. */
  private static final int MOST = 10_000;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--last",
      paramLabel = "N",
      defaultValue = "10",
      description = "How many, over all partitions. Default: ${DEFAULT-VALUE}.")
  private int last;

  /**
   * The number.
   *
   * @throws ParameterException if it is none that can be shown
   */
  int count() {
    if (last < 1 || last > MOST) {
      throw new ParameterException(
          Objects.requireNonNull(command).commandLine(),
          "--last is " + last + ": it must lie in 1.." + MOST);
    }
    return last;
  }
}
