package org.perceiveir.streams.service;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.batch.StandInRestorer;

/** A device that inverts in a known time, under a name, and refuses to work when it is closed. */
final class NamedRestorer extends StandInRestorer {
  /** Networks that are open now; what leaks is a leak of native memory in earnest. */
  static final AtomicInteger OPEN = new AtomicInteger();

  private final FakeRestorer device;
  private final AtomicBoolean closed = new AtomicBoolean();

  NamedRestorer(String name, double msForAPass, double msForAFrame) {
    super(name);
    this.device = new FakeRestorer().taking(msForAPass, msForAFrame);
    OPEN.incrementAndGet();
  }

  /** What stands for the SHA-256 of its weights. */
  static String sha256(String name) {
    return String.format("%064x", name.hashCode() & 0xFFFFFFFFL);
  }

  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    if (closed.get()) {
      throw new IllegalStateException(bundleName() + " is closed");
    }
    return device.restore(frames);
  }

  @Override
  public Optional<String> bundleSha256() {
    return Optional.of(sha256(bundleName()));
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      OPEN.decrementAndGet();
    }
  }
}
