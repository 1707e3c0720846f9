package org.perceiveir.cli.command;

import picocli.CommandLine.Option;

/** The two options that name one dead letter, of which neither goes without the other. */
final class LetterPlace {

  @Option(
      names = "--partition",
      paramLabel = "P",
      required = true,
      description = "Partition of one letter in the dead-letter topic.")
  private int partition;

  @Option(
      names = "--offset",
      paramLabel = "O",
      required = true,
      description = "Offset of one letter in the dead-letter topic.")
  private long offset;

  int partition() {
    return partition;
  }

  long offset() {
    return offset;
  }
}
