package org.perceiveir.trainer.loss;

import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.perceiver.Perceiver;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The quality perceiver of stage 1, of public CLIP weights or trained from scratch. */
public final class PerceiverJudge implements QualityJudge {
  private final Ops tf;
  private final PerceiverBundle bundle;
  private final ParamStore frozen;
  private final Perceiver perceiver;

  /** Puts the perceiver into a graph, once. */
  public PerceiverJudge(Ops tf, PerceiverBundle bundle) {
    this.tf = tf;
    this.bundle = bundle;
    this.frozen = new ParamStore(tf, "perceiver.");
    this.perceiver = Perceiver.of(tf, frozen, bundle);
  }

  @Override
  public Operand<TFloat32> excellent(Operand<TFloat32> images) {
    // The best tier is the last one.
    int best = bundle.form().tiers().size() - 1;
    Operand<TFloat32> column =
        tf.slice(perceiver.probabilities(images), tf.array(0, best), tf.array(-1, 1));
    return tf.reshape(column, tf.array(-1));
  }

  @Override
  public FeatureMaps features() {
    return perceiver::featureMaps;
  }

  @Override
  public void load(Session session) {
    frozen.assign(session, bundle.weights());
  }
}
