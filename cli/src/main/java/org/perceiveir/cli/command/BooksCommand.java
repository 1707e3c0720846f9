package org.perceiveir.cli.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.BookStatement;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.books.OffsetRange;
import org.perceiveir.streams.books.SourceOffsets;
import org.perceiveir.streams.config.ProcessingGuarantee;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.log.PlainText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive books}. */
@Command(
    name = "books",
    description = {
      "Balances the committed telemetry against the input, per source and partition.",
      "Each line: received = restored + passed through + shed + dead-lettered + in flight.",
      "Ends with 1 if a record is missing or doubled. The service may run or not."
    })
public final class BooksCommand implements Callable<Integer> {
  private static final int SHOWN = 50;

  @Spec private CommandSpec spec;

  @Mixin private ConfigOption config;

  @Option(names = "--source", paramLabel = "S", description = "Only this source.")
  private @Nullable String source;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the books as JSON, too.")
  private @Nullable Path json;

  @Option(
      names = "--timeout",
      paramLabel = "S",
      defaultValue = "30",
      description =
          "Longest time to wait for open transactions, and then to read what has no outcome, in"
              + " seconds each. Default: ${DEFAULT-VALUE}.")
  private int timeout;

  @Override
  public Integer call() throws IOException {
    if (timeout < 1) {
      throw new ParameterException(
          spec.commandLine(), "--timeout is " + timeout + ": it must be at least 1");
    }
    return config.use(this::balance);
  }

  private void balance(ServiceConfig service) throws IOException {
    BookStatement statement;
    try (BookKeeper keeper = BookKeeper.open(service)) {
      statement = keeper.statement(Duration.ofSeconds(timeout));
    }
    if (source != null) {
      statement = statement.of(source);
    }
    print(statement, service);
    if (json != null) {
      WholeFile.write(json, toJson(statement));
    }
    Books total = statement.total();
    if (total.missing() > 0 || total.doubled() > 0) {
      throw new CommandFailure(
          "the books do not balance: "
              + total.missing()
              + " missing, "
              + total.doubled()
              + " doubled",
          "the lines above name the offsets; what is missing and still in "
              + service.inputTopic()
              + " can be sent again with ./perceive replay");
    }
    if (!statement.complete()) {
      throw new CommandFailure(
          "a transaction in " + service.telemetryTopic() + " is open: nothing is proved yet",
          "wait for it (an instance that was killed leaves one behind until transaction.timeout.ms)"
              + " or raise --timeout");
    }
  }

  private void print(BookStatement statement, ServiceConfig service) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%-24s %9s %9s %9s %9s %9s %9s %9s %8s %8s%n",
        "source",
        "partition",
        "received",
        "restored",
        "passed",
        "shed",
        "dead",
        "in flight",
        "missing",
        "doubled");
    for (BookStatement.Line line : statement.lines()) {
      print(out, PlainText.of(line.source(), 60), String.valueOf(line.partition()), line.books());
    }
    long unread = length(statement.notRead());
    if (unread > 0 && source == null) {
      print(out, "(not read)", "", new Books(unread, 0, 0, 0, 0, unread, 0, 0));
    }
    print(out, "total", "", statement.total());
    list(out, "missing", statement.missing());
    list(out, "doubled", statement.doubled());
    note(
        out,
        statement.notRead(),
        "offsets without an outcome were not read in time; they may be records of any source, or"
            + " none. Raise --timeout");
    note(
        out,
        statement.telemetryExpired(),
        "offsets are older than the telemetry that is kept: nothing can be said of them. Raise "
            + ServiceConfig.RECORDS_RETENTION_MS
            + " above "
            + ServiceConfig.FRAMES_RETENTION_MS);
    note(
        out,
        statement.expired(),
        "offsets left the input topic before they had an outcome. Raise "
            + ServiceConfig.FRAMES_RETENTION_MS);
    if (statement.total().doubled() > 0
        && service.processingGuarantee() == ProcessingGuarantee.AT_LEAST_ONCE) {
      out.println(
          ServiceConfig.PROCESSING_GUARANTEE
              + "=at_least_once: a failed instance doubles what it had not committed; readers tell"
              + " by the identity of the frame.");
    }
    out.flush();
  }

  private static void print(PrintWriter out, String name, String partition, Books books) {
    out.printf(
        Locale.ROOT,
        "%-24s %9s %9d %9d %9d %9d %9d %9d %8d %8d%n",
        name,
        partition,
        books.received(),
        books.restored(),
        books.passedThrough(),
        books.shed(),
        books.deadLettered(),
        books.inFlight(),
        books.missing(),
        books.doubled());
  }

  private static void list(PrintWriter out, String what, List<SourceOffsets> offsets) {
    for (SourceOffsets at : offsets.subList(0, Math.min(SHOWN, offsets.size()))) {
      out.println(
          what + ": " + at.offsets().describe() + ", source " + PlainText.of(at.source(), 60));
    }
    if (offsets.size() > SHOWN) {
      out.println(what + ": and " + (offsets.size() - SHOWN) + " more ranges; --json has them");
    }
  }

  private static void note(PrintWriter out, List<OffsetRange> ranges, String text) {
    if (!ranges.isEmpty()) {
      out.println(
          "note: "
              + length(ranges)
              + " "
              + text
              + " ("
              + ranges.get(0).describe()
              + (ranges.size() > 1 ? ", and " + (ranges.size() - 1) + " more ranges)" : ")"));
    }
  }

  private static long length(List<OffsetRange> ranges) {
    return ranges.stream().mapToLong(OffsetRange::length).sum();
  }

  private static ObjectNode toJson(BookStatement statement) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("missing", statement.total().missing());
    root.put("doubled", statement.total().doubled());
    ObjectNode sources = root.putObject("sources");
    for (BookStatement.Line line : statement.lines()) {
      if (!sources.has(line.source())) {
        put(sources.putObject(line.source()), statement.of(line.source()).total())
            .putObject("partitions");
      }
      ObjectNode partitions = (ObjectNode) sources.get(line.source()).get("partitions");
      put(partitions.putObject(String.valueOf(line.partition())), line.books());
    }
    put(root.putObject("total"), statement.total());
    addOffsets(root.putArray("missingOffsets"), statement.missing());
    addOffsets(root.putArray("doubledOffsets"), statement.doubled());
    addRanges(root.putArray("notRead"), statement.notRead());
    addRanges(root.putArray("telemetryExpired"), statement.telemetryExpired());
    addRanges(root.putArray("expired"), statement.expired());
    root.put("complete", statement.complete());
    return root;
  }

  private static ObjectNode put(ObjectNode to, Books books) {
    return to.put("received", books.received())
        .put("restored", books.restored())
        .put("passedThrough", books.passedThrough())
        .put("shed", books.shed())
        .put("deadLettered", books.deadLettered())
        .put("inFlight", books.inFlight())
        .put("missing", books.missing())
        .put("doubled", books.doubled());
  }

  private static void addOffsets(ArrayNode to, List<SourceOffsets> offsets) {
    offsets.forEach(at -> add(to, at.offsets()).put("source", at.source()));
  }

  private static void addRanges(ArrayNode to, List<OffsetRange> ranges) {
    ranges.forEach(range -> add(to, range));
  }

  /** Both ends are offsets of the range. */
  private static ObjectNode add(ArrayNode to, OffsetRange range) {
    return to.addObject()
        .put("partition", range.partition())
        .put("first", range.from())
        .put("last", range.to() - 1);
  }
}
