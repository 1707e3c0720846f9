package org.perceiveir.trainer.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.TaskDegradation;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.imaging.metric.Ssim;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.trainer.data.CleanImages;

/**
 * Degrades whole images, restores them and compares both with the truth.
 *
 * <p>The protocol is that of section IV of the paper and its lineage, see {@link #PROTOCOL}. Image
 * i of the folder, in the order of the names, is degraded with seed i, whatever the degradation.
 * Means are means of the images' figures.
 */
public final class Evaluation {
  /** How every figure is measured. */
  public static final String PROTOCOL =
      "RGB, whole images, no border cropped; degraded image is uint8 before restoring (noise"
          + " clipped and truncated), seed = index of the image by name; output rounded to uint8;"
          + " PSNR and SSIM as scikit-image (SSIM: 7x7 uniform window, sample covariance); mean"
          + " over images";

  /** SSIM's window. */
  private static final int SMALLEST_SIDE = 7;

  private Evaluation() {}

  /**
   * Runs all degradations over all images.
   *
   * @param restorer what is measured; it stays open
   * @param config what is evaluated
   * @param progress told each item as it is done
   * @throws IOException if the images cannot be read
   */
  public static EvaluationReport run(
      Restorer restorer, EvaluationConfig config, Consumer<EvaluationReport.Item> progress)
      throws IOException {
    CleanImages images = CleanImages.load(config.clean(), SMALLEST_SIDE);
    int count =
        config.maxImages() == 0 ? images.size() : Math.min(images.size(), config.maxImages());
    // The first call sets the session up; it must not count as time of an image.
    RgbImage unused = restorer.restore(List.of(images.image(0))).get(0);
    if (unused.width() != images.image(0).width()) {
      throw new IllegalStateException("the restorer changed the size of an image");
    }
    List<EvaluationReport.Item> items = new ArrayList<>();
    for (TaskDegradation degradation : config.all()) {
      EvaluationReport.Item item = item(restorer, degradation, images, count);
      items.add(item);
      progress.accept(item);
    }
    return new EvaluationReport(
        restorer.bundleName(),
        restorer.bundleVersion(),
        restorer.device(),
        images.folderName(),
        images.skipped(),
        items);
  }

  private static EvaluationReport.Item item(
      Restorer restorer, TaskDegradation degradation, CleanImages images, int count) {
    double psnrIn = 0;
    double psnrOut = 0;
    double ssimIn = 0;
    double ssimOut = 0;
    long nanos = 0;
    for (int i = 0; i < count; i++) {
      RgbImage clean = images.image(i);
      RgbImage degraded = degradation.apply(clean, i);
      long start = System.nanoTime();
      RgbImage restored = restorer.restore(List.of(degraded)).get(0);
      nanos += System.nanoTime() - start;
      psnrIn += Psnr.between(clean, degraded);
      psnrOut += Psnr.between(clean, restored);
      ssimIn += Ssim.between(clean, degraded);
      ssimOut += Ssim.between(clean, restored);
    }
    return new EvaluationReport.Item(
        degradation.type(),
        degradation.toString(),
        count,
        new EvaluationReport.Figure(psnrIn / count, psnrOut / count),
        new EvaluationReport.Figure(ssimIn / count, ssimOut / count),
        nanos / 1e6 / count,
        PROTOCOL);
  }
}
