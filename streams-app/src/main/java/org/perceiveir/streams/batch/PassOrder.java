package org.perceiveir.streams.batch;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Who goes first: start-time fair queueing over the sources, below priority, with threads that wait
 * before those that read on.
 *
 * <p><u>Turns.</u> A frame takes the turn after the last one of its source, or the current turn if
 * its source has none waiting. Serving low turns first is a round robin: of ten frames of a fast
 * camera and one of a slow one, the slow one is the second to go.
 *
 * <p><u>Order.</u> (1) frames of a thread that has waited for longer than {@code patience}, so that
 * no flood of priorities can outlast its transaction; (2) higher priority; (3) threads in the order
 * in which they began to wait, because such a thread commits, or reads on, only when its frames are
 * done: with two threads, one commits while the other's batch runs; (4) the turn; (5) the time of
 * arrival.
 *
 * <p>A thread waits from its first wait until it hands in again. In between it wakes to write what
 * is ready; a pass that begins in that moment must not take it for one that reads on.
 *
 * <p>Guarded by the batcher's lock.
 */
final class PassOrder {
  private final Map<String, Long> lastTurns = new HashMap<>();
  private long currentTurn;

  /** The turn of the next frame of a source. */
  long next(String source) {
    Long last = lastTurns.get(source);
    long turn = last == null ? currentTurn : Math.max(currentTurn, last + 1);
    lastTurns.put(source, turn);
    return turn;
  }

  /** Notes that a frame was taken for a pass. */
  void served(Ticket ticket) {
    currentTurn = Math.max(currentTurn, ticket.turn());
  }

  /** Forgets a source none of whose frames wait. */
  void forget(String source) {
    lastTurns.remove(source);
  }

  /** The order at this moment. */
  static Comparator<Ticket> at(long nowNanos, long patienceNanos) {
    return Comparator.<Ticket, Boolean>comparing(
            t -> t.member().waitedFor(nowNanos) <= patienceNanos)
        .thenComparing(t -> t.request().priority(), Comparator.reverseOrder())
        .thenComparing(t -> t.member().waitedFor(nowNanos), Comparator.reverseOrder())
        .thenComparing(Ticket::turn)
        .thenComparing(t -> t.sinceNanos() - nowNanos);
  }
}
