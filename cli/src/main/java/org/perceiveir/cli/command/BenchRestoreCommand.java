package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.model.perceiver.PerceiverSession;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.streams.config.FrameSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code ./perceive bench restore}. */
@Command(
    name = "restore",
    description = {
      "Times the network: milliseconds a frame, one frame at a time, pixels in and pixels out.",
      "Reading and writing image files is not part of it."
    })
public final class BenchRestoreCommand implements Callable<Integer> {

  private static final int WARM_UP = 3;

  @Spec private CommandSpec spec;

  @Mixin private ModelOptions model;

  @Option(
      names = "--sizes",
      paramLabel = "WxH",
      split = ",",
      defaultValue = "256x256,640x352",
      converter = SizeConverter.class,
      description = "Frame sizes. Default: ${DEFAULT-VALUE}.")
  private List<FrameSize> sizes;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Frames that count at each size, after three that do not. Default: ${DEFAULT-VALUE}.")
  private int frames;

  @Option(
      names = "--tiers",
      description = "Time a quality perceiver too, in turns with the network: what tiers cost.")
  private boolean tiers;

  @Mixin private PerceiverOption perceiver;

  static final class SizeConverter implements ITypeConverter<FrameSize> {
    @Override
    public FrameSize convert(String value) {
      try {
        return FrameSize.parse(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(String.valueOf(e.getMessage()));
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    if (frames < 1) {
      throw new ParameterException(
          spec.commandLine(), "--frames is " + frames + ": it must be at least 1");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (RestorationSession session = model.open();
        PerceiverSession judge = tiers ? perceiver.open() : null) {
      out.printf(
          "%s %s on %s, %d processors%n",
          session.bundleName(),
          session.bundleVersion(),
          session.device(),
          Runtime.getRuntime().availableProcessors());
      if (judge != null) {
        out.println("tiers by " + judge.bundle());
      }
      for (FrameSize size : sizes) {
        measure(session, judge, size, out);
      }
    }
    return 0;
  }

  private void measure(
      RestorationSession session,
      @Nullable PerceiverSession judge,
      FrameSize size,
      PrintWriter out) {
    RgbImage clean = SyntheticScene.street(1, size.width(), size.height()).frame(0);
    List<RgbImage> frame = List.of(Degradations.standard(DegradationType.NOISE).apply(clean, 1));
    double[] millis = new double[frames];
    double[] judging = new double[frames];
    for (int i = -WARM_UP; i < frames; i++) {
      long start = System.nanoTime();
      session.restore(frame);
      long restored = System.nanoTime();
      if (judge != null) {
        judge.assess(frame);
      }
      if (i >= 0) {
        millis[i] = (restored - start) / 1e6;
        judging[i] = (System.nanoTime() - restored) / 1e6;
      }
    }
    Arrays.sort(millis);
    Arrays.sort(judging);
    double median = millis[frames / 2];
    out.printf(
        Locale.ROOT,
        "%-10s  median %.1f ms, fastest %.1f, slowest %.1f, %.1f frames/s%n",
        size,
        median,
        millis[0],
        millis[frames - 1],
        1000 / median);
    if (judge != null) {
      out.printf(
          Locale.ROOT,
          "%-10s  median %.1f ms, fastest %.1f, slowest %.1f, %.1f %% of the network%n",
          "  tiers",
          judging[frames / 2],
          judging[0],
          judging[frames - 1],
          100 * judging[frames / 2] / median);
    }
    out.flush();
  }
}
