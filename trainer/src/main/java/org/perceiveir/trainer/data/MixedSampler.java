package org.perceiveir.trainer.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.Degradation;

/**
 * Makes the batch of any step of a mix of data sets, from the seed and the step's number alone.
 *
 * <p><b>What is in a batch.</b> The uses of all sets stand in a round, each as often as its ratio
 * says and spread evenly. A mixed batch is a stretch of the round from a random place, so that
 * ratios hold from batch to batch and not in the long run only. Where that gives one task alone
 * though there are more, the last crop is drawn from the others.
 *
 * <p><b>A crop</b> is a random window of a random image, turned by one of the eight symmetries. A
 * clean image is degraded there: with a margin beyond the crop where motion blur or the blocks of
 * JPEG need one. Each crop has random numbers of its own, and what is optional (mixtures, JPEG, the
 * second crop) draws from separate streams: switching an option does not change the other crops.
 *
 * <p><b>The second crop</b> is another window of the same image in the same orientation. A clean
 * image is degraded there by the same model with the same strength, as the same scene a moment
 * later: haze and wind stay, noise and drops are new.
 */
final class MixedSampler implements BatchSource {
  private static final long FEED = 0x5DEECE66DL;
  private static final long SECOND = 0x3C6EF372FE94F82BL;
  private static final float[] NONE = new float[0];

  private final List<Source> round;
  private final List<String> taskRound;
  private final Map<String, List<Source>> byTask = new LinkedHashMap<>();
  private final TrainingDataConfig config;
  private final int maxSteps;
  private final long seed;
  private final int restorers;

  /**
   * Images and what they are used for.
   *
   * @param images where crops come from
   * @param use task and strengths
   */
  record Source(SetImages images, TrainingSet.Use use) {
    String task() {
      return use.task();
    }

    /** What happens to a crop before the options for real feeds; nothing to one of a pair. */
    Optional<Degradation> damage(SplittableRandom random) {
      List<Strength> strengths = use.strengths();
      return strengths.isEmpty()
          ? Optional.empty()
          : Optional.of(strengths.get(random.nextInt(strengths.size())).draw(random));
    }
  }

  MixedSampler(TrainingDataConfig config, List<Source> sources, int maxSteps, long seed) {
    this.config = config;
    this.maxSteps = maxSteps;
    this.seed = seed;
    this.restorers = config.sets().get(0).negatives().size();
    Map<Integer, Integer> ratios = new LinkedHashMap<>();
    Map<String, Integer> taskRatios = new LinkedHashMap<>();
    for (int i = 0; i < sources.size(); i++) {
      Source source = sources.get(i);
      ratios.put(i, source.use().ratio());
      taskRatios.merge(source.task(), source.use().ratio(), Integer::sum);
      byTask.computeIfAbsent(source.task(), k -> new ArrayList<>()).add(source);
    }
    round = Rotation.of(ratios).stream().map(sources::get).toList();
    taskRound = Rotation.of(taskRatios);
  }

  @Override
  public TrainingBatch sample(int step) {
    long key = SplitMix64.mix(seed + SplitMix64.mix(step + 1L));
    int size = config.crops().sizeAt(step, maxSteps);
    int count = config.crops().batchAt(size, config.batch());
    List<Source> sources = sources(step, count, new SplittableRandom(key));
    int floats = count * size * size * 3;
    float[] degraded = new float[floats];
    float[] clean = new float[floats];
    float[] second = config.second() ? new float[floats] : NONE;
    List<float[]> negatives = new ArrayList<>();
    for (int r = 0; r < restorers; r++) {
      negatives.add(new float[floats]);
    }
    List<String> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Source source = sources.get(i);
      tasks.add(source.task());
      crop(
          source,
          SplitMix64.mix(key + i + 1),
          new Target(size, i, degraded, clean, second, negatives));
    }
    return new TrainingBatch(step, tasks, size, degraded, clean, second, negatives);
  }

  private List<Source> sources(int step, int count, SplittableRandom random) {
    List<Source> chosen = new ArrayList<>();
    if (config.batches() == TrainingDataConfig.Batches.ONE_TYPE) {
      List<Source> among = byTask.getOrDefault(taskRound.get(step % taskRound.size()), List.of());
      for (int i = 0; i < count; i++) {
        chosen.add(drawn(among, random));
      }
      return chosen;
    }
    int start = random.nextInt(round.size());
    for (int i = 0; i < count; i++) {
      chosen.add(round.get((start + i) % round.size()));
    }
    String first = chosen.get(0).task();
    if (count > 1
        && byTask.size() > 1
        && chosen.stream().allMatch(source -> source.task().equals(first))) {
      List<Source> others =
          byTask.entrySet().stream()
              .filter(e -> !e.getKey().equals(first))
              .flatMap(e -> e.getValue().stream())
              .toList();
      chosen.set(count - 1, drawn(others, random));
    }
    return chosen;
  }

  /** One of several, by their ratios. */
  private static Source drawn(List<Source> among, SplittableRandom random) {
    int at = random.nextInt(among.stream().mapToInt(s -> s.use().ratio()).sum());
    for (Source source : among) {
      at -= source.use().ratio();
      if (at < 0) {
        return source;
      }
    }
    throw new IllegalStateException("ratios do not add up");
  }

  /** Where a crop goes. */
  @SuppressWarnings("ArrayRecordComponent") // Written to, never compared.
  private record Target(
      int size,
      int index,
      float[] degraded,
      float[] clean,
      float[] second,
      List<float[]> negatives) {}

  private void crop(Source source, long key, Target to) {
    SplittableRandom random = new SplittableRandom(key);
    SetImages.Loaded image = source.images().usable(random.nextInt(source.images().size()));
    SplittableRandom options = new SplittableRandom(SplitMix64.mix(key ^ FEED));
    Optional<Degradation> damage =
        config.feed().over(source.damage(random), source.task(), options);
    boolean jpeg = damage.filter(RealFeed::hasJpeg).isPresent();
    int margin = damage.map(RealFeed::margin).orElse(0);
    CropWindow window = CropWindow.draw(image.clean(), to.size(), margin, random);
    int symmetry = config.augment() ? random.nextInt(8) : 0;
    long damageSeed = random.nextLong();

    int shift = jpeg ? Math.min(RealFeed.JPEG_MARGIN, window.margin()) : 0;
    int dx = shift == 0 ? 0 : options.nextInt(-shift, shift);
    int dy = shift == 0 ? 0 : options.nextInt(-shift, shift);
    window.cut(window.turned(image.clean(), symmetry), to.size(), dx, dy, to.clean(), to.index());
    window.cut(
        damaged(window.turned(image.degraded(), symmetry), damage, damageSeed, 0),
        to.size(),
        dx,
        dy,
        to.degraded(),
        to.index());
    for (int r = 0; r < restorers; r++) {
      window.cut(
          window.turned(image.negatives().get(r), symmetry),
          to.size(),
          dx,
          dy,
          to.negatives().get(r),
          to.index());
    }
    if (config.second()) {
      SplittableRandom elsewhere = new SplittableRandom(SplitMix64.mix(key ^ SECOND));
      CropWindow other = CropWindow.draw(image.clean(), to.size(), margin, elsewhere);
      other.cut(
          damaged(other.turned(image.degraded(), symmetry), damage, damageSeed, 1),
          to.size(),
          dx,
          dy,
          to.second(),
          to.index());
    }
  }

  private static RgbImage damaged(
      RgbImage image, Optional<Degradation> damage, long seed, long frame) {
    return damage.map(d -> d.apply(image, seed, frame)).orElse(image);
  }
}
