package org.perceiveir.streams.meters;

import java.util.Locale;
import java.util.stream.Collectors;

/** The reference table of the metrics, generated from {@link Metric}. */
public final class MetricReference {
  private MetricReference() {}

  /** The whole page in Markdown. */
  public static String markdown() {
    StringBuilder page =
        new StringBuilder(
            """
            # Metrics of the service

            Generated from `Metric`; a test compares the two. `GET /metrics` tells them in Prometheus' text format; [observability](observability.md)
            says how to switch it on. Histograms have the series `NAME_bucket`, `NAME_sum` and `NAME_count`, and a gauge `NAME_max`, the largest value of the last minutes.

            | name | type | unit | tags | meaning |
            |---|---|---|---|---|
            """);
    for (Metric metric : Metric.values()) {
      page.append(
          "| `%s` | %s | %s | %s | %s |\n"
              .formatted(
                  metric.prometheusName(),
                  type(metric.kind()),
                  metric.unit(),
                  metric.tags().stream().map(t -> "`" + t + "`").collect(Collectors.joining(", ")),
                  metric.description()));
    }
    page.append(
        """

        Besides, under the names that Micrometer gives them: `jvm_*` (memory, collector, threads, classes), `process_*` and `system_cpu_*` (processor, uptime,
        open files), and `kafka_*`: every numeric metric of Kafka Streams and of its consumers, producers and admin client, tagged by client, thread, task, topic and partition.
        """);
    return page.toString();
  }

  private static String type(Metric.Kind kind) {
    return switch (kind) {
      case TIMER, SUMMARY -> "histogram";
      case COUNTER, GAUGE, INFO -> kind.name().toLowerCase(Locale.ROOT);
    };
  }
}
