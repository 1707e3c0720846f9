package org.perceiveir.trainer.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.perceiveir.trainer.data.CleanImages;

/**
 * What an evaluation found.
 *
 * @param bundle name of the bundle
 * @param version its version
 * @param device what computed
 * @param items one for each test set
 */
public record EvaluationReport(String bundle, String version, String device, List<Item> items) {
  /** Copies the list. */
  public EvaluationReport {
    items = List.copyOf(items);
  }

  /**
   * A figure before and after, of one image or as a mean over images.
   *
   * @param degraded of the input
   * @param restored of the output
   * @param infiniteDegraded images whose figure of the input is infinite, which a mean leaves out
   * @param infiniteRestored images whose figure of the output is
   */
  public record Figure(
      double degraded, double restored, int infiniteDegraded, int infiniteRestored) {

    /** Of one image. */
    static Figure of(double degraded, double restored) {
      return new Figure(
          degraded,
          restored,
          Double.isInfinite(degraded) ? 1 : 0,
          Double.isInfinite(restored) ? 1 : 0);
    }

    /** Over images; infinite only where it is for all of them. */
    static Figure mean(List<Figure> figures) {
      return new Figure(
          finiteMean(figures, Figure::degraded),
          finiteMean(figures, Figure::restored),
          figures.stream().mapToInt(Figure::infiniteDegraded).sum(),
          figures.stream().mapToInt(Figure::infiniteRestored).sum());
    }

    /** Output minus input; not a number where both are infinite. */
    public double gain() {
      return restored - degraded;
    }
  }

  private static <T> double finiteMean(List<T> values, ToDoubleFunction<T> of) {
    return values.stream()
        .mapToDouble(of)
        .filter(Double::isFinite)
        .average()
        .orElseGet(() -> of.applyAsDouble(values.get(0)));
  }

  /**
   * How the results of a second restorer differ, for one image or over images.
   *
   * @param psnrChangeDb its PSNR minus the first one's in dB, mean over images; not a number
   *     without a truth
   * @param betweenDb PSNR of the one result against the other in dB, mean over the images on which
   *     they differ; infinite where they do on none
   * @param largestDifference of any sample, in 8-bit levels
   */
  public record Comparison(double psnrChangeDb, double betweenDb, int largestDifference) {
    static Comparison mean(List<Comparison> all) {
      return new Comparison(
          finiteMean(all, Comparison::psnrChangeDb),
          finiteMean(all, Comparison::betweenDb),
          all.stream().mapToInt(Comparison::largestDifference).max().orElseThrow());
    }
  }

  /**
   * The figures of one image.
   *
   * @param file its name
   * @param width in pixels, after a crop
   * @param height in pixels, after a crop
   * @param figures by metric
   * @param millis time of the restorer's call
   * @param comparison with a second restorer, if there was one
   */
  public record Image(
      String file,
      int width,
      int height,
      Map<Metric, Figure> figures,
      double millis,
      @Nullable Comparison comparison) {
    /** Makes the maps unmodifiable. */
    public Image {
      figures = inOrder(figures);
    }

    /** The figure of a metric that was measured. */
    public Figure figure(Metric metric) {
      return measured(figures, metric);
    }
  }

  /**
   * The figures of one test set.
   *
   * @param set name of the data set
   * @param setting {@linkplain TestSet#setting its setting}
   * @param hasTruth whether figures are against a truth
   * @param images figures of each image that was measured, at least one
   * @param skipped files that could not be used, with the reason
   * @param figures means by metric
   * @param millisPerImage mean time of the restorer's call
   * @param comparison with a second restorer, if there was one
   * @param multiple sides were cropped to multiples of so many pixels, 1 for no crop
   * @param protocol how it was measured
   */
  public record Item(
      String set,
      String setting,
      boolean hasTruth,
      List<Image> images,
      List<CleanImages.Skipped> skipped,
      Map<Metric, Figure> figures,
      double millisPerImage,
      @Nullable Comparison comparison,
      int multiple,
      String protocol) {
    /** Copies the collections. */
    public Item {
      images = List.copyOf(images);
      skipped = List.copyOf(skipped);
      figures = inOrder(figures);
    }

    /** The figure of a metric that was measured. */
    public Figure figure(Metric metric) {
      return measured(figures, metric);
    }

    /** What the paper reports for this set and setting; empty where it reports nothing. */
    public List<PaperFigure> paper() {
      return PaperFigure.of(set, setting);
    }
  }

