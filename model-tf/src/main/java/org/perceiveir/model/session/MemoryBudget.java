package org.perceiveir.model.session;

import java.lang.management.ManagementFactory;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * How much native memory the passes of networks may take, over all sessions that share the budget.
 *
 * <p>Nothing can be asked for afterwards: an allocation that fails inside a CPU kernel ends the
 * process, and so does the kernel's out-of-memory killer. A session therefore chooses its tiles by
 * a {@link MemoryModel} and this budget before the first pass, and passes that together would
 * exceed it wait for each other.
 *
 * <p>TensorFlow keeps what it once took, for any later pass of any session, so what counts is the
 * largest sum of passes that ran at a time.
 */
public final class MemoryBudget {
  /** Beside heap and passes: what the service adds to a bare JVM in classes, stacks and buffers. */
  static final long JVM_BYTES = 256L << 20;

  private static final int PERMIT_SHIFT = 20;

  private final long bytes;
  private final String origin;
  private final Semaphore free;

  private MemoryBudget(long bytes, String origin) {
    this.bytes = bytes;
    this.origin = origin;
    this.free = new Semaphore(permits(bytes), true);
  }

  /** Made on first use, so that a process which sets its own budget never asks the machine. */
  private static final class OfMachine {
    static final MemoryBudget BUDGET = ofMachine(machineBytes(), Runtime.getRuntime().maxMemory());

    /** Physical memory, or the limit of the container (cgroup v1 or v2) that the JVM runs in. */
    private static long machineBytes() {
      return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
          .getTotalMemorySize();
    }
  }

  /**
   * A budget of a number of bytes.
   *
   * @param bytes at least 1
   * @param origin where it was set, for messages: {@code "restore.memory.max.bytes"}
   */
  public static MemoryBudget of(long bytes, String origin) {
    if (bytes < 1) {
      throw new IllegalArgumentException(origin + " is " + bytes + ": it must be at least 1 byte");
    }
    return new MemoryBudget(bytes, origin);
  }

  /**
   * What this process's machine or container leaves: its memory less the largest heap and what the
   * JVM takes beside it. One budget for all who ask.
   */
  public static MemoryBudget ofMachine() {
    return OfMachine.BUDGET;
  }

  static MemoryBudget ofMachine(long machineBytes, long heapBytes) {
    return new MemoryBudget(
        Math.max(1, machineBytes - heapBytes - JVM_BYTES),
        "memory of "
            + mebi(machineBytes)
            + " MiB less a heap of "
            + mebi(heapBytes)
            + " MiB (-Xmx) and "
            + mebi(JVM_BYTES)
            + " MiB for the JVM");
  }

  /** No limit: for measurements, and for who says that a frame is to be restored in one pass. */
  public static MemoryBudget unlimited() {
    return new MemoryBudget(Long.MAX_VALUE, "no limit");
  }

  /** The most that passes may take at a time. */
  public long bytes() {
    return bytes;
  }

  /** Runs a pass when there is room for it; one larger than the budget runs alone. */
  <T> T within(long passBytes, Supplier<T> pass) {
    int claimed = Math.min(permits(passBytes), permits(bytes));
    free.acquireUninterruptibly(claimed);
    try {
      return pass.get();
    } finally {
      free.release(claimed);
    }
  }

  private static int permits(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, bytes >> PERMIT_SHIFT));
  }

  static long mebi(long bytes) {
    return bytes >> 20;
  }

  @Override
  public String toString() {
    return mebi(bytes) + " MiB (" + origin + ")";
  }
}
