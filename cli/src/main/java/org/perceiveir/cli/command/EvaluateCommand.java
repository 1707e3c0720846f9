package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.evaluate.EvaluationSheet;
import org.perceiveir.cli.evaluate.EvaluationTables;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.model.session.MemoryBudget;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.EncoderException;
import org.perceiveir.trainer.evaluation.ClassicalFilter;
import org.perceiveir.trainer.evaluation.Evaluation;
import org.perceiveir.trainer.evaluation.EvaluationListener;
import org.perceiveir.trainer.evaluation.EvaluationOptions;
import org.perceiveir.trainer.evaluation.EvaluationReport;
import org.perceiveir.trainer.evaluation.Measurement;
import org.perceiveir.trainer.evaluation.Metric;
import org.perceiveir.trainer.evaluation.PerceptualDistance;
import org.perceiveir.trainer.evaluation.TestSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive evaluate}. */
@Command(
    name = "evaluate",
    description = {
      "Restores test images and measures them before and after, with the protocol beside each"
          + " figure.",
      "Clean images are degraded here with fixed seeds; without --noise and --degradation those of"
          + " --clean by all degradations, those of a data set by noise 15, 25 and 50."
    })
public final class EvaluateCommand implements Callable<Integer> {
  /** Frames of up to so many pixels a side are never cut. */
  private static final int WHOLE = 1 << 14;

  private static final String WHOLE_FRAMES = "whole frames";

  @Spec private CommandSpec spec;

  @Mixin private ModelOptions model;

  @Mixin private TestSetOptions images;

  @Option(
      names = "--filter",
      paramLabel = "NAME",
      description =
          "Measure a classical filter in the place of a network: wavelet or median (against noise)"
              + " or equalize (haze, low light).")
  private @Nullable String filter;

  @Option(
      names = "--max-images",
      paramLabel = "N",
      defaultValue = "0",
      description = "Use the first N images of each set by name only; 0 for all.")
  private int maxImages;

  @Option(
      names = "--crop",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Crop images and truth to multiples of N pixels about the middle, 16 as part of the"
              + " paper's lineage does. Default: no crop.")
  private int crop;

  @Option(
      names = "--metrics",
      paramLabel = "NAME",
      split = ",",
      description =
          "psnr, ssim, ssim-gaussian, psnr-y, ssim-y, lpips, uciqe-jou, uciqe-lab8, uciqe-float,"
              + " uiqm, uiqm-256. Default: psnr,ssim with a truth, uciqe-jou,uiqm without.")
  private @Nullable List<String> metrics;

  @Option(
      names = "--ssim",
      paramLabel = "WINDOW",
      defaultValue = "uniform",
      description =
          "Window of ssim: uniform (7x7, as scikit-image and the paper) or gaussian (11x11)."
              + " Default: ${DEFAULT-VALUE}.")
  private String ssim;

  @Option(
      names = "--lpips",
      paramLabel = "DIR",
      description =
          "Measure LPIPS too, with the AlexNet or VGG-16 that ./perceive model import left there.")
  private @Nullable Path lpips;

  @Option(
      names = "--tile",
      paramLabel = "N",
      description = "Restore in tiles of at most N pixels a side, from 128. Default: 1280.")
  private @Nullable Integer tile;

  @Option(
      names = "--overlap",
      paramLabel = "M",
      description = "Pixels that tiles share, up to a quarter of a tile. Default: 64 or less.")
  private @Nullable Integer overlap;

  @Option(
      names = "--full-frame",
      description = "Restore frames of any size in one pass; mind the memory.")
  private boolean fullFrame;

  @Option(
      names = "--compare-tiled",
      description =
          "Restore full frames, and in tiles of --tile and --overlap too; give the dB between.")
  private boolean compareTiled;

  @Mixin private ReportFiles files;

  @Option(
      names = "--sheet",
      paramLabel = "FILE",
      description = "Write a PNG of the first images before and after, with their truth.")
  private @Nullable Path sheet;

  @Option(
      names = "--sheet-rows",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Images of each set on the sheet, at most "
              + EvaluationSheet.MOST_ROWS
              + " altogether. Default: ${DEFAULT-VALUE}.")
  private int sheetRows;