  private static Map<Metric, Figure> inOrder(Map<Metric, Figure> figures) {
    Map<Metric, Figure> ordered = new EnumMap<>(Metric.class);
    ordered.putAll(figures);
    return Collections.unmodifiableMap(ordered);
  }

  private static Figure measured(Map<Metric, Figure> figures, Metric metric) {
    Figure figure = figures.get(metric);
    if (figure == null) {
      throw new IllegalArgumentException(metric.id() + " was not measured");
    }
    return figure;
  }

  /** Number of images, over all sets, that could not be measured. */
  public int skipped() {
    return items.stream().mapToInt(item -> item.skipped().size()).sum();
  }

  /** The report as JSON; a figure that is not finite (equal images) is the string "inf". */
  public ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("bundle", bundle).put("version", version).put("device", device);
    ArrayNode list = root.putArray("items");
    items.forEach(item -> put(list.addObject(), item));
    return root;
  }

  private static void put(ObjectNode node, Item item) {
    node.put("set", item.set()).put("setting", item.setting());
    node.put("images", item.images().size());
    ArrayNode unused = node.putArray("skipped");
    item.skipped().forEach(s -> unused.addObject().put("file", s.file()).put("reason", s.reason()));
    put(node, item.figures());
    node.put("msPerImage", rounded(item.millisPerImage(), 1));
    put(node, item.comparison());
    node.put("protocol", item.protocol());
    if (!item.paper().isEmpty()) {
      ArrayNode paper = node.putArray("paper");
      for (PaperFigure figure : item.paper()) {
        ObjectNode one = paper.addObject();
        one.put("method", figure.method()).put("trainedOn", figure.trainedOn());
        one.put("source", figure.source()).put("psnrDb", figure.psnrDb());
        if (figure.ssim() != null) {
          one.put("ssim", figure.ssim());
        }
        one.put("images", figure.images());
        ArrayNode notes = one.putArray("notes");
        figure.differences(item).forEach(notes::add);
      }
    }
    ArrayNode images = node.putArray("perImage");
    for (Image image : item.images()) {
      ObjectNode one = images.addObject();
      one.put("file", image.file()).put("width", image.width()).put("height", image.height());
      put(one, image.figures());
      one.put("ms", rounded(image.millis(), 1));
      put(one, image.comparison());
    }
  }

  private static void put(ObjectNode into, Map<Metric, Figure> figures) {
    figures.forEach(
        (metric, figure) -> {
          ObjectNode node = into.putObject(metric.key());
          put(node, "degraded", figure.degraded(), metric.jsonDecimals());
          put(node, "restored", figure.restored(), metric.jsonDecimals());
          if (figure.infiniteDegraded() + figure.infiniteRestored() > 0) {
            node.putObject("infinite")
                .put("degraded", figure.infiniteDegraded())
                .put("restored", figure.infiniteRestored());
          }
        });
  }

  private static void put(ObjectNode into, @Nullable Comparison comparison) {
    if (comparison == null) {
      return;
    }
    ObjectNode node = into.putObject("compared");
    if (!Double.isNaN(comparison.psnrChangeDb())) {
      put(node, "psnrChangeDb", comparison.psnrChangeDb(), 3);
    }
    put(node, "psnrBetweenDb", comparison.betweenDb(), 3);
    node.put("largestDifference", comparison.largestDifference());
  }

  private static void put(ObjectNode node, String key, double value, int decimals) {
    if (Double.isFinite(value)) {
      node.put(key, rounded(value, decimals));
    } else {
      node.put(key, "inf");
    }
  }

  private static double rounded(double value, int decimals) {
    double scale = Math.pow(10, decimals);
    return Math.round(value * scale) / scale;
  }
}
