package org.perceiveir.model.vit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.model.vit.PositionTable.Interpolation;

class PositionTableTest {

  @ParameterizedTest
  @EnumSource(Interpolation.class)
  void shouldKeepAConstantTableConstant(Interpolation interpolation) {
    for (int out : new int[] {1, 5, 16, 37, 60}) {
      float[][] matrix = PositionTable.matrix(37, out, interpolation);
      assertThat(matrix).hasDimensions(out, 37);
      for (float[] row : matrix) {
        double sum = 0;
        for (float weight : row) {
          sum += weight;
        }
        assertThat(sum).isCloseTo(1, within(1e-6));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Interpolation.class,
      names = {"SIZE_BASED", "ANTIALIAS"})
  void shouldBeTheIdentityWhenTheSideStays(Interpolation interpolation) {
    float[][] matrix = PositionTable.matrix(5, 5, interpolation);
    for (int i = 0; i < 5; i++) {
      for (int j = 0; j < 5; j++) {
        assertThat(matrix[i][j]).isCloseTo(i == j ? 1 : 0, within(1e-6f));
      }
    }
  }
}
