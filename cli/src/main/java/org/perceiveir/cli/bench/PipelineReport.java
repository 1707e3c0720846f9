package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.perceiveir.streams.config.FrameSize;
import org.perceiveir.streams.config.ProcessingGuarantee;

/**
 * The figures of a pipeline bench. A report exists only where the books of every run balanced.
 *
 * @param settings what was asked for
 * @param machine where it ran
 * @param bundle name and version of the model bundle
 * @param device the device that ran the network
 * @param commandLine how it was called
 * @param when when it began
 * @param bareBatches frames a second of the bare network in batches of {@code batch.max.size}
 * @param bareSingles frames a second of the bare network, one frame at a time
 * @param bareMillis median time of one frame on the bare network, in milliseconds
 * @param services the service on the same frames
 * @param overheads the service that returns its input, beside plain loops
 * @param loads latency under load
 */
public record PipelineReport(
    PipelineSettings settings,
    Machine machine,
    String bundle,
    String device,
    String commandLine,
    Instant when,
    Rounds bareBatches,
    Rounds bareSingles,
    double bareMillis,
    List<Service> services,
    List<Overhead> overheads,
    List<Load> loads)
    implements BenchReport {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The service with a backlog.
   *
   * @param perSecond frames a second
   * @param averageBatch frames in a pass
   */
  record Service(ServiceMode mode, Rounds perSecond, Rounds averageBatch) {}

  /**
   * Kafka's share: no network.
   *
   * @param size width and height of the frames, in pixels
   * @param loops records a second of the plain loops with the guarantee of {@code mode}
   * @param service records a second of the service
   */
  record Overhead(FrameSize size, ServiceMode mode, Rounds loops, Rounds service) {}

  /** Latency of the service in one mode. */
  record Load(ServiceMode mode, LatencyRun run) {}

  @Override
  public List<String> toLines() {
    List<String> lines = new ArrayList<>();
    for (Table table : tables()) {
      lines.add("");
      lines.addAll(table.toLines());
    }
    return lines;
  }

  @Override
  public List<String> toMarkdown() {
    List<String> lines = machine.heading("Pipeline bench", commandLine, when);
    lines.add("- model: " + bundle + " on " + device + "; broker and registry in the same process");
    for (Table table : tables()) {
      lines.add("");
      lines.addAll(table.toMarkdown());
    }
    lines.add("");
    lines.add(
        "Figures are medians over the rounds, with the least and the largest in brackets; a ratio is"
            + " one of medians, its brackets span the ratios within the rounds. The books of every"
            + " run balanced.");
    return lines;
  }

  private List<Table> tables() {
    List<Table> tables = new ArrayList<>();
    tables.add(throughput());
    tables.add(overhead());
    tables.add(latency());
    return tables;
  }

  private Table throughput() {
    Table table =
        new Table(
            String.format(
                Locale.ROOT,
                "Service and bare network: %s %s, %d frames of %d sources, batch.max.size %d, %d"
                    + " threads, %d rounds",
                settings.size(),
                encoding(),
                settings.frames(),
                settings.sources(),
                settings.batchSize(),
                settings.threads(),
                settings.rounds()),
            "what runs",
            "frames/s",
            "of bare batches",
            "of bare single frames",
            "frames in a pass",
            "of batch.max.size");
    table.row(
        "bare, batches of " + settings.batchSize(),
        span(bareBatches),
        "1",
        span(bareBatches.over(bareSingles)),
        Integer.toString(settings.batchSize()),
        "100 %");
    table.row(
        "bare, single frames",
        span(bareSingles),
        span(bareSingles.over(bareBatches)),
        "1",
        "1",
        "");
    for (Service service : services) {
      double batch = service.averageBatch().median();
      table.row(
          "service, " + service.mode().label(),
          span(service.perSecond()),
          span(service.perSecond().over(bareBatches)),
          span(service.perSecond().over(bareSingles)),
          Figure.show(batch),
          Figure.show(100 * batch / settings.batchSize()) + " %");
    }
    return table;
  }

  private Table overhead() {
    Table table =
        new Table(
            String.format(
                Locale.ROOT,
                "Service without network and plain loop: rgb8, %d records, %d threads, %d rounds",
                settings.records(),
                settings.threads(),
                settings.rounds()),
            "what runs",
            "frame",
            "service, records/s",
            "plain loop, records/s",
            "service of loop");
    for (Overhead overhead : overheads) {
      table.row(
          overhead.mode().label(),
          overhead.size() + ", " + 3 * overhead.size().pixels() / 1000 + " kB",
          span(overhead.service()),
          span(overhead.loops()),
          span(overhead.service().over(overhead.loops())));
    }
    return table;
  }

  private Table latency() {
    Table table =
        new Table(
            String.format(
                Locale.ROOT,
                "Latency at 80 %% load: %s %s, %d s after %d s, milliseconds; added = less %s ms, one"
                    + " frame on the bare network",
                settings.size(),
                encoding(),
                settings.seconds(),
                settings.warmupSeconds(),
                Figure.show(bareMillis)),
            "what runs",
            "frames/s",
            "samples",
            "p50",
            "p95",
            "p99",
            "added p50",
            "added p95",
            "added p99",
            "frames in a pass");
    for (Load load : loads) {
      Percentiles millis = load.run().millis();
      table.row(
          "service, " + load.mode().label(),
          Figure.show(load.run().perSecond()),
          Integer.toString(millis.samples()),
          Figure.show(millis.p50()),
          Figure.show(millis.p95()),
          Figure.show(millis.p99()),
          Figure.show(millis.p50() - bareMillis),
          Figure.show(millis.p95() - bareMillis),
          Figure.show(millis.p99() - bareMillis),
          Figure.show(load.run().averageBatch()));
    }
    return table;
  }

  private String encoding() {
    return settings.encoding().name().toLowerCase(Locale.ROOT);
  }

  private static String span(Rounds rounds) {
    return span(rounds.median(), rounds.min(), rounds.max());
  }

  private static String span(Rounds.Ratio ratio) {
    return String.format(
        Locale.ROOT, "%.3f (%.3f-%.3f)", ratio.ofMedians(), ratio.min(), ratio.max());
  }

  private static String span(double median, double min, double max) {
    return Figure.show(median) + " (" + Figure.show(min) + "-" + Figure.show(max) + ")";
  }

  @Override
  public ObjectNode toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("command", commandLine);
    root.put("date", when.truncatedTo(ChronoUnit.SECONDS).toString());
    root.put("bundle", bundle);
    root.put("device", device);
    root.set("machine", JSON.valueToTree(machine));
    ObjectNode asked = root.putObject("settings");
    asked.put("size", settings.size().toString());
    asked.put("encoding", encoding());
    asked.put("frames", settings.frames());
    asked.put("records", settings.records());
    asked.put("sources", settings.sources());
    asked.put("rounds", settings.rounds());
    asked.put("batchSize", settings.batchSize());
    asked.put("threads", settings.threads());
    ObjectNode bare = root.putObject("bare");
    bare.set("batchesPerSecond", bareBatches.toJson());
    bare.set("singlesPerSecond", bareSingles.toJson());
    bare.put("frameMs", Figure.rounded(bareMillis));
    ArrayNode serviceNodes = root.putArray("service");
    for (Service service : services) {
      ObjectNode node = mode(serviceNodes, service.mode());
      node.set("framesPerSecond", service.perSecond().toJson());
      node.set("ofBareBatches", service.perSecond().over(bareBatches).toJson());
      node.set("ofBareSingles", service.perSecond().over(bareSingles).toJson());
      node.set("averageBatch", service.averageBatch().toJson());
      node.put("batchFill", Figure.rounded(service.averageBatch().median() / settings.batchSize()));
    }
    ArrayNode overheadNodes = root.putArray("noOp");
    for (Overhead overhead : overheads) {
      ObjectNode node = mode(overheadNodes, overhead.mode());
      node.put("size", overhead.size().toString());
      node.put("frameBytes", 3 * overhead.size().pixels());
      node.set("servicePerSecond", overhead.service().toJson());
      node.set("loopPerSecond", overhead.loops().toJson());
      node.set("ofLoop", overhead.service().over(overhead.loops()).toJson());
    }
    ArrayNode latencyNodes = root.putArray("latency");
    for (Load load : loads) {
      ObjectNode node = mode(latencyNodes, load.mode());
      node.put("framesPerSecond", Figure.rounded(load.run().perSecond()));
      node.put("averageBatch", Figure.rounded(load.run().averageBatch()));
      Percentiles millis = load.run().millis();
      node.put("samples", millis.samples());
      percentiles(node.putObject("endToEndMs"), millis, 0);
      percentiles(node.putObject("addedMs"), millis, bareMillis);
    }
    return root;
  }

  private static ObjectNode mode(ArrayNode into, ServiceMode mode) {
    ProcessingGuarantee guarantee = mode.guarantee();
    return into.addObject().put("mode", mode.batches().id()).put("guarantee", guarantee.id());
  }

  private static void percentiles(ObjectNode into, Percentiles millis, double less) {
    into.put("p50", Figure.rounded(millis.p50() - less));
    into.put("p95", Figure.rounded(millis.p95() - less));
    into.put("p99", Figure.rounded(millis.p99() - less));
    into.put("max", Figure.rounded(millis.max() - less));
  }
}
