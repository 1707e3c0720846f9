package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.bench.TileBench;
import org.perceiveir.cli.bench.TileReport;
import org.perceiveir.cli.bench.TileSettings;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.streams.config.FrameSize;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive bench tiles}. */
@Command(
    name = "tiles",
    description = {
      "Measures large frames: native memory of a pass by its size against the memory model, resident"
          + " memory of a whole frame in tiles, and the dB that tiles cost against the full frame"
          + " with the difference near their edges.",
      "Each case runs in a process of its own. Full frames are restored in one pass: mind the"
          + " memory."
    })
public final class BenchTilesCommand implements Callable<Integer> {
  /** Time to end a process. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Spec private CommandSpec spec;

  @Mixin private ModelOptions model;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      split = ",",
      description =
          "Measure only --passes, of these presets with random weights, in place of a bundle.")
  private @Nullable List<String> presets;

  @Option(
      names = "--passes",
      paramLabel = "WxH",
      split = ",",
      defaultValue = "256x256,512x512,768x768,1024x1024,1280x1280",
      converter = BenchRestoreCommand.SizeConverter.class,
      description = "Sizes of passes whose memory is measured. Default: ${DEFAULT-VALUE}.")
  private List<FrameSize> passes;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Measure a batch of N of each size too. Default: none.")
  private int batch;

  @Option(
      names = "--frames",
      paramLabel = "WxH",
      split = ",",
      defaultValue = "3840x2160",
      converter = BenchRestoreCommand.SizeConverter.class,
      description = "Sizes of frames restored as they are served. Default: ${DEFAULT-VALUE}.")
  private List<FrameSize> frames;

  @Option(
      names = "--input",
      paramLabel = "DIR",
      description = "Folder of clean images, in place of drawn scenes.")
  private @Nullable Path input;

  @Option(
      names = "--max-images",
      paramLabel = "N",
      defaultValue = "0",
      description = "Use the first N images by name only; 0 for all.")
  private int maxImages;

  @Option(
      names = "--scene-size",
      paramLabel = "WxH",
      defaultValue = "1280x720",
      converter = BenchRestoreCommand.SizeConverter.class,
      description = "Size of the drawn scenes. Default: ${DEFAULT-VALUE}.")
  private FrameSize sceneSize;

  @Option(
      names = "--degradation",
      paramLabel = "KIND",
      split = ",",
      defaultValue = "noise:25,haze,low-light",
      description = "As of ./perceive evaluate. Default: ${DEFAULT-VALUE}.")
  private List<String> degradations;

  @Option(
      names = "--tiles",
      paramLabel = "N",
      split = ",",
      defaultValue = "128,256,512",
      description = "Sides of the tiles. Default: ${DEFAULT-VALUE}.")
  private List<Integer> tiles;

  @Option(
      names = "--overlaps",
      paramLabel = "N",
      split = ",",
      defaultValue = "0,16,32,64",
      description =
          "Overlaps; those of more than a quarter of a tile are left out. Default:"
              + " ${DEFAULT-VALUE}.")
  private List<Integer> overlaps;

  @Mixin private ReportFiles files;

  @Override
  public Integer call() throws IOException, InterruptedException {
    TileSettings settings;
    List<Preset> chosen;
    try {
      chosen = presets == null ? List.of() : presets.stream().map(Preset::named).toList();
      settings =
          new TileSettings(
              model.device(), passes, batch, frames, pictures(), degradations, tiles, overlaps);
    } catch (PresetException e) {
      throw new ParameterException(spec.commandLine(), "--preset: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Interruption interruption = Interruption.watch(PATIENCE)) {
      TileBench bench = new TileBench(settings, TypedCommand.of(spec), interruption, out);
      TileReport report = presets == null ? bench.run(model.directory()) : bench.presets(chosen);
      files.publish(report, out);
    }
    return 0;
  }

  private List<String> pictures() {
    if (input == null) {
      return List.of("street:" + sceneSize, "landscape:" + sceneSize);
    }
    List<String> pictures = new ArrayList<>();
    for (Path file : ImageFiles.in(input)) {
      pictures.add(file.toAbsolutePath().toString());
    }
    return maxImages > 0 && maxImages < pictures.size() ? pictures.subList(0, maxImages) : pictures;
  }
}
