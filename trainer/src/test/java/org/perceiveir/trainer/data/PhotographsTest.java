package org.perceiveir.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.DegradationType;

/** Batches of one folder of photographs, as trainings of this project take them. */
final class PhotographsTest {
  private static final int STEPS = 40;

  @TempDir Path folder;

  /**
   * Red is the column and green the row, so that a crop tells where it is from; blue is texture.
   */
  @BeforeEach
  void makeImage() throws IOException {
    int width = 90;
    int height = 70;
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        rgb[3 * (y * width + x)] = (byte) (100 + x);
        rgb[3 * (y * width + x) + 1] = (byte) (100 + y);
        rgb[3 * (y * width + x) + 2] = (byte) (80 + (37 * x + 11 * y) % 100);
      }
    }
    Files.write(
        folder.resolve("a.png"),
        ImageEncoder.encode(RgbImage.wrap(width, height, rgb), ImageFormat.PNG));
  }

  private BatchSource sampler(long seed) throws IOException {
    Sampling sampling = new Sampling(TaskMix.DEFAULT, CropSchedule.parse("16:0.5,32:1"), 4);
    return TrainingDataConfig.photographs(folder, sampling).open().batches(STEPS, seed);
  }

  /** What exact resuming rests on. */
  @Test
  void shouldMakeTheSameBatchOfAStepWhateverWasAskedBefore() throws IOException {
    BatchSource forward = sampler(1);
    for (int step = 0; step < 7; step++) {
      forward.sample(step);
    }
    TrainingBatch later = forward.sample(7);
    TrainingBatch direct = sampler(1).sample(7);
    assertThat(later.degraded()).isEqualTo(direct.degraded());
    assertThat(later.clean()).isEqualTo(direct.clean());
    assertThat(sampler(2).sample(7).clean()).isNotEqualTo(direct.clean());
    assertThat(forward.sample(8).clean()).isNotEqualTo(direct.clean());
  }

  @Test
  void shouldCutNeighbouringPixelsInAllEightOrientations() throws IOException {
    BatchSource sampler = sampler(3);
    Set<List<Integer>> orientations = new HashSet<>();
    for (int step = 0; step < STEPS; step++) {
      TrainingBatch batch = sampler.sample(step);
      int size = batch.size();
      for (int i = 0; i < batch.count(); i++) {
        int first = i * size * size * 3;
        List<Integer> orientation =
            List.of(
                step(batch, first, 3, 0),
                step(batch, first, 3, 1),
                step(batch, first, 3 * size, 0),
                step(batch, first, 3 * size, 1));
        orientations.add(orientation);
        for (int p = 0; p < size * size; p++) {
          int at = first + 3 * p;
          if (p % size < size - 1) {
            assertThat(step(batch, at, 3, 0)).isEqualTo(orientation.get(0));
            assertThat(step(batch, at, 3, 1)).isEqualTo(orientation.get(1));
          }
          if (p / size < size - 1) {
            assertThat(step(batch, at, 3 * size, 0)).isEqualTo(orientation.get(2));
            assertThat(step(batch, at, 3 * size, 1)).isEqualTo(orientation.get(3));
          }
        }
      }
    }
    assertThat(orientations).hasSize(8);
  }

  /** Change of a channel in 8-bit units over a distance in the array. */
  private static int step(TrainingBatch batch, int at, int distance, int channel) {
    return Math.round(255 * (batch.clean()[at + distance + channel] - batch.clean()[at + channel]));
  }

  @Test
  void shouldDegradeEveryBatchByItsOneTask() throws IOException {
    BatchSource sampler = sampler(4);
    Set<String> seen = new HashSet<>();
    int round = TaskMix.DEFAULT.weights().values().stream().mapToInt(Integer::intValue).sum();
    for (int step = 0; step < round; step++) {
      TrainingBatch batch = sampler.sample(step);
      seen.add(batch.task());
      assertThat(batch.degraded()).isNotEqualTo(batch.clean());
      for (float value : batch.degraded()) {
        assertThat(value).isBetween(0f, 1f);
      }
    }
    assertThat(seen).containsExactlyInAnyOrderElementsOf(DegradationType.ids());
  }

  @Test
  void shouldGrowTheCropsAndKeepThePixelsOfABatch() throws IOException {
    BatchSource sampler = sampler(5);
    TrainingBatch early = sampler.sample(STEPS / 2 - 1);
    TrainingBatch late = sampler.sample(STEPS / 2);
    assertThat(early.size()).isEqualTo(16);
    assertThat(early.count()).isEqualTo(4);
    assertThat(late.size()).isEqualTo(32);
    assertThat(late.count()).isEqualTo(1);
  }

  @Test
  void shouldSpreadTheTasksEvenlyByTheirWeights() {
    List<DegradationType> round = Rotation.of(TaskMix.parse("noise=3, haze=1,rain").weights());
    assertThat(round).hasSize(5);
    assertThat(round.stream().filter(t -> t == DegradationType.NOISE)).hasSize(3);
    assertThat(round.stream().filter(t -> t == DegradationType.HAZE)).hasSize(1);
    assertThat(TaskMix.parse("noise=3,haze=1")).hasToString("noise=3,haze=1");
    for (String wrong :
        List.of("", "fog=1", "noise=x", "noise=0", "noise=1,noise=2", "noise=1=2")) {
      assertThatThrownBy(() -> TaskMix.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void shouldReadACropScheduleAndRefuseAMalformedOne() {
    CropSchedule schedule = CropSchedule.parse("64:0.6,96:0.8,128:1");
    assertThat(schedule).isEqualTo(CropSchedule.DEFAULT);
    assertThat(schedule.sizeAt(0, 100)).isEqualTo(64);
    assertThat(schedule.sizeAt(60, 100)).isEqualTo(96);
    assertThat(schedule.sizeAt(99, 100)).isEqualTo(128);
    assertThat(schedule.largest()).isEqualTo(128);
    assertThat(CropSchedule.parse("48").sizeAt(5, 10)).isEqualTo(48);
    for (String wrong : List.of("", "64:0.5", "64:1,32:0.5", "4:1", "64,32", "64:x", "64:NaN")) {
      assertThatThrownBy(() -> CropSchedule.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
