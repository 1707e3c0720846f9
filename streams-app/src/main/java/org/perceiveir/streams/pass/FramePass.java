package org.perceiveir.streams.pass;

import java.util.ArrayList;
import java.util.List;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.RestoredImage;
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

  /** Every frame through one network. */
  static FramePass through(Restorer restorer) {
    ModelIdentity identity = ModelIdentity.of(restorer);
    return new FramePass() {
      @Override
      public List<PassedFrame> run(List<RgbImage> frames) {
        List<PassedFrame> passed = new ArrayList<>(frames.size());
        for (RestoredImage image : restorer.restoreAndEstimate(frames)) {
          passed.add(
              new PassedFrame(
                  image.image(),
                  null,
                  identity,
                  null,
                  new PassedFrame.Judgement(null, null, image.degradation(), null, null),
                  null));
        }
        return passed;
      }

      @Override
      public ModelIdentity model() {
        return identity;
      }
    };
  }
}
