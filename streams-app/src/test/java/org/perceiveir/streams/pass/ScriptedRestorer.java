package org.perceiveir.streams.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.streams.batch.StandInRestorer;

/** Paints every frame in one value, and notes the batches it got. */
final class ScriptedRestorer extends StandInRestorer {
  final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
  final AtomicBoolean closed = new AtomicBoolean();
  private final int value;
  Supplier<@Nullable RuntimeException> failure = () -> null;
  Runnable before = () -> {};

  ScriptedRestorer(String name, int value) {
    super(name);
    this.value = value;
  }

  static RgbImage grey(int value) {
    byte[] rgb = new byte[3 * 4 * 4];
    Arrays.fill(rgb, (byte) value);
    return RgbImage.wrap(4, 4, rgb);
  }

  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    before.run();
    RuntimeException thrown = failure.get();
    if (thrown != null) {
      throw thrown;
    }
    if (closed.get()) {
      throw new IllegalStateException(bundleName() + " is closed");
    }
    batches.add(frames.size());
    return frames.stream().map(frame -> grey(value)).toList();
  }

  @Override
  public void close() {
    closed.set(true);
  }
}
