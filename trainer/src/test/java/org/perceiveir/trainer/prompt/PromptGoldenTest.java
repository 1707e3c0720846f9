package org.perceiveir.trainer.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.vit.ImageStandardization;
import org.perceiveir.testkit.SharedFolder;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.checkpoint.CheckpointFile;
import org.perceiveir.trainer.config.ConfigSection;
import org.tensorflow.Graph;
import org.tensorflow.Session;

/** A training step of eq. 1 against the numbers of an independent implementation. */
final class PromptGoldenTest {
  private static final int LENGTH = 16;

  @TempDir Path temporary;

  private static Path goldens() {
    return SharedFolder.require("goldens/clip");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 100})
  void shouldMatchLossAndGradientOfTheContextWhenPromptsAreLearned(int scale) throws IOException {
    SafeTensors golden = SafeTensors.read(goldens().resolve("tiny_prompt_losses.safetensors"));
    SafeTensors file = SafeTensors.read(goldens().resolve("tiny_openai_names.safetensors"));
    Map<String, FloatTensor> clip = new LinkedHashMap<>();
    file.names().forEach(name -> clip.put(name, file.floats(name)));
    ClipConfig sizes = new ClipConfig(32, 8, 64, 2, 4, 32, 64, 2, 4, 77, 600);
    PromptTrainingConfig config =
        PromptTrainingConfig.fromConfig(
            ConfigSection.parse(
                "test",
                temporary,
                "{clean: c, mediocre: m, out: o, clip: p, batch: 3, prompts: {initialisation:"
                    + " random}, logitScale: "
                    + scale
                    + "}"));
    PromptTokens tokens = tokens(golden.longs("token_ids"));
    try (Graph graph = new Graph()) {
      PromptGraph net = new PromptGraph(graph, config, sizes, tokens, clip);
      try (Session session = new Session(graph)) {
        net.start(session);
        try (CheckpointFile start = checkpoint(golden.floats("ctx_3x16xW"))) {
          net.resume(session, start);
        }
        // At a rate of zero the second step finds what the first one found.
        PromptBatch batch = batch(golden);
        PromptGraph.StepResult found = net.step(session, batch, 0);
        String key = "scale" + scale;
        assertThat(found.loss())
            .isCloseTo(golden.floats(key + "/loss").values()[0], Offset.offset(1e-4f));
        double square = 0;
        for (float value : golden.floats(key + "/grad_ctx").values()) {
          square += (double) value * value;
        }
        assertThat((double) found.gradientNorm())
            .isCloseTo(Math.sqrt(square), Percentage.withPercentage(0.1));
        FloatTensor features = net.perceiver(session).get(PerceiverBundle.TEXT_FEATURES);
        float[] expected = golden.floats("text_feat").values();
        for (int i = 0; i < expected.length; i++) {
          assertThat(features == null ? Float.NaN : features.values()[i])
              .isCloseTo(expected[i], Offset.offset(1e-4f));
        }
      }
    }
  }

  private static PromptTokens tokens(long[] ids) {
    List<List<Integer>> rows = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    for (int row = 0; row < 3; row++) {
      List<Integer> list = new ArrayList<>();
      for (int i = 0; i < 77; i++) {
        list.add((int) ids[row * 77 + i]);
      }
      rows.add(list);
      ends.add(LENGTH + 1);
    }
    return new PromptTokens(rows, ends, List.of(List.of(), List.of(), List.of()), 600);
  }

  private CheckpointFile checkpoint(FloatTensor context) throws IOException {
    Map<String, FloatTensor> weights = Map.of(PerceiverBundle.CONTEXT, context);
    Map<String, FloatTensor> zeros =
        Map.of(
            PerceiverBundle.CONTEXT,
            new FloatTensor(context.shape(), new float[context.values().length]));
    Path file = temporary.resolve("checkpoint.safetensors");
    new Checkpoint(
            0,
            0,
            JsonNodeFactory.instance.objectNode(),
            JsonNodeFactory.instance.objectNode(),
            weights,
            zeros,
            zeros,
            weights)
        .write(file);
    return CheckpointFile.open(file);
  }

  /** The golden images are standardised already, which the graph does itself. */
  private static PromptBatch batch(SafeTensors golden) {
    ImageStandardization clip = ImageStandardization.CLIP;
    float[] nchw = golden.floats("images").values();
    int size = 32;
    float[] pixels = new float[nchw.length];
    for (int n = 0; n < 3; n++) {
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < size * size; i++) {
          float value = nchw[(n * 3 + c) * size * size + i];
          pixels[(n * size * size + i) * 3 + c] =
              value * clip.deviation().get(c).floatValue() + clip.mean().get(c).floatValue();
        }
      }
    }
    long[] labels = golden.longs("labels");
    float[] target = new float[9];
    for (int i = 0; i < 3; i++) {
      target[i * 3 + (int) labels[i]] = 1;
    }
    assertThat(Arrays.stream(labels).allMatch(l -> l >= 0 && l < 3)).isTrue();
    return new PromptBatch(0, 3, 1, pixels, target);
  }
}
