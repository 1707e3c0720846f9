package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Bundles of presets that nobody has trained: as fast and as large as trained ones. */
final class RandomBundle {
  private static final long SEED = 1;
  private static final double NOISE = 0.02;

  private RandomBundle() {}

  /**
   * Writes a bundle, with a random encoder of the public one's sizes where the preset is guided by
   * it.
   *
   * @throws IllegalArgumentException if the preset is guided by an encoder that is not known
   */
  static ModelBundle write(Path directory, Preset preset) throws IOException {
    return ModelBundle.write(
        directory,
        preset.name(),
        "random",
        preset,
        weights(preset),
        encoder(preset),
        JsonNodeFactory.instance.objectNode());
  }

  /**
   * Initial weights with noise on all of them: at its start NAFNet adds nothing to its input, and
   * two networks that add nothing agree whatever they compute.
   */
  private static Map<String, FloatTensor> weights(Preset preset) {
    SplittableRandom random = new SplittableRandom(SEED);
    Map<String, FloatTensor> weights = initial(preset);
    for (FloatTensor weight : weights.values()) {
      float[] values = weight.values();
      for (int i = 0; i < values.length; i++) {
        values[i] += (float) random.nextDouble(-NOISE, NOISE);
      }
    }
    return weights;
  }

  private static Map<String, FloatTensor> initial(Preset preset) {
    Preset.Sgm sgm = preset.sgm();
    if (sgm == null) {
      return PerceiveIrNetwork.initialWeights(preset, SEED);
    }
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      PerceiveIrNetwork network = PerceiveIrNetwork.build(tf, params, preset);
      Operand<TFloat32> image = placeholder(tf, -1, -1, -1, 3);
      Operand<TFloat32> token = placeholder(tf, -1, sgm.features());
      var unused =
          network.restore(
              image,
              preset.cfe() == null ? null : network.features(image),
              List.of(token, token, token, token));
      return params.initialValues(SEED);
    }
  }

  private static @Nullable FrozenEncoder encoder(Preset preset) {
    Preset.Sgm sgm = preset.sgm();
    if (sgm == null) {
      return null;
    }
    FrozenEncoder named = SemanticGuidance.publicEncoder(sgm);
    if (named == null) {
      throw new IllegalArgumentException(
          "preset " + preset.name() + " is guided by " + sgm.encoder() + ", which is not known");
    }
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      var unused =
          SemanticGuidance.of(tf, params, sgm, named).features(placeholder(tf, -1, -1, -1, 3));
      return new FrozenEncoder(named.kind(), named.config(), "random", params.initialValues(SEED));
    }
  }

  private static Operand<TFloat32> placeholder(Ops tf, long... shape) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
  }
}
