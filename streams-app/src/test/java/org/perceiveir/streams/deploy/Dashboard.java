package org.perceiveir.streams.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * A dashboard as its file has it.
 *
 * @param name of the file
 * @param json its content
 */
record Dashboard(String name, JsonNode json) {

  /**
   * One question to Prometheus.
   *
   * @param panel dashboard and title of the panel
   * @param expression in PromQL, with Grafana's variables
   */
  record Expression(String panel, String expression) {

    /**
     * As Grafana would send it.
     *
     * @param rate what stands for the interval of rates
     * @param range what stands for the chosen time
     */
    String asSent(String rate, String range) {
      return expression
          .replace("$__rate_interval", rate)
          .replace("$__range", range)
          .replace("$instance", ".*")
          .replace("$source", ".*");
    }
  }

  static Dashboard read(Path file) {
    try {
      return new Dashboard(
          String.valueOf(file.getFileName()), DeployFiles.JSON.readTree(file.toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** All panels but the headings of rows. */
  List<JsonNode> panels() {
    return children(json.path("panels")).stream()
        .filter(panel -> !panel.path("type").asText().equals("row"))
        .toList();
  }

  /** Every question to Prometheus. */
  List<Expression> expressions() {
    List<Expression> all = new ArrayList<>();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        if (target.has("expr")) {
          all.add(
              new Expression(
                  name + ": " + panel.path("title").asText(), target.path("expr").asText()));
        }
      }
    }
    return all;
  }

  static List<JsonNode> children(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false).toList();
  }
}
