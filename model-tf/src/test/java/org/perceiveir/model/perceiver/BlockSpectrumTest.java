package org.perceiveir.model.perceiver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.preset.PresetException;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

final class BlockSpectrumTest {
  private static final int SIZE = 16;
  private static final int PATCH = 8;

  private static float[] run(float[] pixels, boolean gradient) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Shape shape = Shape.of(1, SIZE, SIZE, 3);
      Placeholder<TFloat32> images =
          tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, SIZE, SIZE, 3)));
      Operand<TFloat32> spectrum = BlockSpectrum.of(tf, images, SIZE, PATCH);
      Operand<TFloat32> sum = tf.reduceSum(spectrum, tf.array(0, 1, 2, 3));
      Output<?>[] gradients =
          graph.addGradients(sum.asOutput(), new Output<?>[] {images.asOutput()});
      try (Session session = new Session(graph);
          TFloat32 input = TFloat32.tensorOf(shape, DataBuffers.of(pixels, true, false));
          Result result =
              session
                  .runner()
                  .feed(images, input)
                  .fetch(gradient ? gradients[0] : spectrum.asOutput())
                  .run()) {
        float[] values = new float[pixels.length];
        result.get(0).asRawTensor().data().asFloats().read(values);
        return values;
      }
    }
  }

  /** The value of a band where it stands in the first block. */
  private static float band(float[] spectrum, int u, int v, int channel) {
    return spectrum[(v * SIZE + u) * 3 + channel];
  }

  private static float[] grey(float value) {
    float[] pixels = new float[SIZE * SIZE * 3];
    Arrays.fill(pixels, value);
    return pixels;
  }

  private static float expected(double energy) {
    return (float) ((Math.log(energy + 1e-7) + 7) / 2.5);
  }

  @Test
  void shouldShowNoEnergyAboveTheMeanWhenABlockIsFlat() {
    float[] spectrum = run(grey(0.5f), false);

    // An orthonormal transform: sqrt(3) * 8 * 0.5 in the first coefficient.
    assertThat(band(spectrum, 0, 0, 0)).isCloseTo(expected(48), within(1e-4f));
    assertThat(band(spectrum, 3, 2, 0)).isCloseTo(expected(0), within(1e-3f));
    assertThat(band(spectrum, 4, 4, 1)).as("mean brightness").isCloseTo(0, within(1e-5f));
  }

  @Test
  void shouldShowNoiseWithTheSameEnergyInEveryBand() {
    float[] pixels = grey(0.5f);
    Random random = new Random(1);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] += (float) (0.1 * random.nextGaussian());
    }

    float[] spectrum = run(pixels, false);

    // Bands of four to eight coefficients: fewer scatter too much.
    for (int sum = 3; sum < 12; sum++) {
      assertThat(band(spectrum, Math.min(sum, 7), sum - Math.min(sum, 7), 0))
          .as("band " + sum)
          .isCloseTo(expected(0.01), within(0.7f));
    }
  }

  @Test
  void shouldSeeAWaveInItsBandAlone() {
    float[] pixels = new float[SIZE * SIZE * 3];
    for (int i = 0; i < pixels.length; i++) {
      int x = i / 3 % SIZE;
      pixels[i] = (float) (0.5 + 0.2 * Math.cos(Math.PI * (x % PATCH + 0.5) * 3 / PATCH));
    }

    float[] spectrum = run(pixels, false);

    // 0.2 sqrt(3) sqrt(8 / 2) sqrt(8), squared, over the four places of band 3.
    assertThat(band(spectrum, 3, 0, 0)).isCloseTo(expected(0.04 * 3 * 32 / 4), within(1e-3f));
    assertThat(band(spectrum, 5, 0, 0)).isCloseTo(expected(0), within(1e-2f));
  }

  @Test
  void shouldGiveGradientsToThePixels() {
    float[] pixels = grey(0.5f);
    Random random = new Random(2);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }

    float[] gradient = run(pixels, true);

    float step = 2e-3f;
    for (int at : new int[] {0, 100, 511}) {
      float[] more = pixels.clone();
      more[at] += step;
      float[] less = pixels.clone();
      less[at] -= step;
      double difference = 0;
      float[] up = run(more, false);
      float[] down = run(less, false);
      for (int i = 0; i < up.length; i++) {
        difference += up[i] - down[i];
      }
      assertThat(gradient[at])
          .isCloseTo((float) (difference / (2 * step)), within(0.2f + Math.abs(gradient[at]) / 10));
    }
  }

  @Test
  void shouldRefuseASizeThatIsNoMultipleOfThePatch() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Operand<TFloat32> images = tf.zeros(tf.array(1, 12, 12, 3), TFloat32.class);

      assertThatThrownBy(() -> BlockSpectrum.of(tf, images, 12, 8))
          .isInstanceOf(PresetException.class)
          .hasMessageContaining("multiple of a patch");
    }
  }
}
