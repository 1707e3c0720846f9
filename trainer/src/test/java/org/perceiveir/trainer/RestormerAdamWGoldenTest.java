package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.testkit.SharedFolder;
import org.perceiveir.trainer.data.TrainingBatch;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.run.TrainingSession;
import org.tensorflow.Graph;
import org.tensorflow.Session;

/** Three steps of AdamW on a small Restormer against the reference implementation in PyTorch. */
final class RestormerAdamWGoldenTest {
  private static final int SIDE = 32;

  /** What the references' own float32 error leaves room for. */
  private static final double TOLERANCE = 2e-5;

  @Test
  void shouldReachTheReferenceParametersAfterThreeSteps() throws IOException {
    Path goldens = SharedFolder.require("goldens/restormer");
    Preset preset =
        Preset.fromJson(
            new ObjectMapper()
                .readTree(
                    """
                    {"name": "tiny-restormer",
                     "backbone": {"type": "restormer", "dim": 8, "blocks": [1, 1, 1, 1], "refinement": 1,
                                  "heads": [1, 2, 4, 8], "expansion": 2.66}}
                    """));
    SafeTensors start = SafeTensors.read(goldens.resolve("tiny_withbias.safetensors"));
    SafeTensors end = SafeTensors.read(goldens.resolve("tiny_adamw3_params.safetensors"));
    float[] input = image(goldens.resolve("tiny_in_1x3x32x32.npy"));
    float[] target = image(goldens.resolve("tiny_target_1x3x32x32.npy"));
    AdamWConfig config = new AdamWConfig(0.9, 0.999, 1e-8, 1e-4, Double.POSITIVE_INFINITY, 0.999);
    try (Graph graph = new Graph()) {
      TrainingGraph net = new TrainingGraph(graph, preset, config);
      assertThat(net.untrained()).isEmpty();
      try (Session session = new Session(graph, TrainingSession.config(1))) {
        net.start(session, start.allFloats());
        double[] losses = losses(goldens.resolve("tiny_l1_losses_f32_f64.npy"));
        for (int step = 0; step < 3; step++) {
          assertThat((double) step(net, session, step, input, target))
              .isCloseTo(losses[step], within(TOLERANCE));
        }
        Map<String, FloatTensor> found = net.weights(session);
        assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(end.names());
        double worst = 0;
        for (Map.Entry<String, FloatTensor> e : found.entrySet()) {
          float[] expected = end.floats(e.getKey()).values();
          float[] values = e.getValue().values();
          assertThat(values).hasSameSizeAs(expected);
          for (int i = 0; i < values.length; i++) {
            worst = Math.max(worst, Math.abs((double) values[i] - expected[i]));
          }
        }
        assertThat(worst).isLessThan(TOLERANCE);
        assertThat((double) step(net, session, 3, input, target))
            .isCloseTo(losses[3], within(TOLERANCE));
      }
    }
  }

  private static float step(
      TrainingGraph net, Session session, int step, float[] input, float[] target) {
    return net.step(session, TrainingBatch.of(step, "noise", 1, SIDE, input, target), 2e-4).loss();
  }

  /** The float64 row of the reference's losses before each of the steps and after the last. */
  private static double[] losses(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int steps = 4;
    double[] losses = new double[steps];
    ByteBuffer.wrap(bytes, bytes.length - 8 * steps, 8 * steps)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asDoubleBuffer()
        .get(losses);
    return losses;
  }

  /** A {@code (1, 3, 32, 32)} array of NumPy as {@code (1, 32, 32, 3)}. */
  private static float[] image(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int count = 3 * SIDE * SIDE;
    ByteBuffer data =
        ByteBuffer.wrap(bytes, bytes.length - 4 * count, 4 * count)
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN);
    float[] image = new float[count];
    for (int c = 0; c < 3; c++) {
      for (int p = 0; p < SIDE * SIDE; p++) {
        image[3 * p + c] = data.getFloat(4 * (c * SIDE * SIDE + p));
      }
    }
    return image;
  }
}
