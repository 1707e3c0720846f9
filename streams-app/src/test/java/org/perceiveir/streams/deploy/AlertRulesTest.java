package org.perceiveir.streams.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The alert rules, judged by Prometheus' own tool where the machine has it. */
class AlertRulesTest {
  private static final String NEEDS =
      "needs promtool on the PATH (Debian: apt install prometheus); the rules are not checked";

  private static List<JsonNode> rules() {
    List<JsonNode> all = new ArrayList<>();
    DeployFiles.yaml(DeployFiles.PROMETHEUS.resolve("alerts.yml"))
        .path("groups")
        .forEach(group -> group.path("rules").forEach(all::add));
    return all;
  }

  private static DeployFiles.Run promtool(String... arguments) throws Exception {
    Optional<Path> promtool = DeployFiles.program("promtool");
    assumeTrue(promtool.isPresent(), NEEDS);
    List<String> command = new ArrayList<>(List.of(promtool.orElseThrow().toString()));
    command.addAll(List.of(arguments));
    return DeployFiles.run(DeployFiles.PROMETHEUS, command);
  }

  @Test
  void shouldBeRulesThatPrometheusTakes() throws Exception {
    DeployFiles.Run check = promtool("check", "rules", "alerts.yml");

    assertThat(check.code()).as(check.output()).isZero();
    assertThat(check.output()).contains("SUCCESS: " + rules().size() + " rules found");
  }

  @Test
  void shouldFireAndResolveByTheirTests() throws Exception {
    DeployFiles.Run test = promtool("test", "rules", "alerts.test.yml");

    assertThat(test.code()).as(test.output()).isZero();
    assertThat(test.output()).contains("SUCCESS");
  }

  /** A rule whose test is forgotten may never fire, and one that never resolves is ignored. */
  @Test
  void shouldHaveATestOfFiringAndOneOfResolvingForEachAlert() {
    Set<String> alerts = new TreeSet<>();
    rules().forEach(rule -> alerts.add(rule.path("alert").asText()));
    Set<String> fires = new TreeSet<>();
    Set<String> resolves = new TreeSet<>();
    for (JsonNode test :
        DeployFiles.yaml(DeployFiles.PROMETHEUS.resolve("alerts.test.yml")).path("tests")) {
      boolean fired = false;
      for (JsonNode at : test.path("alert_rule_test")) {
        String name = at.path("alertname").asText();
        assertThat(name).isEqualTo(test.path("name").asText());
        if (!at.path("exp_alerts").isEmpty()) {
          fires.add(name);
          fired = true;
        } else if (fired) {
          resolves.add(name);
        }
      }
    }
    assertThat(alerts).hasSameSizeAs(rules());
    assertThat(fires).isEqualTo(alerts);
    assertThat(resolves).isEqualTo(alerts);
  }

  /** Who is woken by an alert follows its link first. */
  @Test
  void shouldTellWhatToDoAboutEachAlert() throws Exception {
    for (JsonNode rule : rules()) {
      String name = rule.path("alert").asText();
      JsonNode told = rule.path("annotations");
      assertThat(told.path("summary").asText()).as(name).isNotBlank();
      assertThat(told.path("description").asText()).as(name).isNotBlank();
      assertThat(rule.path("labels").path("severity").asText())
          .as(name)
          .isIn("critical", "warning", "info");
      String[] link = told.path("runbook_url").asText().split("#", -1);
      assertThat(link).as(name).hasSize(2);
      assertThat(anchors(DeployFiles.ROOT.resolve(link[0]))).as(name).contains(link[1]);
    }
  }

  /** Anchors that GitHub and GitLab make of headings. */
  private static List<String> anchors(Path page) throws Exception {
    return Files.readAllLines(page).stream()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ +", "").toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^a-z0-9 -]", "").replace(' ', '-'))
        .toList();
  }
}
