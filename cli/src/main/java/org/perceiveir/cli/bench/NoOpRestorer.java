package org.perceiveir.cli.bench;

import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/** Returns its input: what is left is the service itself. */
final class NoOpRestorer implements Restorer {

  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    return frames;
  }

  @Override
  public String bundleName() {
    return "no-op";
  }

  @Override
  public String bundleVersion() {
    return "0";
  }

  @Override
  public String device() {
    return "cpu";
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
