package org.perceiveir.cli.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.letters.DeadLetterBox;
import org.perceiveir.streams.letters.LetterCount;
import org.perceiveir.streams.log.PlainText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive dlq summary}. */
@Command(
    name = "summary",
    description = {
      "Counts the dead letters by reason and source.",
      "Times are those of the input records; replays are letters whose frame was sent again before."
    })
public final class DlqSummaryCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ConfigOption config;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the counts as JSON, too.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException {
    return config.use(this::count);
  }

  private void count(ServiceConfig service) throws IOException {
    List<LetterCount> counts;
    try (DeadLetterBox box = DeadLetterBox.open(service)) {
      counts = box.summary();
    }
    PrintWriter out = spec.commandLine().getOut();
    Map<String, Long> reasons = new TreeMap<>();
    counts.forEach(row -> reasons.merge(row.reason(), row.count(), Long::sum));
    out.printf(
        Locale.ROOT,
        "%-24s %-24s %8s %8s %6s  %-24s  %s%n",
        "reason",
        "source",
        "letters",
        "replays",
        "cut",
        "first",
        "last");
    for (LetterCount row : counts) {
      out.printf(
          Locale.ROOT,
          "%-24s %-24s %8d %8d %6d  %-24s  %s%n",
          PlainText.of(row.reason(), 60),
          PlainText.of(row.source(), 60),
          row.count(),
          row.replays(),
          row.cut(),
          Instant.ofEpochMilli(row.firstMs()),
          Instant.ofEpochMilli(row.lastMs()));
    }
    long total = reasons.values().stream().mapToLong(Long::longValue).sum();
    out.println(total + " dead letters" + (total == 0 ? "" : ", by reason:"));
    reasons.forEach((reason, count) -> out.println("  " + PlainText.of(reason, 60) + " " + count));
    out.flush();
    if (json != null) {
      WholeFile.write(json, toJson(counts, reasons, total));
    }
  }

  private static ObjectNode toJson(
      List<LetterCount> counts, Map<String, Long> reasons, long total) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("letters", total);
    ObjectNode byReason = root.putObject("reasons");
    reasons.forEach(byReason::put);
    root.putArray("counts");
    for (LetterCount row : counts) {
      root.withArray("counts")
          .addObject()
          .put("reason", row.reason())
          .put("source", row.source())
          .put("letters", row.count())
          .put("replays", row.replays())
          .put("cut", row.cut())
          .put("first", Instant.ofEpochMilli(row.firstMs()).toString())
          .put("last", Instant.ofEpochMilli(row.lastMs()).toString());
    }
    return root;
  }
}
