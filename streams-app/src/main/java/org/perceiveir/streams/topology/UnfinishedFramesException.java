package org.perceiveir.streams.topology;

/**
 * A task has frames that cannot be finished: its transaction must abort, and no later commit of it
 * may succeed. An {@link Error} travels as its cause, because Kafka Streams closes tasks in order
 * only after exceptions: after an error it leaves them open, and its consumer's own close commits
 * them.
 */
final class UnfinishedFramesException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  UnfinishedFramesException(Throwable cause) {
    super("frames of a task cannot be finished, it must not commit: " + cause, cause);
  }
}
