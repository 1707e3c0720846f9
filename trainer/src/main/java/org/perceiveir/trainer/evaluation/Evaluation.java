package org.perceiveir.trainer.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.metric.Crop;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.trainer.data.CleanImages;
import org.perceiveir.trainer.data.DataException;

/**
 * Restores test sets and measures the images before and after.
 *
 * <p>The protocol is that of section IV of the paper and its lineage, and every row of the report
 * says it: the degraded image is a uint8 image before restoring, the output is rounded to uint8,
 * nothing is cropped unless asked for. Figures are means over the images. Where an image equals its
 * truth, its PSNR is infinite: it is left out of the mean and counted.
 *
 * <p>An image that cannot be read or measured is skipped and named. A set of which none can be
 * measured is an error.
 */
public final class Evaluation {
  private final Restorer restorer;
  private final @Nullable Restorer compared;
  private final Measurement measurement;
  private final EvaluationOptions options;
  private final EvaluationListener listener;

  private Evaluation(
      Restorer restorer,
      @Nullable Restorer compared,
      Measurement measurement,
      EvaluationOptions options,
      EvaluationListener listener) {
    this.restorer = restorer;
    this.compared = compared;
    this.measurement = measurement;
    this.options = options;
    this.listener = listener;
  }

  /**
   * An evaluation of a restorer, which stays open, as what is measured with does.
   *
   * @param listener told of each image and of each set as it is done
   */
  public static Evaluation of(
      Restorer restorer,
      Measurement measurement,
      EvaluationOptions options,
      EvaluationListener listener) {
    return new Evaluation(restorer, null, measurement, options, listener);
  }

  /**
   * The same evaluation with a second restorer, whose results are compared with the first one's:
   * for instance the same network in tiles.
   */
  public Evaluation comparedWith(Restorer other) {
    return new Evaluation(restorer, other, measurement, options, listener);
  }

  /**
   * Runs all sets.
   *
   * @throws DataException if none of the images of a set can be measured
   * @throws IOException if the disk fails
   */
  public EvaluationReport run(List<TestSet> sets) throws IOException {
    List<EvaluationReport.Item> items = new ArrayList<>();
    boolean warm = false;
    for (TestSet set : sets) {
      EvaluationReport.Item item = item(set, warm);
      warm = true;
      items.add(item);
      listener.onItem(item);
    }
    return new EvaluationReport(
        restorer.bundleName(), restorer.bundleVersion(), restorer.device(), items);
  }

  /** What an image is measured on. */
  private record Prepared(RgbImage degraded, @Nullable RgbImage truth) {}

  private EvaluationReport.Item item(TestSet set, boolean warm) throws IOException {
    List<CleanImages.Skipped> skipped = new ArrayList<>(set.skipped());
    List<EvaluationReport.Image> measured = new ArrayList<>();
    int size = set.images().size();
    int total = options.maxImages() == 0 ? size : Math.min(size, options.maxImages());
    boolean settled = warm;
    for (int i = 0; i < total; i++) {
      String name = set.images().name(i);
      Prepared prepared;
      try {
        prepared = prepare(set, i);
      } catch (IOException e) {
        skipped.add(new CleanImages.Skipped(name, String.valueOf(e.getMessage())));
        continue;
      }
      if (!settled) {
        // The first call sets the session up; it must not count as time of an image.
        restorer.restore(List.of(prepared.degraded));
        settled = true;
      }
      measured.add(image(set, name, prepared, i + 1, total));
    }
    if (measured.isEmpty()) {
      CleanImages.Skipped first = skipped.get(0);
      throw new DataException(
          set.name()
              + ": none of the "
              + total
              + " images can be measured; the first, "
              + first.file()
              + ": "
              + first.reason());
    }
    return new EvaluationReport.Item(
        set.name(),
        set.setting(),
        set.hasTruth(),
        measured,
        skipped,
        means(measured),
        measured.stream().mapToDouble(EvaluationReport.Image::millis).average().orElseThrow(),
        meanOfComparisons(measured),
        options.multiple(),
        protocol(set));
  }

