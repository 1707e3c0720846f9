package org.perceiveir.trainer.evaluation;

import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/** Pulls every sample half way to a level, so that before and after differ in a known way. */
record Greying(int level) implements Restorer {
  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    return frames.stream().map(this::grey).toList();
  }

  RgbImage grey(RgbImage frame) {
    byte[] rgb = frame.rgb().clone();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (((rgb[i] & 0xFF) + level) / 2);
    }
    return RgbImage.wrap(frame.width(), frame.height(), rgb);
  }

  @Override
  public String bundleName() {
    return "grey";
  }

  @Override
  public String bundleVersion() {
    return "0+00000000";
  }

  @Override
  public String device() {
    return "cpu";
  }

  @Override
  public void close() {}
}
