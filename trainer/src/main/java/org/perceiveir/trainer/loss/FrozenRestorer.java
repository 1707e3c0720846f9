package org.perceiveir.trainer.loss;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Another restorer in a training graph: a model bundle whose results are negatives of L_dpl. No
 * gradient goes through it.
 */
final class FrozenRestorer {
  private final ParamStore weights;
  private final ParamStore encoderWeights;
  private final @Nullable FrozenEncoder encoder;
  private final Operand<TFloat32> restored;

  /**
   * Puts a bundle's network into the graph.
   *
   * @param scope what its variables' names begin with
   * @param degraded {@code (batch, height, width, 3)} in 0..1; both sides multiples of the bundle's
   *     {@link Preset#padMultiple}
   */
  FrozenRestorer(Ops tf, String scope, ModelBundle bundle, Operand<TFloat32> degraded) {
    Preset preset = bundle.preset();
    weights = ParamStore.frozen(tf, scope, bundle.weights());
    encoderWeights = new ParamStore(tf, scope + "semantic.");
    encoder = bundle.encoder();
    Preset.Sgm sgm = preset.sgm();
    List<Operand<TFloat32>> semantic =
        sgm == null || encoder == null
            ? List.of()
            : SemanticGuidance.of(tf, encoderWeights, sgm, encoder).features(degraded);
    PerceiveIrNetwork network = PerceiveIrNetwork.build(tf, weights, preset);
    Operand<TFloat32> out =
        network.restore(
            degraded, preset.cfe() == null ? null : network.features(degraded), semantic);
    weights.check(bundle.weights());
    restored = tf.stopGradient(tf.clipByValue(out, tf.constant(0f), tf.constant(1f)));
  }

  /** Its results, {@code (batch, height, width, 3)} in 0..1. */
  Operand<TFloat32> restored() {
    return restored;
  }

  /** Fills its weights, once in a session. */
  void load(Session session) {
    weights.load(session);
    if (encoder != null) {
      encoderWeights.assign(session, encoder.weights());
    }
  }
}
