package org.perceiveir.cli.bench;

import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/**
 * A restorer that stays open when its borrower closes it: the bare passes and every service of a
 * bench use one session, so nothing differs but the way to it.
 */
final class LentRestorer implements Restorer {
  private final Restorer lent;

  LentRestorer(Restorer lent) {
    this.lent = lent;
  }

  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    return lent.restore(frames);
  }

  @Override
  public String bundleName() {
    return lent.bundleName();
  }

  @Override
  public String bundleVersion() {
    return lent.bundleVersion();
  }

  @Override
  public String device() {
    return lent.device();
  }

  @Override
  public void close() {
    // Its owner closes it.
  }
}
