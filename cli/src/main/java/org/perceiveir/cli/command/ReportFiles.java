package org.perceiveir.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.bench.BenchReport;
import org.perceiveir.cli.output.WholeFile;
import picocli.CommandLine.Option;

/** Where else than on the terminal a report goes. */
final class ReportFiles {

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there as JSON.")
  private @Nullable Path json;

  @Option(
      names = "--markdown",
      paramLabel = "FILE",
      description = "Write the tables there as Markdown.")
  private @Nullable Path markdown;

  /** Prints a report and writes the files that were asked for. */
  void publish(BenchReport report, PrintWriter out) throws IOException {
    report.toLines().forEach(out::println);
    out.flush();
    write(report.toJson(), report.toMarkdown());
  }

  /** Writes the files that were asked for, each whole or not at all. */
  void write(JsonNode figures, List<String> lines) throws IOException {
    if (json != null) {
      WholeFile.write(json, figures);
    }
    if (markdown != null) {
      WholeFile.write(markdown, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }
}
