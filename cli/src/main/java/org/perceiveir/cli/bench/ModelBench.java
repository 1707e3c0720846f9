package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.lifetime.ScratchDirectory;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.streams.config.FrameSize;

/**
 * Measures the network as it is served against the one that the paper's formulas give as they
 * stand.
 *
 * <p><u>Time</u>. For each case one process opens both and times them in turn, round by round, so
 * that the state of the machine meets both alike: a ratio is one of the same round.
 *
 * <p><u>Memory</u>. For each case and formulation a process of its own opens one network, restores
 * three batches and tells its peak: Java heap, bundle, TensorFlow and all.
 */
public final class ModelBench {

  private final ModelSettings settings;
  private final String commandLine;
  private final Interruption interruption;
  private final PrintWriter out;

  /**
   * A bench that has not begun.
   *
   * @param commandLine how it was called, for the report
   */
  public ModelBench(
      ModelSettings settings, String commandLine, Interruption interruption, PrintWriter out) {
    this.settings = settings;
    this.commandLine = commandLine;
    this.interruption = interruption;
    this.out = out;
  }

  /**
   * Measures presets with random weights, without semantic guidance.
   *
   * @throws CommandFailure if a process fails or the bench is interrupted
   */
  public ModelReport presets(List<Preset> presets) throws IOException, InterruptedException {
    Instant when = Instant.now();
    List<ModelReport.Case> cases = new ArrayList<>();
    try (ScratchDirectory scratch = ScratchDirectory.create("perceive-bench-")) {
      for (Preset preset : presets) {
        Preset used = preset.withoutSgm();
        Path directory = scratch.path().resolve(used.name());
        ModelBundle bundle = RandomBundle.write(directory, used);
        String guidance = preset.sgm() == null ? "" : ", no semantic guidance";
        measure(used.name() + guidance, bundle, directory, cases);
      }
    }
    return new ModelReport(settings, Machine.here(), commandLine, when, cases);
  }

  /**
   * Measures a bundle.
   *
   * @throws CommandFailure if a process fails or the bench is interrupted
   */
  public ModelReport bundle(Path directory) throws IOException, InterruptedException {
    Instant when = Instant.now();
    ModelBundle bundle = ModelBundle.read(directory);
    List<ModelReport.Case> cases = new ArrayList<>();
    measure(bundle.toString(), bundle, directory, cases);
    return new ModelReport(settings, Machine.here(), commandLine, when, cases);
  }

  private void measure(
      String name, ModelBundle bundle, Path directory, List<ModelReport.Case> cases)
      throws IOException, InterruptedException {
    long parameters =
        bundle.weights().values().stream().mapToLong(weight -> weight.values().length).sum();
    for (FrameSize size : settings.sizes()) {
      for (int batch : settings.batches()) {
        for (int threads : settings.threads()) {
          List<String> where =
              List.of(
                  directory.toString(),
                  settings.device(),
                  Integer.toString(threads),
                  size.toString(),
                  Integer.toString(batch));
          JsonNode time = trial("time", where, Integer.toString(settings.rounds()));
          ModelReport.Case measured =
              new ModelReport.Case(
                  name,
                  parameters,
                  time.path("device").asText(),
                  size,
                  batch,
                  threads,
                  rounds(time.path("plain")),
                  rounds(time.path("rewritten")),
                  time.path("levels").asInt(),
                  Footprint.of(trial("memory", where, "plain")),
                  Footprint.of(trial("memory", where, "rewritten")));
          cases.add(measured);
          out.printf(
              Locale.ROOT,
              "%s, %s, batch %d, %d threads: plain %.1f ms, rewritten %.1f ms, ratio %.3f%n",
              name,
              size,
              batch,
              threads,
              measured.plain().median(),
              measured.rewritten().median(),
              measured.ratio().median());
          out.flush();
        }
      }
    }
  }

  /**
   * What one network costs its process.
   *
   * @param peakMiB most resident memory, in MiB, or 0 where the system does not tell
   * @param startSeconds from the bundle in memory to the first result, in seconds
   */
  record Footprint(long peakMiB, double startSeconds) {
    static Footprint of(JsonNode json) {
      return new Footprint(json.path("peakMiB").asLong(), json.path("startSeconds").asDouble());
    }
  }

  private static Rounds rounds(JsonNode values) {
    Rounds rounds = new Rounds();
    values.forEach(value -> rounds.add(value.asDouble()));
    return rounds;
  }

  private JsonNode trial(String what, List<String> where, String how)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(what));
    arguments.addAll(where);
    arguments.add(how);
    TrialProcess.Ended ended = TrialProcess.run(ModelTrial.class, arguments, interruption);
    if (!ended.isDone()) {
      throw new CommandFailure(
          "a process that measures "
              + String.join(" ", where)
              + " ended with code "
              + ended.code()
              + (ended.reason().isEmpty() ? "" : ": " + ended.reason()),
          "if memory ran out, measure smaller frames or raise -Xmx in PERCEIVE_JAVA_OPTS");
    }
    return ended.result();
  }
}
