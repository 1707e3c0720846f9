package org.perceiveir.cli.bench;

/** What takes the records of an input topic: the service, or plain loops. */
interface Worker extends AutoCloseable {

  /** Starts; returns when its threads run. */
  void start();

  /**
   * Looks whether it is at work.
   *
   * @throws org.perceiveir.cli.failure.CommandFailure if it has failed
   */
  void check();

  /** Most records of one partition between two polls, {@code max.poll.records}; after the start. */
  int pollRecords();

  /** {@code commit.interval.ms} in use, in milliseconds; after the start. */
  long commitIntervalMs();

  /** Commits what is done and ends. */
  @Override
  void close();
}
