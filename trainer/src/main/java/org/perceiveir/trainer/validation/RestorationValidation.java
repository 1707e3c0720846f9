package org.perceiveir.trainer.validation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.metric.Crop;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.imaging.sheet.PictureSheet;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.trainer.data.ImagePairs;
import org.perceiveir.trainer.run.Validation;

/**
 * Restores degraded images with a bundle as the service would and measures the PSNR.
 *
 * <pre>
 *   psnr       mean over the sets of psnr/SET                                     dB
 *   psnr/SET   mean over its images of PSNR(restored, clean), at most 100         dB
 *   gain/SET   the same less the mean of PSNR(degraded, clean)                    dB
 * </pre>
 *
 * <p>RGB, output rounded to 8 bits. An image is degraded whole, then cut to the square in its
 * middle; the squares are held decoded: 8 of 256 pixels in 5 degradations take 16 MB.
 */
public final class RestorationValidation implements Validation {
  private static final double MAX_PSNR = 100;
  private static final int ROWS = 6;
  private static final int LARGEST_CELL = 512;

  private final Map<String, List<Square>> sets;
  private final SessionOptions options;

  /** The square of an image, degraded and true. */
  private record Square(RgbImage degraded, RgbImage clean) {}

  private RestorationValidation(Map<String, List<Square>> sets, SessionOptions options) {
    this.sets = sets;
    this.options = options;
  }

  /**
   * Reads and degrades the images.
   *
   * @param options of the session that restores them
   * @throws IOException if there is none or one cannot be read
   */
  public static RestorationValidation open(ValidationConfig config, SessionOptions options)
      throws IOException {
    Map<String, List<Square>> sets = new LinkedHashMap<>();
    for (Map.Entry<String, ImagePairs> set : config.sets().entrySet()) {
      ImagePairs pairs = set.getValue();
      List<Square> squares = new ArrayList<>();
      for (int i = 0; i < Math.min(pairs.size(), config.images()); i++) {
        squares.add(new Square(square(pairs.degraded(i), config), square(pairs.clean(i), config)));
      }
      sets.put(set.getKey(), squares);
    }
    return new RestorationValidation(sets, options);
  }

  private static RgbImage square(RgbImage image, ValidationConfig config) {
    return Crop.middle(image, config.crop(), config.crop());
  }

  @Override
  public Result measure(Path bundle, int step) throws IOException {
    Map<String, Double> figures = new LinkedHashMap<>();
    PictureSheet sheet = new PictureSheet(LARGEST_CELL, LARGEST_CELL);
    double total = 0;
    figures.put("psnr", 0.0);
    try (RestorationSession session = RestorationSession.open(ModelBundle.read(bundle), options)) {
      for (Map.Entry<String, List<Square>> set : sets.entrySet()) {
        double before = 0;
        double after = 0;
        for (Square square : set.getValue()) {
          RgbImage restored = session.restore(square.degraded());
          before += psnr(square.degraded(), square.clean());
          after += psnr(restored, square.clean());
          if (square.equals(set.getValue().get(0)) && sheet.rows() < ROWS) {
            sheet.row(
                new PictureSheet.Cell(square.degraded(), set.getKey()),
                new PictureSheet.Cell(restored, "restored"),
                new PictureSheet.Cell(square.clean(), "truth"));
          }
        }
        int count = set.getValue().size();
        figures.put("psnr/" + set.getKey(), after / count);
        figures.put("gain/" + set.getKey(), (after - before) / count);
        total += after / count;
      }
    }
    double psnr = total / sets.size();
    figures.put("psnr", psnr);
    return new Result(psnr, "psnr", figures, Optional.of(sheet.draw()));
  }

  private static double psnr(RgbImage image, RgbImage clean) {
    return Math.min(MAX_PSNR, Psnr.between(image, clean));
  }
}
