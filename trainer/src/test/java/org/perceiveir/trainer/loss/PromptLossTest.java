package org.perceiveir.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverForm;
import org.perceiveir.model.perceiver.Views;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** L_clip through a bundle of the reference's small CLIP and its learned prompts. */
final class PromptLossTest {
  private static final double VALUE = 1e-6;
  private static final double GRADIENT = 5e-7;
  private static final ClipConfig TINY = new ClipConfig(32, 8, 64, 2, 4, 32, 64, 2, 4, 77, 600);

  @TempDir Path temporary;

  @ParameterizedTest
  @CsvSource({"1", "10"})
  void shouldMatchTheReferenceThroughThePerceiver(int scale) throws IOException {
    SafeTensors golden = LossGraph.goldens("clip/tiny_prompt_losses.safetensors");
    Map<String, FloatTensor> weights = new LinkedHashMap<>();
    LossGraph.goldens("clip/tiny_openai_names.safetensors")
        .allFloats()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith("visual.")) {
                weights.put(name, tensor);
              }
            });
    // The reference's first prompt is the excellent one, a bundle's is the last.
    FloatTensor texts = golden.floats("text_feat");
    int width = (int) texts.shape()[1];
    float[] turned = new float[3 * width];
    for (int tier = 0; tier < 3; tier++) {
      System.arraycopy(texts.values(), tier * width, turned, (2 - tier) * width, width);
    }
    weights.put(PerceiverBundle.TEXT_FEATURES, new FloatTensor(texts.shape(), turned));
    PerceiverBundle bundle =
        PerceiverBundle.write(
            temporary.resolve("perceiver"),
            "tiny",
            "0",
            new PerceiverForm(
                TINY,
                List.of("terrible", "mediocre", "excellent"),
                scale,
                Views.wholeImage(),
                PerceiverForm.Origin.PUBLIC),
            weights,
            JsonNodeFactory.instance.objectNode());
    try (LossGraph g = new LossGraph()) {
      PerceiverJudge judge = new PerceiverJudge(g.tf, bundle);
      Operand<TFloat32> restored = g.feedNchw(golden.floats("clip/x"));
      List<FloatTensor> found =
          g.run(new PromptLoss(g.tf, judge).of(restored), List.of(restored), judge::load);
      String key = "clip/scale" + scale;
      double value = LossGraph.difference(found.get(0), golden.floats(key + "/loss"));
      double gradient =
          LossGraph.difference(LossGraph.toNchw(found.get(1)), golden.floats(key + "/grad_x"));
      assertThat(value).as("value").isLessThan(VALUE);
      assertThat(gradient).as("gradient").isLessThan(GRADIENT);
      assertThat(LossGraph.largest(found.get(1)))
          .as("the tolerance must be far below the gradient itself")
          .isGreaterThan(100 * GRADIENT);
    }
  }
}
