package org.perceiveir.streams.topology;

import java.util.function.LongSupplier;

/** The largest frames for which the service has planned. */
public final class FrameLimit {
  private final LongSupplier byTime;
  private final long byMemory;

  /**
   * A limit that moves with the network in use.
   *
   * @param byTime pixels for which a transaction has time
   * @param byMemory pixels for which the heap has room
   */
  public FrameLimit(LongSupplier byTime, long byMemory) {
    this.byTime = byTime;
    this.byMemory = byMemory;
  }

  /** A limit that stays. */
  public FrameLimit(long byTime, long byMemory) {
    this(() -> byTime, byMemory);
  }

  /** Pixels for which a transaction has time, with the network that is in use now. */
  public long pixelsByTime() {
    return byTime.getAsLong();
  }

  /** Pixels for which the heap has room. */
  public long pixelsByMemory() {
    return byMemory;
  }
}
