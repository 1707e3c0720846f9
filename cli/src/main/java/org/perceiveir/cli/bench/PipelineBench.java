package org.perceiveir.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.perceiveir.cli.cluster.LocalCluster;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.streams.config.FrameSize;
import org.perceiveir.streams.config.ProcessingGuarantee;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Measures the pipeline in one process, with a broker and a registry of its own.
 *
 * <ol>
 *   <li>The service with a network that returns its input, against {@link PlainLoops}. It comes
 *       first, with a round that does not count, so that all Java code is compiled from then on.
 *   <li>The service against the bare network, on the same frames and the same session.
 *   <li>Latency of the service at four fifths of the rate that the second step found.
 * </ol>
 *
 * <p><u>Rounds</u>. Every variant of a step runs once in each round, and every second round goes
 * backwards: what changes slowly, such as the clock of the processor, meets all of them alike.
 *
 * <p><u>Backlog</u>. All variants of a step read one input topic, filled before the first of them
 * starts; each has an application and output topics of its own, deleted after its books balanced.
 *
 * <p><u>One process</u>. The broker takes processor time beside what is measured. That counts
 * against the service and the loops, not against the bare network.
 */
public final class PipelineBench {
  private static final double LOAD = 0.8;

  /** About 100 kB as rgb8. */
  private static final FrameSize SMALL = new FrameSize(184, 184);

  /**
   * All members of a group join before the first of them gets partitions. Without it the first
   * thread takes all partitions, and gives half of them away in the middle of the run.
   */
  private static final Map<String, String> BROKER =
      Map.of(
          "group.initial.rebalance.delay.ms", "500",
          "log.segment.delete.delay.ms", "1000");

  private final PipelineSettings settings;
  private final Restorer network;
  private final String commandLine;
  private final Interruption interruption;
  private final PrintWriter out;
  private final List<String> sources;

  /** What a loop takes over from the service: records a poll, milliseconds between commits. */
  private record Limits(int pollRecords, long commitIntervalMs) {}

  /**
   * A bench that has not begun.
   *
   * @param network the bundle of {@code settings}, open; not closed
   * @param commandLine how the bench was called, for the report
   */
  public PipelineBench(
      PipelineSettings settings,
      Restorer network,
      String commandLine,
      Interruption interruption,
      PrintWriter out) {
    this.settings = settings;
    this.network = network;
    this.commandLine = commandLine;
    this.interruption = interruption;
    this.out = out;
    this.sources = Sources.onePerPartition(settings.sources());
  }

  /**
   * Runs to the end and returns the figures; says on the way what it does.
   *
   * @throws CommandFailure if a part cannot start, stalls or is interrupted, or the books of a run
   *     do not balance
   */
  public PipelineReport run() throws IOException, InterruptedException {
    Instant when = Instant.now();
    Machine machine = Machine.here();
    String bundle = network.bundleName() + " " + network.bundleVersion();
    say(
        String.format(
            Locale.ROOT,
            "%s on %s, %d cores (%s), %s",
            bundle,
            network.device(),
            machine.cores(),
            machine.cpu(),
            machine.jvm()));
    try (LocalCluster cluster = LocalCluster.start("perceive-bench-", BROKER);
        Stage stage = Stage.open(cluster, settings)) {
      FrameSet frames = FrameSet.draw(settings.size(), settings.encoding(), settings.frames());
      Rounds batches = new Rounds();
      Rounds singles = new Rounds();
      Rounds singleMillis = new Rounds();
      List<PipelineReport.Service> services = new ArrayList<>();
      for (ServiceMode mode : settings.modes()) {
        services.add(new PipelineReport.Service(mode, new Rounds(), new Rounds()));
      }
      List<PipelineReport.Overhead> overheads = new ArrayList<>();
      overheads.addAll(measureOverhead(stage, SMALL, 1));
      if (!settings.size().equals(SMALL)) {
        overheads.addAll(measureOverhead(stage, settings.size(), 0));
      }

      measureThroughput(stage, frames, batches, singles, singleMillis, services);

      List<PipelineReport.Load> loads = new ArrayList<>();
      for (PipelineReport.Service service : services) {
        loads.add(measureLatency(stage, frames, service));
      }
      return new PipelineReport(
          settings,
          machine,
          bundle,
          network.device(),
          commandLine,
          when,
          batches,
          singles,
          singleMillis.median(),
          services,
          overheads,
          loads);
    }
  }

  private void measureThroughput(
      Stage stage,
      FrameSet frames,
      Rounds batches,
      Rounds singles,
      Rounds singleMillis,
      List<PipelineReport.Service> services)
      throws InterruptedException {
    String input = "frames";
    publish(stage, input, frames, settings.frames());
    List<Step> steps = new ArrayList<>();
    steps.add(
        counts -> {
          double rate =
              BareNetwork.batches(network, frames, settings.frames(), settings.batchSize());
          add(batches, rate, counts);
          sayRate("bare, batches of " + settings.batchSize(), rate, "frames");
        });
    steps.add(
        counts -> {
          BareNetwork.Singles measured = BareNetwork.singles(network, frames, settings.frames());
          add(singles, measured.perSecond(), counts);
          add(singleMillis, measured.medianMillis(), counts);
          sayRate("bare, single frames", measured.perSecond(), "frames");
        });
    for (PipelineReport.Service service : services) {
      steps.add(
          counts -> {
            ServiceConfig config = stage.prepare(input, frames.size(), service.mode());
            SteadyMiddle middle =
                BacklogRun.measure(
                    new ServiceWorker(config, network), config, settings.frames(), interruption);
            stage.clear(config);
            add(service.perSecond(), middle.perSecond(), counts);
            add(service.averageBatch(), middle.averageBatch(), counts);
            sayRate("service, " + service.mode().label(), middle.perSecond(), "frames");
          });
    }
    rounds("service and bare network", 0, steps);
    stage.delete(List.of(input));
  }

