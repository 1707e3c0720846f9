package org.perceiveir.model.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BundleLabelsTest {
  private static final String HASH = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "1+01234567, true",
    "1.2-rc+01234567, true",
    "1+01234568, false",
    "1+0123456, false",
    "1, false",
    "+01234567, false",
    "1 2+01234567, false",
    "1+2+01234567, false",
  })
  void shouldTakeAVersionWithTheHashOfItsWeightsAndNoOther(String text, boolean taken) {
    assertThat(BundleLabels.isVersionOf(text, HASH)).isEqualTo(taken);
  }
}
