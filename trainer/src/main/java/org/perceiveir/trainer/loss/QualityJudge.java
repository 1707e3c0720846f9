package org.perceiveir.trainer.loss;

import org.tensorflow.Session;

/** A frozen quality perceiver in a training graph. */
public interface QualityJudge extends TierProbabilities {
  /** Features of its image encoder, for L_dpl where VGG-16 is not there. */
  FeatureMaps features();

  /** Fills its weights, once in a session. */
  void load(Session session);
}
