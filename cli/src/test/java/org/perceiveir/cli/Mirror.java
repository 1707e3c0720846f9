package org.perceiveir.cli;

import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/** Gives the pixels back as they are. */
final class Mirror implements Restorer {
  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    return frames;
  }

  @Override
  public String bundleName() {
    return "mirror";
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