  private Prepared prepare(TestSet set, int index) throws IOException {
    RgbImage degraded = set.images().degraded(index);
    RgbImage truth = set.images().truth(index).orElse(null);
    if (set.hasTruth() && truth == null) {
      throw new DataException("it has no truth");
    }
    if (truth != null
        && (truth.width() != degraded.width() || truth.height() != degraded.height())) {
      throw new DataException(
          "the degraded image has " + size(degraded) + " pixels, its truth " + size(truth));
    }
    if (Math.min(degraded.width(), degraded.height()) < options.multiple()) {
      throw new DataException(
          size(degraded) + ", too small to be cropped to multiples of " + options.multiple());
    }
    if (options.multiple() > 1) {
      degraded = Crop.toMultiple(degraded, options.multiple());
      truth = truth == null ? null : Crop.toMultiple(truth, options.multiple());
    }
    String refusal = measurement.refusal(degraded, truth != null);
    if (!refusal.isEmpty()) {
      throw new DataException(refusal);
    }
    return new Prepared(degraded, truth);
  }

  private static String size(RgbImage image) {
    return image.width() + "x" + image.height();
  }

  private EvaluationReport.Image image(
      TestSet set, String name, Prepared prepared, int done, int total) {
    long start = System.nanoTime();
    RgbImage restored = restorer.restore(List.of(prepared.degraded)).get(0);
    double millis = (System.nanoTime() - start) / 1e6;
    if (restored.width() != prepared.degraded.width()
        || restored.height() != prepared.degraded.height()) {
      throw new IllegalStateException("the restorer changed the size of an image");
    }
    Map<Metric, Double> before = measurement.of(prepared.degraded, prepared.truth);
    Map<Metric, Double> after = measurement.of(restored, prepared.truth);
    Map<Metric, EvaluationReport.Figure> figures = new EnumMap<>(Metric.class);
    for (Metric metric : measurement.metrics(prepared.truth != null)) {
      figures.put(
          metric,
          EvaluationReport.Figure.of(
              before.getOrDefault(metric, Double.NaN), after.getOrDefault(metric, Double.NaN)));
    }
    EvaluationReport.Image image =
        new EvaluationReport.Image(
            name,
            restored.width(),
            restored.height(),
            figures,
            millis,
            comparison(prepared, restored));
    listener.onImage(
        new EvaluationListener.Restored(
            set, done, total, prepared.degraded, restored, prepared.truth, image));
    return image;
  }

  private EvaluationReport.@Nullable Comparison comparison(Prepared prepared, RgbImage restored) {
    if (compared == null) {
      return null;
    }
    RgbImage other = compared.restore(List.of(prepared.degraded)).get(0);
    int largest = 0;
    for (int i = 0; i < other.rgb().length; i++) {
      largest = Math.max(largest, Math.abs((other.rgb()[i] & 0xFF) - (restored.rgb()[i] & 0xFF)));
    }
    RgbImage truth = prepared.truth;
    double loss = Double.NaN;
    if (truth != null) {
      double first = Psnr.between(truth, restored);
      double second = Psnr.between(truth, other);
      // Infinity minus infinity is none.
      loss = first == second ? 0 : second - first;
    }
    return new EvaluationReport.Comparison(loss, Psnr.between(restored, other), largest);
  }

  private static Map<Metric, EvaluationReport.Figure> means(List<EvaluationReport.Image> images) {
    Map<Metric, EvaluationReport.Figure> means = new EnumMap<>(Metric.class);
    for (Metric metric : images.get(0).figures().keySet()) {
      means.put(
          metric,
          EvaluationReport.Figure.mean(
              images.stream().map(image -> image.figure(metric)).toList()));
    }
    return means;
  }

  private static EvaluationReport.@Nullable Comparison meanOfComparisons(
      List<EvaluationReport.Image> images) {
    List<EvaluationReport.Comparison> all = new ArrayList<>();
    for (EvaluationReport.Image image : images) {
      if (image.comparison() != null) {
        all.add(image.comparison());
      }
    }
    return all.isEmpty() ? null : EvaluationReport.Comparison.mean(all);
  }

  private String protocol(TestSet set) {
    String crop =
        options.multiple() == 1
            ? "no border cropped"
            : "degraded image and truth cropped to multiples of "
                + options.multiple()
                + " about the middle before restoring";
    String other = compared == null ? "" : ", compared with " + options.comparedFrames();
    return set.words()
        + "; RGB; "
        + options.frames()
        + other
        + "; "
        + crop
        + "; output rounded to uint8; "
        + measurement.definitions(set.hasTruth())
        + "; mean over images";
  }
}
