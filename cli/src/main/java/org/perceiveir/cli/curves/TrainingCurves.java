package org.perceiveir.cli.curves;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** PSNR over the steps of one or more trainings: a panel for each validation set. */
public final class TrainingCurves {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 300;
  private static final int LEGEND_LINE = 24;
  private static final int COLUMNS = 3;

  private final List<ValidationCurve> curves;
  private final List<String> sets;

  private TrainingCurves(List<ValidationCurve> curves, List<String> sets) {
    this.curves = curves;
    this.sets = sets;
  }

  /**
   * Reads trainings.
   *
   * @param runs their folders, by the names that the picture shows, in order
   * @throws org.perceiveir.cli.failure.CommandFailure if one has no validations
   */
  public static TrainingCurves read(Map<String, Path> runs) throws IOException {
    List<ValidationCurve> curves = new ArrayList<>();
    Set<String> sets = new LinkedHashSet<>();
    for (Map.Entry<String, Path> run : runs.entrySet()) {
      ValidationCurve curve = ValidationCurve.read(run.getKey(), run.getValue());
      curves.add(curve);
      sets.addAll(curve.psnr().keySet());
    }
    return new TrainingCurves(curves, List.copyOf(sets));
  }

  /** Validation sets, one for each panel. */
  public List<String> sets() {
    return sets;
  }

  /** The picture as PNG. */
  public byte[] png() throws IOException {
    int columns = Math.min(COLUMNS, sets.size());
    int height = HEIGHT + LEGEND_LINE * curves.size();
    int rows = (sets.size() + columns - 1) / columns;
    BufferedImage sheet =
        new BufferedImage(columns * WIDTH, rows * height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = sheet.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    for (int i = 0; i < sets.size(); i++) {
      Graphics2D panel =
          (Graphics2D) g.create(i % columns * WIDTH, i / columns * height, WIDTH, height);
      panel(sets.get(i), height).paint(panel, WIDTH, height);
      panel.dispose();
    }
    g.dispose();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(sheet, "png", bytes);
    return bytes.toByteArray();
  }

  private XYChart panel(String set, int height) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(height)
            .title(set)
            .xAxisTitle("step")
            .yAxisTitle("PSNR, dB")
            .theme(Styler.ChartTheme.GGPlot2)
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setYAxisDecimalPattern("0.0");
    chart.getStyler().setXAxisDecimalPattern("#,###");
    for (ValidationCurve curve : curves) {
      List<Double> psnr = curve.psnr().get(set);
      if (psnr != null) {
        chart.addSeries(curve.name(), curve.steps(), psnr).setMarker(SeriesMarkers.NONE);
      }
    }
    return chart;
  }
}
