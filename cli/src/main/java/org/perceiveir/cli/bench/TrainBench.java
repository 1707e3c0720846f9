package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.lifetime.ScratchDirectory;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.model.preset.Preset;

/**
 * Measures how fast networks are trained and what that takes, each case in a process of its own:
 * the whole loop as {@code ./perceive train restoration} runs it, loader included, with L1 alone.
 */
public final class TrainBench {
  private static final int SCENES = 8;
  private static final int MARGIN = 64;

  private final TrainSettings settings;
  private final String commandLine;
  private final Interruption interruption;
  private final PrintWriter out;

  /**
   * A bench that has not begun.
   *
   * @param commandLine how it was called, for the report
   */
  public TrainBench(
      TrainSettings settings, String commandLine, Interruption interruption, PrintWriter out) {
    this.settings = settings;
    this.commandLine = commandLine;
    this.interruption = interruption;
    this.out = out;
  }

  /**
   * Measures presets without semantic guidance. A case that a process dies of, for want of memory,
   * is reported as that; the others go on.
   *
   * @throws CommandFailure if every case fails or the bench is interrupted
   */
  public TrainReport run(List<Preset> presets) throws IOException, InterruptedException {
    Instant when = Instant.now();
    List<TrainReport.Case> cases = new ArrayList<>();
    try (ScratchDirectory scratch = ScratchDirectory.create("perceive-bench-")) {
      Path photographs = photographs(scratch.path());
      for (Preset preset : presets) {
        for (int crop : settings.crops()) {
          for (boolean checkpointing : settings.checkpointing()) {
            Path results = scratch.path().resolve("out-" + cases.size());
            TrainReport.Case measured = measure(preset, crop, checkpointing, photographs, results);
            cases.add(measured);
            out.println(measured);
            out.flush();
          }
        }
      }
    }
    if (cases.stream().noneMatch(TrainReport.Case::isDone)) {
      throw new CommandFailure(
          "no case could be measured; the first: " + cases.get(0).failure(),
          "if memory ran out, measure smaller crops or batches");
    }
    return new TrainReport(settings, Machine.here(), commandLine, when, cases);
  }

  private Path photographs(Path scratch) throws IOException {
    Path folder = Files.createDirectories(scratch.resolve("photographs"));
    int side = MARGIN + settings.crops().stream().mapToInt(Integer::intValue).max().orElseThrow();
    for (int i = 0; i < SCENES; i++) {
      Files.write(
          folder.resolve(i + ".png"),
          ImageEncoder.encode(SyntheticScene.street(i, side, side).frame(0), ImageFormat.PNG));
    }
    return folder;
  }

  private TrainReport.Case measure(
      Preset preset, int crop, boolean checkpointing, Path photographs, Path results)
      throws IOException, InterruptedException {
    List<String> arguments =
        List.of(
            preset.name(),
            Integer.toString(crop),
            Integer.toString(settings.batch()),
            Integer.toString(settings.threads()),
            Integer.toString(settings.steps()),
            Boolean.toString(checkpointing),
            photographs.toString(),
            results.toString());
    TrialProcess.Ended ended = TrialProcess.run(TrainTrial.class, arguments, interruption);
    String name = preset.name() + (preset.sgm() == null ? "" : ", no semantic guidance");
    if (!ended.isDone()) {
      String failure =
          String.format(
              Locale.ROOT,
              "its process ended with code %d%s",
              ended.code(),
              ended.reason().isEmpty() ? "" : ": " + ended.reason());
      return TrainReport.Case.failed(name, crop, checkpointing, failure);
    }
    JsonNode json = ended.result();
    return new TrainReport.Case(
        name,
        crop,
        settings.batch(),
        checkpointing,
        json.path("parameters").asLong(),
        rounds(json.path("stepMs")),
        rounds(json.path("waitedMs")),
        json.path("peakMiB").asLong(),
        "");
  }

  private static Rounds rounds(JsonNode values) {
    Rounds rounds = new Rounds();
    values.forEach(value -> rounds.add(value.asDouble()));
    return rounds;
  }
}
