package org.perceiveir.model.perceiver;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;

/** A perceiver of a few thousand random numbers. */
final class TinyPerceiver {
  static final ClipConfig CLIP = new ClipConfig(8, 4, 8, 4, 2, 6, 4, 1, 1, 6, 9);
  static final List<String> TIERS = List.of("terrible", "mediocre", "excellent");

  private TinyPerceiver() {}

  static PerceiverForm form(Views views) {
    return new PerceiverForm(CLIP, TIERS, 10, views, PerceiverForm.Origin.FROM_SCRATCH);
  }

  static Map<String, FloatTensor> weights(PerceiverForm form) {
    Map<String, FloatTensor> weights;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      new ClipImageEncoder(tf, params, form.clip());
      weights = new LinkedHashMap<>(params.initialValues(3));
    }
    int tiers = form.tiers().size();
    weights.put(PerceiverBundle.TEXT_FEATURES, random(tiers, form.clip().embedDim()));
    return weights;
  }

  static FloatTensor random(int... sides) {
    Random random = new Random(7);
    long[] shape = new long[sides.length];
    int size = 1;
    for (int i = 0; i < sides.length; i++) {
      shape[i] = sides[i];
      size *= sides[i];
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new FloatTensor(shape, values);
  }

  static PerceiverBundle write(Path directory, Views views) throws IOException {
    PerceiverForm form = form(views);
    return PerceiverBundle.write(
        directory,
        "tiny",
        "0",
        form,
        weights(form),
        JsonNodeFactory.instance.objectNode().put("steps", 3));
  }
}