  private List<PipelineReport.Overhead> measureOverhead(Stage stage, FrameSize size, int uncounted)
      throws InterruptedException {
    FrameSet frames = FrameSet.draw(size, ImageFormat.RGB8, settings.records());
    String input = "records-" + size;
    publish(stage, input, frames, settings.records());
    Map<ProcessingGuarantee, Rounds> loops = new EnumMap<>(ProcessingGuarantee.class);
    Map<ProcessingGuarantee, Limits> limits = new EnumMap<>(ProcessingGuarantee.class);
    List<PipelineReport.Overhead> overheads = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    for (ServiceMode mode : settings.modes()) {
      Rounds loop = loops.computeIfAbsent(mode.guarantee(), g -> new Rounds());
      PipelineReport.Overhead overhead =
          new PipelineReport.Overhead(size, mode, loop, new Rounds());
      overheads.add(overhead);
      steps.add(
          counts -> {
            ServiceConfig config = stage.prepare(input, size, mode);
            ServiceWorker worker = new ServiceWorker(config, new NoOpRestorer());
            double rate = measure(stage, worker, config);
            limits.put(
                mode.guarantee(), new Limits(worker.pollRecords(), worker.commitIntervalMs()));
            add(overhead.service(), rate, counts);
            sayRate("service, " + mode.label(), rate, "records");
          });
    }
    // After the services, whose limits they take over; the first round goes forwards.
    loops.forEach(
        (guarantee, loop) ->
            steps.add(
                counts -> {
                  ServiceConfig config = stage.prepare(input, size, modeOf(guarantee));
                  Limits same = Objects.requireNonNull(limits.get(guarantee));
                  double rate =
                      measure(
                          stage,
                          new PlainLoops(config, same.pollRecords(), same.commitIntervalMs()),
                          config);
                  add(loop, rate, counts);
                  sayRate("plain loop, " + guarantee.id(), rate, "records");
                }));
    rounds("no network, " + size + " rgb8", uncounted, steps);
    stage.delete(List.of(input));
    return overheads;
  }

  private double measure(Stage stage, Worker worker, ServiceConfig config)
      throws InterruptedException {
    SteadyMiddle middle = BacklogRun.measure(worker, config, settings.records(), interruption);
    stage.clear(config);
    return middle.perSecond();
  }

  private ServiceMode modeOf(ProcessingGuarantee guarantee) {
    return settings.modes().stream()
        .filter(mode -> mode.guarantee() == guarantee)
        .findFirst()
        .orElseThrow();
  }

  private PipelineReport.Load measureLatency(
      Stage stage, FrameSet frames, PipelineReport.Service service) throws InterruptedException {
    double rate = LOAD * service.perSecond().median();
    String input = "load-" + service.mode().name().toLowerCase(Locale.ROOT);
    ServiceConfig config = stage.prepare(input, frames.size(), service.mode());
    LatencyRun run =
        LatencyRun.measure(config, settings, network, frames, sources, rate, interruption);
    stage.clear(config);
    stage.delete(List.of(input));
    say(
        String.format(
            Locale.ROOT,
            "latency of the service, %s, at %.1f frames/s: p50 %.0f ms, p99 %.0f ms",
            service.mode().label(),
            rate,
            run.millis().p50(),
            run.millis().p99()));
    return new PipelineReport.Load(service.mode(), run);
  }

  /** The input topic of a step; the output topics that come with it are not used. */
  private void publish(Stage stage, String input, FrameSet frames, int count) {
    say("publishing " + count + " frames of " + frames.size() + ", " + frames.bytes() + " bytes");
    ServiceConfig config = stage.prepare(input, frames.size(), settings.modes().get(0));
    Backlog.publish(config, frames, count, sources);
    stage.clear(config);
  }

  /** One variant, measured once. */
  private interface Step {
    void run(boolean counts) throws InterruptedException;
  }

  private void rounds(String what, int uncounted, List<Step> steps) throws InterruptedException {
    List<Step> order = new ArrayList<>(steps);
    for (int round = 1 - uncounted; round <= settings.rounds(); round++) {
      boolean counts = round > 0;
      say(what + (counts ? ", round " + round + " of " + settings.rounds() : ", does not count"));
      for (Step step : order) {
        if (interruption.isRequested()) {
          throw new CommandFailure("interrupted", "no figures were written");
        }
        step.run(counts);
      }
      Collections.reverse(order);
    }
  }

  private static void add(Rounds rounds, double value, boolean counts) {
    if (counts) {
      rounds.add(value);
    }
  }

  private void sayRate(String what, double perSecond, String unit) {
    say(String.format(Locale.ROOT, "  %-32s %8.1f %s/s", what, perSecond, unit));
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