  /** What was asked for, checked before anything is opened. */
  private record Plan(
      @Nullable ClassicalFilter filter,
      SessionOptions session,
      @Nullable SessionOptions compared,
      EvaluationOptions options,
      Set<Metric> withTruth,
      Set<Metric> withoutTruth,
      @Nullable EvaluationSheet sheet) {}

  @Override
  public Integer call() throws IOException {
    Plan plan;
    try {
      plan = plan();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<TestSet> sets = images.open();
    EvaluationReport report;
    try (PerceptualDistance distance = lpips == null ? null : openLpips(lpips);
        Restorer session = plan.filter == null ? model.open(plan.session) : plan.filter;
        Restorer other = plan.compared == null ? null : model.open(plan.compared)) {
      out.printf("%s %s on %s%n", session.bundleName(), session.bundleVersion(), session.device());
      out.flush();
      Measurement measurement = new Measurement(plan.withTruth, plan.withoutTruth, distance);
      Evaluation evaluation =
          Evaluation.of(session, measurement, plan.options, new Progress(out, plan.sheet));
      report = (other == null ? evaluation : evaluation.comparedWith(other)).run(sets);
    }
    EvaluationTables tables = new EvaluationTables(report);
    out.println();
    tables.lines().forEach(out::println);
    out.flush();
    files.write(report.toJson(), tables.document(TypedCommand.of(spec)));
    if (sheet != null && plan.sheet != null) {
      WholeFile.write(sheet, ImageEncoder.encode(plan.sheet.draw(), ImageFormat.PNG));
    }
    return finish(report, err);
  }

  /** A figure over fewer images than were given must not pass for one over all. */
  private static int finish(EvaluationReport report, PrintWriter err) {
    if (report.skipped() == 0) {
      return 0;
    }
    report.items().stream()
        .flatMap(item -> item.skipped().stream())
        .distinct()
        .forEach(s -> err.println("perceive: skipped " + s.file() + ": " + s.reason()));
    err.flush();
    long files =
        report.items().stream().flatMap(item -> item.skipped().stream()).distinct().count();
    throw new CommandFailure(
        files + (files == 1 ? " image" : " images") + " could not be measured",
        "the lines above say why; the figures are of the others");
  }

  private Plan plan() {
    images.check();
    EnumSet<Metric> chosen = EnumSet.noneOf(Metric.class);
    if (metrics != null) {
      metrics.forEach(name -> chosen.add(Metric.fromId(name)));
    }
    EnumSet<Metric> withTruth =
        metrics == null ? EnumSet.copyOf(Measurement.WITH_TRUTH) : EnumSet.copyOf(chosen);
    if (ssim.equals("gaussian")) {
      if (withTruth.remove(Metric.SSIM)) {
        withTruth.add(Metric.SSIM_GAUSSIAN);
      }
    } else if (!ssim.equals("uniform")) {
      throw new IllegalArgumentException("--ssim " + ssim + ": choose uniform or gaussian");
    }
    if (lpips != null) {
      withTruth.add(Metric.LPIPS);
    } else if (withTruth.contains(Metric.LPIPS)) {
      throw new IllegalArgumentException(
          "--metrics lpips needs the weights of its trunk: give --lpips DIR, made with"
              + " ./perceive model import --kind alexnet or vgg16");
    }
    EnumSet<Metric> withoutTruth = EnumSet.copyOf(Measurement.WITHOUT_TRUTH);
    if (metrics != null && chosen.stream().anyMatch(metric -> !metric.needsTruth())) {
      withoutTruth = EnumSet.copyOf(chosen);
      withoutTruth.removeIf(Metric::needsTruth);
    }
    if (sheet == null && sheetRows != 1) {
      throw new IllegalArgumentException("--sheet-rows needs --sheet FILE");
    }
    SessionOptions tiled = tiles();
    SessionOptions session = compareTiled || fullFrame ? whole() : tiled;
    return new Plan(
        classical(),
        session,
        compareTiled ? tiled : null,
        new EvaluationOptions(
            crop,
            maxImages,
            filter == null ? words(session) : WHOLE_FRAMES,
            compareTiled ? words(tiled) : ""),
        withTruth,
        withoutTruth,
        sheet == null ? null : new EvaluationSheet(sheetRows));
  }

  private @Nullable ClassicalFilter classical() {
    if (filter == null) {
      return null;
    }
    if (model.chosen() || tile != null || fullFrame || compareTiled) {
      throw new IllegalArgumentException(
          "--filter takes the place of a network and whole frames: leave --bundle, --device and the"
              + " options for tiles out");
    }
    return ClassicalFilter.fromId(filter);
  }

  private static SessionOptions whole() {
    return SessionOptions.defaults()
        .withTiles(WHOLE, SessionOptions.defaults().tileOverlap())
        .withMemory(MemoryBudget.unlimited());
  }

  private SessionOptions tiles() {
    if (fullFrame && (tile != null || compareTiled)) {
      throw new IllegalArgumentException(
          "--full-frame cuts no tiles: leave --tile and --compare-tiled out, or choose"
              + " --compare-tiled alone for both");
    }
    if (tile == null && compareTiled) {
      throw new IllegalArgumentException("--compare-tiled needs --tile N, from 128");
    }
    SessionOptions defaults = SessionOptions.defaults();
    if (tile == null && overlap == null) {
      return defaults;
    }
    if (tile == null) {
      throw new IllegalArgumentException("--overlap needs --tile N");
    }
    int shared = overlap == null ? Math.min(defaults.tileOverlap(), tile / 4) : overlap;
    try {
      return defaults.withTiles(tile, shared);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--tile, --overlap: " + e.getMessage(), e);
    }
  }

  private static String words(SessionOptions options) {
    return options.maxTileSide() == WHOLE
        ? WHOLE_FRAMES
        : WHOLE_FRAMES
            + " up to "
            + options.maxTileSide()
            + " pixels a side, larger ones in tiles of at most that with an overlap of "
            + options.tileOverlap();
  }

  private static PerceptualDistance openLpips(Path directory) throws IOException {
    try {
      return new PerceptualDistance(EncoderDirectory.read(directory));
    } catch (EncoderException | IllegalArgumentException e) {
      throw new CommandFailure(
          "--lpips " + directory + ": " + e.getMessage(),
          "name a directory that ./perceive model import --kind alexnet or vgg16 has made",
          e);
    }
  }

  /** A line for each set that is done, and every ten seconds one in between. */
  private static final class Progress implements EvaluationListener {
    private static final long EVERY_NANOS = 10_000_000_000L;

    private final PrintWriter out;
    private final @Nullable EvaluationSheet sheet;
    private long last = System.nanoTime();

    Progress(PrintWriter out, @Nullable EvaluationSheet sheet) {
      this.out = out;
      this.sheet = sheet;
    }

    @Override
    public void onImage(Restored image) {
      if (sheet != null) {
        sheet.onImage(image);
      }
      long now = System.nanoTime();
      if (now - last >= EVERY_NANOS) {
        last = now;
        out.printf(
            Locale.ROOT,
            "%s, %s: %d of %d images%n",
            image.set().name(),
            image.set().setting(),
            image.done(),
            image.total());
        out.flush();
      }
    }

    @Override
    public void onItem(EvaluationReport.Item item) {
      if (sheet != null) {
        sheet.onItem(item);
      }
      last = System.nanoTime();
      StringBuilder line = new StringBuilder();
      for (Map.Entry<Metric, EvaluationReport.Figure> entry : item.figures().entrySet()) {
        String number = "%." + entry.getKey().decimals() + "f";
        line.append(
            String.format(
                Locale.ROOT,
                "  %s " + number + " -> " + number,
                entry.getKey().title(),
                entry.getValue().degraded(),
                entry.getValue().restored()));
      }
      out.printf(
          Locale.ROOT,
          "%s, %s: %d images%s  %.0f ms/image%n",
          item.set(),
          item.setting(),
          item.images().size(),
          line,
          item.millisPerImage());
      out.flush();
    }
  }
}
