package org.perceiveir.trainer.data;

import java.util.List;
import java.util.SplittableRandom;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;

/**
 * Makes the batch of any step from the seed and the step's number alone.
 *
 * <p>No state is carried from step to step: a resumed training gets exactly the batches that an
 * uninterrupted one would have got, whatever thread asks and in whatever order.
 *
 * <p>A crop is taken from a random image at a random place, flipped and turned by one of the eight
 * symmetries of the square, then degraded with a random strength. Where a degradation looks beyond
 * the crop, it is degraded with a margin that is cut off afterwards.
 */
public final class BatchSampler implements BatchSource {
  private final CleanImages images;
  private final List<DegradationType> round;
  private final CropSchedule crops;
  private final int firstBatch;
  private final int maxSteps;
  private final long seed;

  /**
   * A sampler of a whole training.
   *
   * @param images where crops come from; both sides at least the largest crop
   * @param tasks the degradations
   * @param crops the sides of the crops
   * @param firstBatch crops in a batch at the first size
   * @param maxSteps steps of the whole training, which the crop schedule is bound to
   * @param seed of every random choice
   */
  public BatchSampler(
      CleanImages images,
      TaskMix tasks,
      CropSchedule crops,
      int firstBatch,
      int maxSteps,
      long seed) {
    this.images = images;
    this.round = tasks.round();
    this.crops = crops;
    this.firstBatch = firstBatch;
    this.maxSteps = maxSteps;
    this.seed = seed;
  }

  /** The batch of a step from 0. */
  @Override
  public TrainingBatch sample(int step) {
    SplittableRandom random = new SplittableRandom(mix(seed + mix(step + 1L)));
    DegradationType task = round.get(step % round.size());
    int size = crops.sizeAt(step, maxSteps);
    int count = crops.batchAt(size, firstBatch);
    float[] clean = new float[count * size * size * 3];
    float[] degraded = new float[clean.length];
    for (int i = 0; i < count; i++) {
      RgbImage image = images.image(random.nextInt(images.size()));
      CropWindow window = CropWindow.draw(image, size, Degradations.reach(task), random);
      RgbImage turned = window.turned(image, random.nextInt(8));
      RgbImage damaged = Degradations.random(task, random).apply(turned, random.nextLong());
      window.cut(turned, size, clean, i);
      window.cut(damaged, size, degraded, i);
    }
    return TrainingBatch.of(step, task.id(), count, size, degraded, clean);
  }

  /** SplitMix64's finaliser: neighbouring steps get unrelated streams. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
