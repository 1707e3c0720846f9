package org.perceiveir.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** L_cl against PyTorch, and where there is nothing to push away from. */
final class ContrastiveLossTest {
  private static final double VALUE = 2e-6;
  private static final double GRADIENT = 1e-6;

  @ParameterizedTest
  @CsvSource({
    "0.07, MOCO, moco_form, moco_grad_z",
    "0.5, MOCO, moco_form, moco_grad_z",
    "0.07, EQ12, eq12_literal, eq12_grad_z",
    "0.5, EQ12, eq12_literal, eq12_grad_z",
  })
  void shouldMatchTheReferenceWhenEachAnchorHasItsOwnNegatives(
      String tau, ContrastiveLoss.Form form, String value, String gradient) throws IOException {
    SafeTensors golden = LossGraph.goldens("cfe/airnet_resblocks_infonce.safetensors");
    FloatTensor negatives = golden.floats("infonce/z_neg");
    int anchors = (int) negatives.shape()[0];
    int each = (int) negatives.shape()[1];
    int width = (int) negatives.shape()[2];
    int all = anchors * each;
    float[] own = new float[anchors * all];
    for (int a = 0; a < anchors; a++) {
      for (int k = 0; k < each; k++) {
        own[a * all + a * each + k] = 1;
      }
    }
    try (LossGraph g = new LossGraph()) {
      Operand<TFloat32> z = g.feed(golden.floats("infonce/z"));
      Operand<TFloat32> loss =
          new ContrastiveLoss(g.tf, Double.parseDouble(tau), form)
              .of(
                  z,
                  g.feed(golden.floats("infonce/z_pos")),
                  g.feed(new FloatTensor(new long[] {all, width}, negatives.values())),
                  g.feed(new FloatTensor(new long[] {anchors, all}, own)));
      List<FloatTensor> found = g.run(loss, List.of(z), session -> {});
      String at = "infonce/tau" + tau + "/";
      double valueError = LossGraph.difference(found.get(0), golden.floats(at + value));
      double gradientError = LossGraph.difference(found.get(1), golden.floats(at + gradient));
      assertThat(valueError).as("value").isLessThan(VALUE);
      assertThat(gradientError).as("gradient").isLessThan(GRADIENT);
      assertThat(LossGraph.largest(found.get(1)))
          .as("the tolerance must be far below the gradient itself")
          .isGreaterThan(100 * GRADIENT);
    }
  }

  private static FloatTensor features(int rows, long seed) {
    Random random = new Random(seed);
    float[] values = new float[rows * 6];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new FloatTensor(new long[] {rows, 6}, values);
  }

  /** The loss, and its gradients for anchors and positives. */
  private static List<FloatTensor> ofBatch(ContrastiveLoss.Form form, int... tasks) {
    try (LossGraph g = new LossGraph()) {
      Operand<TFloat32> z = g.feed(features(tasks.length, 1));
      Operand<TFloat32> positives = g.feed(features(tasks.length, 2));
      Operand<TFloat32> loss =
          new ContrastiveLoss(g.tf, 0.07, form).of(z, positives, g.tf.constant(tasks));
      return g.run(loss, List.of(z, positives), session -> {});
    }
  }

  /** The same in Java, in double precision. */
  private static double expected(ContrastiveLoss.Form form, int... tasks) {
    List<double[]> all = new ArrayList<>();
    for (long seed = 1; seed <= 2; seed++) {
      FloatTensor rows = features(tasks.length, seed);
      for (int r = 0; r < tasks.length; r++) {
        double[] row = new double[6];
        double norm = 0;
        for (int i = 0; i < 6; i++) {
          row[i] = rows.values()[r * 6 + i];
          norm += row[i] * row[i];
        }
        for (int i = 0; i < 6; i++) {
          row[i] /= Math.sqrt(norm);
        }
        all.add(row);
      }
    }
    double sum = 0;
    int anchors = 0;
    for (int a = 0; a < tasks.length; a++) {
      double positive = similarity(all.get(a), all.get(tasks.length + a));
      double below = 0;
      for (int k = 0; k < all.size(); k++) {
        if (tasks[k % tasks.length] != tasks[a]) {
          below += Math.exp(similarity(all.get(a), all.get(k)));
        }
      }
      if (below > 0) {
        anchors++;
        double first = form == ContrastiveLoss.Form.MOCO ? Math.exp(positive) : 0;
        sum += Math.log(first + below) - positive;
      }
    }
    return anchors == 0 ? 0 : sum / anchors;
  }

  private static double similarity(double[] a, double[] b) {
    double dot = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
    }
    return dot / 0.07;
  }

  @ParameterizedTest
  @EnumSource(ContrastiveLoss.Form.class)
  void shouldTakeCropsOfOtherDegradationsForNegativesWhenTheBatchIsMixed(
      ContrastiveLoss.Form form) {
    int[] tasks = {0, 1, 0, 2, 1};
    List<FloatTensor> found = ofBatch(form, tasks);
    assertThat((double) found.get(0).values()[0]).isCloseTo(expected(form, tasks), within(1e-4));
    assertThat(LossGraph.largest(found.get(1))).isFinite().isGreaterThan(1e-3);
    assertThat(LossGraph.largest(found.get(2))).isFinite().isGreaterThan(1e-3);
  }

  /** One-by-one training: without negatives the printed form would be the logarithm of 0. */
  @ParameterizedTest
  @EnumSource(ContrastiveLoss.Form.class)
  void shouldBeZeroWithoutGradientWhenTheBatchHasOneDegradation(ContrastiveLoss.Form form) {
    List<FloatTensor> found = ofBatch(form, 3, 3, 3);
    assertThat(found.get(0).values()).containsExactly(0f);
    assertThat(LossGraph.largest(found.get(1))).isZero();
    assertThat(LossGraph.largest(found.get(2))).isZero();
  }

  @Test
  void shouldBeFiniteWhenAFeatureIsZero() {
    try (LossGraph g = new LossGraph()) {
      Operand<TFloat32> z = g.feed(new FloatTensor(new long[] {2, 6}, new float[12]));
      Operand<TFloat32> loss =
          new ContrastiveLoss(g.tf, 0.07, ContrastiveLoss.Form.MOCO)
              .of(z, g.feed(features(2, 1)), g.tf.constant(new int[] {0, 1}));
      List<FloatTensor> found = g.run(loss, List.of(z), session -> {});
      assertThat((double) found.get(0).values()[0]).isCloseTo(Math.log(3), within(1e-5));
      assertThat(LossGraph.largest(found.get(1))).isFinite();
    }
  }
}
