package org.perceiveir.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What a call cost the thread that made it; what else runs on the machine does not count. */
public record Spent(long cpuMillis, long bytes) {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int TRIES = 3;
  private static final long MOST_MILLIS = 1_000;

  /**
   * Fails if a call takes a second of processor time or more memory than is allowed. One that does
   * is made again: the first one loads classes.
   */
  public static void atMost(long bytes, Runnable call) {
    Spent spent = by(call);
    for (int tries = 1; tries < TRIES && !spent.within(bytes); tries++) {
      spent = by(call);
    }
    assertThat(spent.within(bytes)).as("%s, allowed are %d bytes", spent, bytes).isTrue();
  }

  private boolean within(long mostBytes) {
    return cpuMillis < MOST_MILLIS && bytes < mostBytes;
  }

  private static Spent by(Runnable call) {
    long thread = Thread.currentThread().getId();
    long bytes = THREADS.getThreadAllocatedBytes(thread);
    long nanos = THREADS.getCurrentThreadCpuTime();
    call.run();
    return new Spent(
        (THREADS.getCurrentThreadCpuTime() - nanos) / 1_000_000,
        THREADS.getThreadAllocatedBytes(thread) - bytes);
  }
}
