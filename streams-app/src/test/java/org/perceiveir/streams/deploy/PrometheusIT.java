package org.perceiveir.streams.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.http.OperationsServer;
import org.perceiveir.streams.service.KafkaForTests;
import org.perceiveir.streams.service.PerceiveService;

/**
 * A real Prometheus scrapes the service while cameras send, and is asked what the dashboards and
 * the alert rules ask. A metric that is renamed would leave a panel empty, and an alert silent.
 */
class PrometheusIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final String TOKEN = "a-token-for-this-test-only";

  /** A metric with its braces, as rules write them. */
  private static final Pattern SELECTOR =
      Pattern.compile("\\b(?:up|(?:perceive|kafka|jvm|process)_[a-z0-9_]+)(?:\\{[^}]*})?");

  @Test
  void shouldAnswerEveryPanelAndEverySelectorOfTheAlerts(@TempDir Path dir) throws Exception {
    Optional<Path> prometheus = DeployFiles.program("prometheus");
    assumeTrue(
        prometheus.isPresent(),
        "needs prometheus on the PATH (Debian: apt install prometheus); neither dashboards nor"
            + " alerts are checked against a real one");
    Path token = Files.writeString(dir.resolve("token"), TOKEN);
    ServiceConfig config =
        KafkaForTests.get()
            .config(
                "dashboards",
                "http.port",
                "0",
                "http.token.file",
                token.toString(),
                "aggregates.enabled",
                "true",
                "books.audit.interval.ms",
                "1000",
                "frame.max.age.ms",
                "5000",
                "tiers.perceiver",
                "opened-by-the-test",
                "tiers.after.sample",
                "1");
    try (PerceiveService service = new PerceiveService(config, new TestNetworks())) {
      service.start();
      int port = service.observability().server().map(OperationsServer::port).orElseThrow();
      // The collector's own metrics are there once it has worked.
      System.gc();
      try (CameraLoad cameras = new CameraLoad(config);
          PrometheusServer server =
              PrometheusServer.start(prometheus.orElseThrow(), dir, port, token)) {
        cameras.start();
        Map<String, String> questions = questions();
        assertThat(questions).hasSizeGreaterThan(80);
        await()
            .atMost(LONG)
            .pollInterval(Duration.ofSeconds(1))
            .untilAsserted(() -> assertThat(unanswered(server, questions)).isEmpty());
        checkRules(server);
        checkSheets(server, dir.resolve("sheets"));
      }
    }
  }

  /** Each expression, by where it stands. */
  private static Map<String, String> questions() {
    Map<String, String> all = new LinkedHashMap<>();
    for (Dashboard dashboard : DeployFiles.dashboards()) {
      int number = 0;
      for (Dashboard.Expression e : dashboard.expressions()) {
        all.put(e.panel() + " " + ++number, e.asSent("10s", "30s"));
      }
    }
    for (JsonNode group :
        DeployFiles.yaml(DeployFiles.PROMETHEUS.resolve("alerts.yml")).path("groups")) {
      for (JsonNode rule : group.path("rules")) {
        String expression = rule.path("expr").asText();
        assertThat(expression).as("names a metric").containsPattern(SELECTOR);
        SELECTOR
            .matcher(expression)
            .results()
            .map(MatchResult::group)
            .forEach(s -> all.put(rule.path("alert").asText() + ": " + s, s));
      }
    }
    return all;
  }

  private static Set<String> unanswered(PrometheusServer server, Map<String, String> questions)
      throws Exception {
    Set<String> open = new TreeSet<>();
    for (Map.Entry<String, String> question : questions.entrySet()) {
      if (server.values(question.getValue()).isEmpty()) {
        open.add(question.getKey() + " = " + question.getValue());
      }
    }
    return open;
  }

  /** The server that scraped has loaded every rule and could evaluate it. */
  private static void checkRules(PrometheusServer server) throws Exception {
    int rules = 0;
    for (JsonNode group : server.api("rules").path("data").path("groups")) {
      for (JsonNode rule : group.path("rules")) {
        rules++;
        assertThat(rule.path("health").asText()).as(rule.toString()).isEqualTo("ok");
      }
    }
    assertThat(rules).isPositive();
    assertThat(server.values("ALERTS{alertname=\"PerceiveDown\"}")).isEmpty();
  }

  /** The script that draws the dashboards where there is no Grafana, if the machine has Python. */
  private static void checkSheets(PrometheusServer server, Path sheets) throws Exception {
    Optional<Path> python = DeployFiles.program("python3");
    if (python.isEmpty()) {
      return;
    }
    DeployFiles.Run run =
        DeployFiles.run(
            DeployFiles.ROOT,
            List.of(
                python.get().toString(),
                "deploy/grafana/sheets.py",
                "--prometheus",
                server.address(),
                "--minutes",
                "1",
                "--out",
                sheets.toString()));
    assertThat(run.code()).as(run.output()).isZero();
    for (Dashboard dashboard : DeployFiles.dashboards()) {
      if (!dashboard.expressions().isEmpty()) {
        Path sheet = sheets.resolve("dashboard-" + dashboard.json().path("uid").asText() + ".svg");
        assertThat(sheet).content().contains("<polyline").doesNotContain(">no data<");
      }
    }
  }
}
