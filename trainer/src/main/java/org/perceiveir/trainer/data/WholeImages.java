package org.perceiveir.trainer.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.Degradation;

/**
 * The images of a mix of training sets as pairs of whole images, in the order of the sets. Clean
 * images come once for each of their tasks, with a strength and a scene that seed and index decide.
 *
 * <p>This is what other restorers are run on, to make the mediocre images of stage 1 or negatives.
 */
public final class WholeImages implements ImagePairs {
  private final List<Item> items;
  private final List<SetImages> sets;
  private final RealFeed feed;
  private final long seed;

  private record Item(MixedSampler.Source source, int index) {}

  private WholeImages(List<Item> items, List<SetImages> sets, RealFeed feed, long seed) {
    this.items = List.copyOf(items);
    this.sets = List.copyOf(sets);
    this.feed = feed;
    this.seed = seed;
  }

  static WholeImages open(TrainingDataConfig config, long seed) throws IOException {
    List<SetImages> sets = MixedData.openSets(config, 1);
    List<Item> items = new ArrayList<>();
    for (int s = 0; s < sets.size(); s++) {
      for (TrainingSet.Use use : config.sets().get(s).uses()) {
        MixedSampler.Source source = new MixedSampler.Source(sets.get(s), use);
        for (int i = 0; i < sets.get(s).size(); i++) {
          if (sets.get(s).isUsable(i)) {
            items.add(new Item(source, i));
          }
        }
      }
    }
    return new WholeImages(items, sets, config.feed(), seed);
  }

  @Override
  public int size() {
    return items.size();
  }

  /** Set, task and file. */
  @Override
  public String name(int index) {
    Item item = items.get(index);
    return item.source().images().name()
        + "/"
        + item.source().task()
        + "/"
        + item.source().images().entry(item.index()).name();
  }

  /** What an image is damaged by. */
  public String task(int index) {
    return items.get(index).source().task();
  }

  @Override
  public RgbImage degraded(int index) throws IOException {
    Item item = items.get(index);
    SetImages images = item.source().images();
    SplittableRandom random =
        new SplittableRandom(SplitMix64.mix(seed + SplitMix64.mix(index + 1L)));
    Optional<Degradation> damage =
        feed.over(item.source().damage(random), item.source().task(), random.split());
    RgbImage image =
        images
            .store()
            .image(
                images.entry(item.index()).degraded().orElse(images.entry(item.index()).clean()));
    return damage.isPresent() ? damage.get().apply(image, random.nextLong()) : image;
  }

  @Override
  public RgbImage clean(int index) throws IOException {
    Item item = items.get(index);
    return item.source().images().store().image(item.source().images().entry(item.index()).clean());
  }

  @Override
  public List<CleanImages.Skipped> skipped() {
    return sets.stream().flatMap(set -> set.skipped().stream()).toList();
  }
}
