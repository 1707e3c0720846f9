package org.perceiveir.streams.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/** Restores by a function; inverts each byte unless told otherwise. */
public final class FakeRestorer implements Restorer {
  private final UnaryOperator<RgbImage> operation;

  /** Inverts. */
  public FakeRestorer() {
    this(FakeRestorer::inverted);
  }

  /** Restores by {@code operation}, one frame after the other. */
  public FakeRestorer(UnaryOperator<RgbImage> operation) {
    this.operation = operation;
  }

  /** Each byte's complement. */
  public static RgbImage inverted(RgbImage frame) {
    byte[] rgb = frame.rgb().clone();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) ~rgb[i];
    }
    return RgbImage.wrap(frame.width(), frame.height(), rgb);
  }

  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    List<RgbImage> restored = new ArrayList<>();
    frames.forEach(frame -> restored.add(operation.apply(frame)));
    return restored;
  }

  @Override
  public String bundleName() {
    return "fake";
  }

  @Override
  public String bundleVersion() {
    return "1";
  }

  @Override
  public String device() {
    return "cpu";
  }

  @Override
  public void close() {}
}
