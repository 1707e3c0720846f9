package org.perceiveir.streams.pass;

import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;

/** One pass of frames over the device. Called by one thread at a time. */
public interface FramePass {
  /**
   * Runs a pass.
   *
   * @param frames one or more frames of one size
   * @return one result for each, in their order
   * @throws IllegalStateException if the device cannot compute any more: no fault of the frames
   */
  List<PassedFrame> run(List<RgbImage> frames);

  /** The network that would restore a frame of the full way now. */
  ModelIdentity model();

  /** Every frame through one network, which stays the caller's. */
  static FramePass through(Restorer restorer) {
    return new RoutedPass(new ModelSlot(restorer), null, null, RoutingPolicy.allFull(), 0);
  }
}
