package org.perceiveir.cli.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.sheet.PictureSheet;
import org.perceiveir.trainer.evaluation.EvaluationListener;
import org.perceiveir.trainer.evaluation.EvaluationReport;
import org.perceiveir.trainer.evaluation.Metric;

/**
 * The first images of each set before and after, with their truth where there is one, on one sheet.
 *
 * <p>Bounded: as many rows a set as asked for, {@value #MOST_ROWS} altogether, each picture cut to
 * {@value #CELL_WIDTH}x{@value #CELL_HEIGHT} pixels.
 */
public final class EvaluationSheet implements EvaluationListener {
  /** Most rows of a sheet. */
  public static final int MOST_ROWS = 24;

  static final int CELL_WIDTH = 400;
  static final int CELL_HEIGHT = 300;

  private final int rowsOfSet;
  private final PictureSheet sheet = new PictureSheet(CELL_WIDTH, CELL_HEIGHT);
  private int inSet;

  /**
   * A sheet without pictures.
   *
   * @param rowsOfSet rows of each set, 1 to {@value #MOST_ROWS}
   * @throws IllegalArgumentException if it is not in that range
   */
  public EvaluationSheet(int rowsOfSet) {
    if (rowsOfSet < 1 || rowsOfSet > MOST_ROWS) {
      throw new IllegalArgumentException(
          rowsOfSet + " rows of a set: choose from 1 to " + MOST_ROWS);
    }
    this.rowsOfSet = rowsOfSet;
  }

  @Override
  public void onImage(Restored image) {
    if (inSet >= rowsOfSet || sheet.rows() >= MOST_ROWS) {
      return;
    }
    inSet++;
    List<PictureSheet.Cell> cells = new ArrayList<>();
    cells.add(
        new PictureSheet.Cell(
            image.degraded(), image.set().setting() + psnr(image.figures(), true)));
    cells.add(new PictureSheet.Cell(image.restored(), "restored" + psnr(image.figures(), false)));
    RgbImage truth = image.truth();
    if (truth != null) {
      cells.add(new PictureSheet.Cell(truth, "truth, " + image.figures().file()));
    }
    sheet.row(cells.toArray(new PictureSheet.Cell[0]));
  }

  @Override
  public void onItem(EvaluationReport.Item item) {
    inSet = 0;
  }

  private static String psnr(EvaluationReport.Image image, boolean input) {
    EvaluationReport.@Nullable Figure figure = image.figures().get(Metric.PSNR);
    if (figure == null) {
      return "";
    }
    double value = input ? figure.degraded() : figure.restored();
    return Double.isFinite(value) ? String.format(Locale.ROOT, ", %.2f dB", value) : ", exact";
  }

  /** Draws the sheet. */
  public RgbImage draw() {
    return sheet.draw();
  }
}
