package org.perceiveir.imaging.degrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class NotationTest {
  @ParameterizedTest
  @CsvSource({
    "noise:15, noise:15",
    "noise:7.5, noise:7.5",
    "haze:0.85:1, haze:0.85:1",
    "rain:3.5:24:0.8:0.3, rain:3.5:24:0.8:0.3",
    "blur:9.0, blur:9",
    "low-light:1.8:0.55:1e-3:0.004, low-light:1.8:0.55:0.001:0.004",
    "jpeg:40, jpeg:40",
    "' noise:25 + haze : 0.9:1 ', haze:0.9:1+noise:25",
    "jpeg:10+noise:100+low-light, low-light:1.8:0.55:0.001:0.004+noise:100+jpeg:10"
  })
  void shouldReadAndPrint(String text, String printed) {
    Degradation degradation = Degradations.parse(text);
    assertThat(degradation.notation()).isEqualTo(printed);
    assertThat(Degradations.parse(printed)).isEqualTo(degradation);
  }

  @ParameterizedTest
  @EnumSource(DegradationType.class)
  void shouldMeanTheStandardStrengthWithoutNumbers(DegradationType type) {
    assertThat(Degradations.parse(type.id())).isEqualTo(Degradations.standard(type));
    assertThat(Degradations.parse(Degradations.standard(type).notation()))
        .isEqualTo(Degradations.standard(type));
  }

  @Test
  void shouldMeanTheStandardQualityWithoutANumber() {
    assertThat(Degradations.parse("jpeg")).isEqualTo(Degradations.standardJpeg());
  }

  /** A report of a random strength must be enough to repeat it. */
  @Test
  void shouldPrintEveryBitOfAStrength() {
    SplittableRandom random = new SplittableRandom(8);
    for (int i = 0; i < 500; i++) {
      Mixture mixture = RandomMixtures.draw(random);
      assertThat(Degradations.parse(mixture.notation())).isEqualTo(mixture);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', ' has an empty part'",
    "noise++jpeg, ' has an empty part'",
    "noise:x, '''x'' is no number'",
    "noise:, ''''' is no number'",
    "noise:NaN, '''NaN'' is no number'",
    "noise:25:3, 'write noise:sigma, or noise alone'",
    "haze:1, 'has 1 numbers: write haze:airlight:beta'",
    "blur:9:1, 'write blur:length'",
    "low-light:2, 'write low-light:gamma:gain:shot:read'",
    "jpeg:40:2, 'write jpeg:quality'",
    "rain:1:2, 'write rain:density:length:width:brightness'",
    "jpeg:40.5, '''40.5'' is no whole number'",
    "jpeg:101, 'quality is 101'",
    "noise:300, 'sigma is 300.0: it must lie in 0..255'",
    "noise:1e999999999, 'sigma is Infinity'",
    "noise+noise:3, 'twice'"
  })
  void shouldSayWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> Degradations.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldSayWhatThereIs() {
    assertThatThrownBy(() -> Degradations.parse("fog"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "unknown degradation 'fog': choose one of "
                + String.join(", ", DegradationType.ids())
                + ", jpeg");
  }
}
