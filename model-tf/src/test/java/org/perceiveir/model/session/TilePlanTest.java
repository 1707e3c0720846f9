package org.perceiveir.model.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TilePlanTest {
  private static final long MIB = 1 << 20;

  private static SessionOptions options(long budgetMib, int side, int overlap) {
    return SessionOptions.defaults()
        .withTiles(side, overlap)
        .withMemory(MemoryBudget.of(budgetMib * MIB, "restore.memory.max.bytes"));
  }

  /** One tile too large and the kernel ends the process: no plan may exceed its budget. */
  @Test
  void shouldTakeTheLargestTileThatFitsForAnyModelAndBudget() {
    SplittableRandom random = new SplittableRandom(1);
    int shrunk = 0;
    for (int i = 0; i < 2_000; i++) {
      MemoryModel model =
          new MemoryModel(random.nextLong(400 * MIB), random.nextDouble(100, 20_000), 0);
      int multiple = 1 << random.nextInt(2, 7);
      int most = random.nextInt(128, 3_000);
      SessionOptions options = options(random.nextLong(800, 16_000), most, random.nextInt(33));

      TilePlan plan = TilePlan.within(model, options, multiple);

      long padded = Padding.up(plan.side(), multiple);
      assertThat(model.passBytes(padded * padded)).isLessThanOrEqualTo(options.memory().bytes());
      assertThat(plan.passPixels()).isEqualTo(padded * padded);
      assertThat(plan.side()).isBetween(128, most);
      assertThat(plan.overlap()).isBetween(0, plan.side() / 4);
      if (plan.side() < most) {
        shrunk++;
        assertThat(plan.side() % multiple).isZero();
        long next = padded + multiple;
        assertThat(model.passBytes(next * next)).isGreaterThan(options.memory().bytes());
      }
    }
    assertThat(shrunk).isGreaterThan(200);
  }

  @Test
  void shouldNameBudgetNeedAndRemedyWhenNotEvenTheSmallestTileFits() {
    MemoryModel model = new MemoryModel(100 * MIB, 10_000, 0);

    assertThatThrownBy(() -> TilePlan.within(model, options(200, 1280, 64), 16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the memory budget is 200 MiB (restore.memory.max.bytes)")
        .hasMessageContaining("the smallest tile, 128x128 pixels, takes 257 MiB")
        .hasMessageContaining("raise the budget or the memory, lower -Xmx");
  }

  @Test
  void shouldLimitABatchToThePixelsOfTheLargestTile() {
    TilePlan plan = new TilePlan(512, 64, 512 * 512);

    assertThat(plan.framesInOnePass(256, 256, 16)).isEqualTo(4);
    // Padded to 272x272: three of them, not four.
    assertThat(plan.framesInOnePass(257, 257, 16)).isEqualTo(3);
    assertThat(plan.framesInOnePass(512, 512, 16)).isEqualTo(1);
  }
}
