package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.data.layout.DataSet;
import org.perceiveir.trainer.data.layout.Finding;
import org.perceiveir.trainer.data.layout.Folders;
import org.perceiveir.trainer.data.layout.ImageEntry;
import org.perceiveir.trainer.data.layout.Layouts;
import org.perceiveir.trainer.data.layout.Listing;
import org.perceiveir.trainer.data.layout.PairRule;

/**
 * Opens sets of degraded images with their truth to evaluate on.
 *
 * <p>Opening reads headers only. Files that are no images, pairs of two sizes and images below the
 * smallest side are left out and are in {@link ImagePairs#skipped()}; a set that has nothing left
 * is refused. Images are decoded when they are asked for.
 */
public final class PairSets {
  /** The window of SSIM: smaller images have no figure. */
  public static final int SMALLEST_SIDE = 7;

  private PairSets() {}

  /**
   * A folder of clean images, image i of it (in the order of the names, counting those that can be
   * used) degraded with seed i.
   *
   * @throws DataException if there is no usable image
   * @throws IOException if the folder cannot be listed
   */
  public static ImagePairs degraded(Path clean, Degradation degradation) throws IOException {
    return degraded(Folders.fileName(clean), clean, Layouts.clean(clean), degradation);
  }

  /**
   * The pairs of two folders.
   *
   * @throws DataException if no pair can be used
   * @throws IOException if a folder cannot be listed
   */
  public static ImagePairs folders(Path input, Path target, PairRule rule) throws IOException {
    return onDisk(
        Folders.fileName(input.toAbsolutePath().resolveSibling("").normalize()),
        input,
        Layouts.pairs(input, target, rule));
  }

  /**
   * The test part of a published set of pairs, such as {@code sots} or {@code rain100l}.
   *
   * @throws IllegalArgumentException if there is no set of that name, or it holds clean images only
   * @throws DataException if no pair can be used
   * @throws IOException if a folder cannot be listed
   */
  public static ImagePairs named(String dataSet, Path root) throws IOException {
    DataSet set = DataSet.of(dataSet);
    if (set.isClean()) {
      throw new IllegalArgumentException(
          "data set " + set.id() + " holds clean images: say how to degrade them");
    }
    return onDisk(set.id(), root, set.list(root, DataSet.Split.TEST));
  }

  /**
   * A published set of clean images, such as {@code cbsd68}, image i degraded with seed i.
   *
   * @throws IllegalArgumentException if there is no set of that name, or it holds pairs
   * @throws DataException if there is no usable image
   * @throws IOException if a folder cannot be listed
   */
  public static ImagePairs named(String dataSet, Path root, Degradation degradation)
      throws IOException {
    DataSet set = DataSet.of(dataSet);
    if (!set.isClean()) {
      throw new IllegalArgumentException(
          "data set " + set.id() + " holds degraded images of its own: give no degradation");
    }
    return degraded(set.id(), root, set.list(root, DataSet.Split.TEST), degradation);
  }

  /**
   * The sets of pairs that an entry of a list of validation sets names: one for a set of pairs, one
   * for each degradation of clean images. The entry is read as one of training sets is, its {@code
   * degradation} must have strengths; without, the project's standard strength of each type is
   * taken.
   *
   * @throws ConfigException naming the key that is wrong
   * @throws DataException if a set cannot be used
   * @throws IOException if a folder cannot be listed
   */
  public static List<ImagePairs> fromConfig(ConfigSection set) throws IOException {
    TrainingSet read = TrainingSet.fromConfig(set);
    TrainingSet.Images images = read.images();
    if (!images.isClean()) {
      return List.of(onDisk(images.name(), images.root(), images.list()));
    }
    List<ImagePairs> pairs = new ArrayList<>();
    for (TrainingSet.Use use : read.uses()) {
      for (Strength strength : use.strengths()) {
        Degradation degradation =
            strength
                .fixed()
                .orElseGet(() -> Degradations.standard(strength.random().orElseThrow()));
        pairs.add(
            degraded(
                images.name() + " " + degradation.notation(),
                images.root(),
                images.list(),
                degradation));
      }
    }
    return pairs;
  }

  private static ImagePairs degraded(
      String title, Path root, Listing listing, Degradation degradation) throws IOException {
    return new Opened(title, Checked.of(root, listing, SMALLEST_SIDE)) {
      @Override
      public RgbImage degraded(int index) throws IOException {
        return degradation.apply(clean(index), index);
      }
    };
  }

  private static ImagePairs onDisk(String title, Path root, Listing listing) throws IOException {
    return new Opened(title, Checked.of(root, listing, SMALLEST_SIDE)) {
      @Override
      public RgbImage degraded(int index) throws IOException {
        return cache.image(entry(index).degraded().orElseThrow());
      }
    };
  }

  /** What all sets have in common. */
  private abstract static class Opened implements ImagePairs {
    /** Enough for the images of a pair, which are asked for several times in a row. */
    private static final long CACHE_BYTES = 64L << 20;

    final ImageCache cache = new ImageCache(CACHE_BYTES);
    private final String title;
    private final Checked checked;

    Opened(String title, Checked checked) {
      this.title = title;
      this.checked = checked;
    }

    ImageEntry entry(int index) {
      return checked.entries().get(index);
    }

    @Override
    public int size() {
      return checked.entries().size();
    }

    @Override
    public String name(int index) {
      return entry(index).name();
    }

    @Override
    public RgbImage clean(int index) throws IOException {
      return cache.image(entry(index).clean());
    }

    @Override
    public String title() {
      return title;
    }

    @Override
    public List<CleanImages.Skipped> skipped() {
      return checked.skipped();
    }
  }

  /**
   * The entries of a listing whose headers are sound.
   *
   * @param entries what is left, at least one
   * @param skipped what is not
   */
  private record Checked(List<ImageEntry> entries, List<CleanImages.Skipped> skipped) {

    static Checked of(Path root, Listing listing, int smallestSide) throws DataException {
      for (Finding finding : listing.findings()) {
        if (finding.kind().isFatal()) {
          throw new DataException(finding.subject() + ": " + finding.what());
        }
      }
      List<Headers.Verdict> verdicts =
          IntStream.range(0, listing.entries().size())
              .parallel()
              .mapToObj(i -> Headers.check(listing.entries().get(i), smallestSide))
              .toList();
      List<ImageEntry> entries = new ArrayList<>();
      List<CleanImages.Skipped> skipped = new ArrayList<>();
      for (Finding finding : listing.findings()) {
        if (finding.kind() == Finding.Kind.UNPAIRED || finding.kind() == Finding.Kind.AMBIGUOUS) {
          skipped.add(new CleanImages.Skipped(finding.subject(), finding.what()));
        }
      }
      for (int i = 0; i < verdicts.size(); i++) {
        ImageEntry entry = listing.entries().get(i);
        verdicts
            .get(i)
            .finding()
            .ifPresentOrElse(
                bad -> skipped.add(new CleanImages.Skipped(entry.name(), bad.what())),
                () -> entries.add(entry));
      }
      if (entries.isEmpty()) {
        throw new DataException(
            root
                + ": none of the "
                + listing.entries().size()
                + " images can be used; the first, "
                + skipped.get(0).file()
                + ": "
                + skipped.get(0).reason());
      }
      return new Checked(List.copyOf(entries), List.copyOf(skipped));
    }
  }
}
