package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.lifetime.ScratchDirectory;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.streams.config.FrameSize;

/**
 * Measures what large frames take and what tiles cost.
 *
 * <p><u>Memory of a pass</u>. Each size in a process of its own, whose heap is fixed and touched at
 * its start: what the process takes beyond it is native. The figures check {@link
 * org.perceiveir.model.session.MemoryModel}.
 *
 * <p><u>Memory of a frame</u>. Restored as it is served by default, in a process with the heap of
 * this one; all of its resident memory.
 *
 * <p><u>Quality</u>. Each picture is restored whole, in tiles that share what the whole frame
 * guides by, and in tiles that each guide themselves.
 */
public final class TileBench {
  private final TileSettings settings;
  private final String commandLine;
  private final Interruption interruption;
  private final PrintWriter out;

  /**
   * A bench that has not begun.
   *
   * @param commandLine how it was called, for the report
   */
  public TileBench(
      TileSettings settings, String commandLine, Interruption interruption, PrintWriter out) {
    this.settings = settings;
    this.commandLine = commandLine;
    this.interruption = interruption;
    this.out = out;
  }

  /**
   * Measures a bundle.
   *
   * @throws CommandFailure if a process fails or the bench is interrupted
   */
  public TileReport run(Path directory) throws IOException, InterruptedException {
    Instant when = Instant.now();
    ModelBundle bundle = ModelBundle.read(directory);
    List<TileReport.Pass> passes = new ArrayList<>(passes(bundle.name(), directory));
    List<TileReport.Frame> frames = new ArrayList<>();
    for (FrameSize size : settings.frames()) {
      frames.add(frame(directory, size));
    }
    return new TileReport(
        bundle.toString(), Machine.here(), commandLine, when, passes, frames, quality(directory));
  }

  /**
   * Measures single passes of presets with random weights.
   *
   * @throws CommandFailure if a process fails or the bench is interrupted
   */
  public TileReport presets(List<Preset> presets) throws IOException, InterruptedException {
    Instant when = Instant.now();
    List<TileReport.Pass> passes = new ArrayList<>();
    try (ScratchDirectory scratch = ScratchDirectory.create("perceive-bench-")) {
      for (Preset preset : presets) {
        Path directory = scratch.path().resolve(preset.name());
        ModelBundle bundle = RandomBundle.write(directory, preset);
        String guidance = preset.sgm() == null ? "" : " with " + preset.sgm().encoder();
        passes.addAll(passes(bundle.name() + guidance, directory));
      }
    }
    return new TileReport(
        "presets with random weights",
        Machine.here(),
        commandLine,
        when,
        passes,
        List.of(),
        List.of());
  }

  private List<TileReport.Pass> passes(String network, Path directory)
      throws IOException, InterruptedException {
    List<TileReport.Pass> passes = new ArrayList<>();
    for (FrameSize size : settings.passes()) {
      passes.add(pass(network, directory, size, 1));
      if (settings.batch() > 1) {
        passes.add(pass(network, directory, size, settings.batch()));
      }
    }
    return passes;
  }

  private TileReport.Pass pass(String network, Path directory, FrameSize size, int batch)
      throws IOException, InterruptedException {
    long heapMib = Runtime.getRuntime().maxMemory() >> 20;
    List<String> heap = List.of("-Xms" + heapMib + "m", "-XX:+AlwaysPreTouch");
    JsonNode result =
        trial(
            heap,
            "pass",
            directory.toString(),
            settings.device(),
            size.toString(),
            Integer.toString(batch));
    TileReport.Pass pass =
        new TileReport.Pass(
            network,
            size,
            batch,
            result.path("idleMiB").asLong(),
            result.path("peakMiB").asLong(),
            result.path("predictedMiB").asLong());
    progress(
        "%s, %s, batch %d: %d MiB, predicted %d MiB%n",
        network, size, batch, pass.peakMiB(), pass.predictedMiB());
    return pass;
  }

  private TileReport.Frame frame(Path directory, FrameSize size)
      throws IOException, InterruptedException {
    JsonNode result =
        trial(List.of(), "frame", directory.toString(), settings.device(), size.toString());
    TileReport.Frame frame =
        new TileReport.Frame(
            size,
            result.path("tile").asInt(),
            result.path("overlap").asInt(),
            result.path("tiles").asInt(),
            result.path("heapMiB").asLong(),
            result.path("budgetMiB").asLong(),
            result.path("peakMiB").asLong());
    progress("a frame of %s: %d MiB resident%n", size, frame.peakMiB());
    return frame;
  }

  private List<TileReport.Quality> quality(Path directory)
      throws IOException, InterruptedException {
    List<TileReport.Quality> rows = new ArrayList<>();
    for (String degradation : settings.degradations()) {
      Map<String, TileReport.Quality> sums = new LinkedHashMap<>();
      for (String picture : settings.pictures()) {
        JsonNode result =
            trial(
                List.of(),
                "quality",
                directory.toString(),
                settings.device(),
                picture,
                degradation,
                joined(settings.tiles()),
                joined(settings.overlaps()));
        for (JsonNode tiling : result.path("tilings")) {
          TileReport.Quality row =
              TileReport.Quality.of(
                  degradation,
                  tiling.path("tile").asInt(),
                  tiling.path("overlap").asInt(),
                  result.path("full").asDouble(),
                  TileReport.Tiled.of(tiling.path("shared")),
                  TileReport.Tiled.of(tiling.path("own")));
          sums.merge(row.tile() + "/" + row.overlap(), row, TileReport.Quality::plus);
        }
        progress(
            "%s, %s: full frame %.2f dB%n", picture, degradation, result.path("full").asDouble());
      }
      rows.addAll(sums.values());
    }
    return rows;
  }

  private static String joined(List<Integer> numbers) {
    return String.join(",", numbers.stream().map(String::valueOf).toList());
  }

  private JsonNode trial(List<String> jvm, String... arguments)
      throws IOException, InterruptedException {
    TrialProcess.Ended ended =
        TrialProcess.run(TileTrial.class, jvm, List.of(arguments), interruption);
    if (!ended.isDone()) {
      throw new CommandFailure(
          "the process that measured "
              + String.join(" ", arguments)
              + " ended with code "
              + ended.code()
              + (ended.reason().isEmpty() ? "" : ": " + ended.reason()),
          ended.code() > 128
              ? "it found too little memory: choose smaller frames"
              : "correct what it says");
    }
    return ended.result();
  }

  private void progress(String format, Object... values) {
    out.printf(Locale.ROOT, format, values);
    out.flush();
  }
}
