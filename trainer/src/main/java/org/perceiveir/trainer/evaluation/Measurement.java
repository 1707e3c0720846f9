package org.perceiveir.trainer.evaluation;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.imaging.metric.Ssim;
import org.perceiveir.imaging.metric.Uciqe;
import org.perceiveir.imaging.metric.Uiqm;

/** The metrics that are wanted, and what is needed to compute them. */
public final class Measurement {
  /** What images with a truth get where nothing is asked for. */
  public static final Set<Metric> WITH_TRUTH =
      Collections.unmodifiableSet(EnumSet.of(Metric.PSNR, Metric.SSIM));

  /** What images without a truth get where nothing is asked for. */
  public static final Set<Metric> WITHOUT_TRUTH =
      Collections.unmodifiableSet(EnumSet.of(Metric.UCIQE_JOU, Metric.UIQM));

  private final Set<Metric> withTruth;
  private final Set<Metric> withoutTruth;
  private final @Nullable PerceptualDistance lpips;

  /**
   * A choice of metrics.
   *
   * @param withTruth for images whose truth is known, at least one
   * @param withoutTruth for images without a truth, at least one, none of which {@linkplain
   *     Metric#needsTruth needs it}
   * @param lpips computes {@link Metric#LPIPS}; it stays open
   * @throws IllegalArgumentException if a set is empty or a metric cannot be computed
   */
  public Measurement(
      Set<Metric> withTruth, Set<Metric> withoutTruth, @Nullable PerceptualDistance lpips) {
    if (withTruth.isEmpty() || withoutTruth.isEmpty()) {
      throw new IllegalArgumentException("no metric: give at least one, such as psnr");
    }
    this.withTruth = EnumSet.copyOf(withTruth);
    this.withoutTruth = EnumSet.copyOf(withoutTruth);
    this.lpips = lpips;
    for (Metric metric : withoutTruth) {
      if (metric.needsTruth()) {
        throw new IllegalArgumentException("metric " + metric.id() + " needs images with a truth");
      }
    }
    if (this.withTruth.contains(Metric.LPIPS) && lpips == null) {
      throw new IllegalArgumentException(
          "metric lpips needs the weights of its trunk, AlexNet or VGG-16: import them with"
              + " ./perceive model import and give their directory");
    }
  }

  /** PSNR and SSIM with a truth, UCIQE and UIQM without. */
  public static Measurement standard() {
    return new Measurement(WITH_TRUTH, WITHOUT_TRUTH, null);
  }

  /** The metrics, in the order of the catalogue. */
  public List<Metric> metrics(boolean truth) {
    return List.copyOf(truth ? withTruth : withoutTruth);
  }

  int smallestSide(boolean truth) {
    return metrics(truth).stream().mapToInt(Metric::smallestSide).max().orElseThrow();
  }

  /** Why an image of that size cannot be measured; empty if it can. */
  String refusal(RgbImage image, boolean truth) {
    int side = smallestSide(truth);
    String size = image.width() + "x" + image.height();
    if (Math.min(image.width(), image.height()) < side) {
      return size + ", both sides need " + side + " pixels";
    }
    boolean large = (long) image.width() * image.height() > PerceptualDistance.MOST_PIXELS;
    return large && metrics(truth).contains(Metric.LPIPS)
        ? size + ", LPIPS takes 2048x2048 pixels at most"
        : "";
  }

  /** How the metrics are computed. */
  String definitions(boolean truth) {
    return metrics(truth).stream()
        .map(
            metric ->
                metric == Metric.LPIPS && lpips != null
                    ? metric.definition() + " with " + lpips.trunk()
                    : metric.definition())
        .collect(Collectors.joining("; "));
  }

  /** All metrics of one image. */
  Map<Metric, Double> of(RgbImage image, @Nullable RgbImage truth) {
    Map<Metric, Double> values = new EnumMap<>(Metric.class);
    for (Metric metric : metrics(truth != null)) {
      values.put(metric, truth == null ? alone(metric, image) : of(metric, image, truth));
    }
    return values;
  }

  private double of(Metric metric, RgbImage image, RgbImage truth) {
    return switch (metric) {
      case PSNR -> Psnr.between(truth, image);
      case SSIM -> Ssim.between(truth, image);
      case SSIM_GAUSSIAN -> Ssim.gaussianBetween(truth, image);
      case PSNR_Y -> Psnr.lumaBetween(truth, image);
      case SSIM_Y -> Ssim.lumaBetween(truth, image);
      case LPIPS -> distance(truth, image);
      default -> alone(metric, image);
    };
  }

  private double distance(RgbImage truth, RgbImage image) {
    if (lpips == null) {
      throw new IllegalStateException("LPIPS without weights");
    }
    return lpips.between(truth, image);
  }

  private static double alone(Metric metric, RgbImage image) {
    return switch (metric) {
      case UCIQE_JOU -> Uciqe.of(image, Uciqe.Variant.JOU);
      case UCIQE_LAB8 -> Uciqe.of(image, Uciqe.Variant.LAB_8BIT);
      case UCIQE_FLOAT -> Uciqe.of(image, Uciqe.Variant.LAB_FLOAT);
      case UIQM -> Uiqm.of(image).value();
      case UIQM_256 -> Uiqm.ofResized(image).value();
      default -> throw new IllegalStateException(metric.id() + " needs a truth");
    };
  }
}
