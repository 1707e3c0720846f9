package org.perceiveir.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** L_rec against its definition in double precision. */
final class ReconstructionLossTest {
  private static final long[] SHAPE = {2, 4, 6, 3};
  private static final int EACH = 4 * 6 * 3;

  private static FloatTensor images(long seed) {
    Random random = new Random(seed);
    float[] values = new float[2 * EACH];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return new FloatTensor(SHAPE, values);
  }

  private static LossConfig.Reconstruction psnr(double ceiling) {
    return new LossConfig.Reconstruction(1, ReconstructionLoss.Form.PSNR, ceiling);
  }

  /** Loss and gradient for the restored images. */
  private static List<FloatTensor> of(
      LossConfig.Reconstruction form, FloatTensor restored, FloatTensor clean) {
    try (LossGraph g = new LossGraph()) {
      Operand<TFloat32> r = g.feed(restored);
      return g.run(
          new ReconstructionLoss(g.tf, form).of(r, g.feed(clean)), List.of(r), session -> {});
    }
  }

  @Test
  void shouldBeTheMeanAbsoluteErrorInThePapersForm() {
    FloatTensor restored = images(1);
    FloatTensor clean = images(2);
    double expected = 0;
    for (int i = 0; i < 2 * EACH; i++) {
      expected += Math.abs((double) restored.values()[i] - clean.values()[i]) / (2 * EACH);
    }

    List<FloatTensor> found = of(LossConfig.Reconstruction.of(1), restored, clean);

    assertThat((double) found.get(0).values()[0]).isCloseTo(expected, within(1e-6));
    for (int i = 0; i < 2 * EACH; i++) {
      float sign = Math.signum(restored.values()[i] - clean.values()[i]);
      assertThat(found.get(1).values()[i]).isCloseTo(sign / (2 * EACH), within(1e-7f));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {80, 20})
  void shouldBeMinusThePsnrOfEachImageUpToTheCeilingInItsOtherForm(double ceiling) {
    FloatTensor restored = images(1);
    FloatTensor clean = images(2);
    // The second image is ten times as near to its truth.
    for (int i = EACH; i < 2 * EACH; i++) {
      restored.values()[i] = clean.values()[i] + (restored.values()[i] - clean.values()[i]) / 10;
    }
    double expected = 0;
    double[] squared = new double[2];
    for (int i = 0; i < 2 * EACH; i++) {
      double error = (double) restored.values()[i] - clean.values()[i];
      squared[i / EACH] += error * error / EACH;
    }
    for (int i = 0; i < squared.length; i++) {
      squared[i] += Math.pow(10, -ceiling / 10);
      expected += 10 * Math.log10(squared[i]) / 2;
    }

    List<FloatTensor> found = of(psnr(ceiling), restored, clean);

    assertThat((double) found.get(0).values()[0]).isCloseTo(expected, within(1e-4));
    for (int i = 0; i < 2 * EACH; i++) {
      double error = (double) restored.values()[i] - clean.values()[i];
      double gradient = 10 / Math.log(10) * error / EACH / squared[i / EACH];
      assertThat((double) found.get(1).values()[i])
          .isCloseTo(gradient, within(1e-5 * Math.max(1, Math.abs(gradient))));
    }
  }

  @Test
  void shouldStayFiniteWhenAnImageEqualsItsTruth() {
    List<FloatTensor> found = of(psnr(80), images(1), images(1));

    assertThat((double) found.get(0).values()[0]).isCloseTo(-80, within(1e-4));
    assertThat(found.get(1).values()).containsOnly(0);
  }
}
