package org.perceiveir.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Eq. 10, epoch by epoch. */
final class DifficultyBookTest {
  private static final int EPOCH = 3;

  private static DifficultyBook book() {
    return new DifficultyBook(List.of("a", "b", "c"), 0.25, EPOCH);
  }

  @Test
  void shouldWeighByTheEpochBeforeWhenAnEpochBegins() {
    DifficultyBook book = book();
    book.begin(0);
    assertThat(book.weights()).containsExactly(1, 1, 1);
    // The network is better than a, as good as b and worse than c.
    book.count(new float[] {0.01f, 0.02f, 0.01f, 0.005f});
    book.begin(1);
    book.begin(2);
    assertThat(book.weights()).as("the first epoch is not over").containsExactly(1, 1, 1);
    book.begin(3);
    assertThat(book.weights()).containsExactly(1.25f, 1.25f, 0.75f);
    // Now it is worse than all.
    book.count(new float[] {0.1f, 0.01f, 0.01f, 0.01f});
    book.begin(5);
    assertThat(book.weights()).containsExactly(1.25f, 1.25f, 0.75f);
    book.begin(6);
    assertThat(book.weights()).containsExactly(0.75f, 0.75f, 0.75f);
  }

  /** The mean of the PSNR, not the PSNR of the mean error, which one bad crop would decide. */
  @Test
  void shouldAverageDecibelsOverTheCropsOfAnEpoch() {
    DifficultyBook book = new DifficultyBook(List.of("a"), 0.25, EPOCH);
    book.count(new float[] {0.1f, 0.001f, 0.05f, 0.05f});
    book.count(new float[] {0.001f, 0.01f});
    List<DifficultyBook.Standing> standings = book.standings();
    assertThat(standings.get(0).psnr()).isCloseTo((10 + 30 + 30) / 3.0, within(1e-5));
    assertThat(standings.get(1).psnr())
        .isCloseTo((2 * -10 * Math.log10(0.05) + 20) / 3, within(1e-5));
    book.begin(EPOCH);
    assertThat(book.weights()).containsExactly(1.25f);
  }

  @Test
  void shouldCountACropWithoutErrorAsOneHundredDecibels() {
    assertThat(DifficultyBook.psnr(0)).isEqualTo(100);
    assertThat(DifficultyBook.psnr(1)).isZero();
  }

  /** A resumed training must weigh the negatives as one that was never stopped. */
  @Test
  void shouldGoOnWithTheSameBitsWhenRestoredFromJson() throws IOException {
    Random random = new Random(4);
    DifficultyBook straight = book();
    DifficultyBook resumed = book();
    for (int step = 0; step < 20; step++) {
      float[] errors = new float[8];
      for (int i = 0; i < errors.length; i++) {
        errors[i] = random.nextFloat() / 10;
      }
      DifficultyBook next = book();
      next.restore(new ObjectMapper().readTree(resumed.toJson().toString()));
      assertThat(next.toJson().toString()).isEqualTo(resumed.toJson().toString());
      resumed = next;
      for (DifficultyBook book : List.of(straight, resumed)) {
        book.begin(step);
        book.count(errors);
      }
      assertThat(resumed.weights()).isEqualTo(straight.weights());
      assertThat(resumed.standings()).isEqualTo(straight.standings());
    }
    assertThat(straight.weights()).isNotEqualTo(new float[] {1, 1, 1});
  }

  @Test
  void shouldRefuseTheStateOfOtherProxiesOrAnotherEpoch() {
    DifficultyBook other = new DifficultyBook(List.of("a", "x", "c"), 0.25, EPOCH);
    assertThatThrownBy(() -> book().restore(other.toJson()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[a, x, c]")
        .hasMessageContaining("[a, b, c]");
    DifficultyBook longer = new DifficultyBook(List.of("a", "b", "c"), 0.25, EPOCH + 1);
    assertThatThrownBy(() -> book().restore(longer.toJson()))
        .hasMessageContaining("4 steps an epoch");
    assertThatThrownBy(() -> book().count(new float[5])).hasMessageContaining("3 proxies");
    assertThatThrownBy(() -> new DifficultyBook(List.of(), 0.25, 0))
        .hasMessageContaining("at least 1");
    assertThatThrownBy(() -> new DifficultyBook(List.of(), 1, 1)).hasMessageContaining("gamma");
  }
}
