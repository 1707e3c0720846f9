package org.perceiveir.streams.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.QualityAlert;
import org.perceiveir.schemas.avro.SourceTelemetry;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.meters.Metric;

/**
 * What can be said of a dashboard without a Grafana. A panel with a wrong data source, or one over
 * another, is noticed by whoever needs it in an outage.
 */
class DashboardsTest {
  private static final int COLUMNS = 24;
  private static final Pattern OWN_METRIC = Pattern.compile("\\bperceive_[a-z0-9_]+");
  private static final Pattern HISTOGRAM_PART = Pattern.compile("_(bucket|sum|count|max)$");

  static Stream<Dashboard> dashboards() {
    return DeployFiles.dashboards().stream();
  }

  private static Set<String> dataSources() {
    Set<String> known = new HashSet<>();
    for (String file : List.of("prometheus.yml", "kafka.yml", "kafka-tls.yml")) {
      for (JsonNode source :
          DeployFiles.yaml(
                  file.equals("kafka-tls.yml")
                      ? DeployFiles.ROOT.resolve("deploy/tls/grafana-kafka.yml")
                      : DeployFiles.DATA_SOURCES.resolve(file))
              .path("datasources")) {
        known.add(source.path("type").asText() + " " + source.path("uid").asText());
      }
    }
    return known;
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldHaveWhatGrafanaNeedsToShowIt(Dashboard dashboard) {
    JsonNode json = dashboard.json();

    assertThat(dashboard.name()).isEqualTo(json.path("uid").asText() + ".json");
    assertThat(json.path("uid").asText()).matches("[a-z0-9-]{1,40}");
    assertThat(json.path("title").asText()).startsWith("Perceive-IR: ");
    assertThat(json.path("description").asText()).isNotBlank();
    // Grafana migrates what is older on each load, and refuses nothing: pinned, so that it is
    // known.
    assertThat(json.path("schemaVersion").asInt()).isEqualTo(42);
    assertThat(json.has("id")).as("an id belongs to one Grafana").isFalse();

    Set<Integer> ids = new HashSet<>();
    for (JsonNode panel : json.path("panels")) {
      assertThat(ids.add(panel.path("id").asInt())).as("id of %s", panel.path("title")).isTrue();
    }
    for (JsonNode panel : dashboard.panels()) {
      assertThat(panel.path("title").asText()).isNotBlank();
      assertThat(panel.path("description").asText()).as("%s", panel.path("title")).isNotBlank();
      assertThat(panel.path("targets")).as("%s", panel.path("title")).isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldPlaceEachPanelOnTheGridAndNoneOverAnother(Dashboard dashboard) {
    Set<String> taken = new HashSet<>();
    for (JsonNode panel : dashboard.json().path("panels")) {
      JsonNode at = panel.path("gridPos");
      int x = at.path("x").asInt(-1);
      int y = at.path("y").asInt(-1);
      int w = at.path("w").asInt(0);
      int h = at.path("h").asInt(0);
      assertThat(x).as("%s", panel.path("title")).isBetween(0, COLUMNS - 1);
      assertThat(x + w).as("%s", panel.path("title")).isBetween(1, COLUMNS);
      assertThat(y).isNotNegative();
      assertThat(h).isPositive();
      for (int column = x; column < x + w; column++) {
        for (int line = y; line < y + h; line++) {
          assertThat(taken.add(column + "," + line)).as("%s", panel.path("title")).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldAskOnlyDataSourcesThatAreProvisioned(Dashboard dashboard) {
    List<JsonNode> asked = new ArrayList<>();
    for (JsonNode panel : dashboard.panels()) {
      asked.add(panel.path("datasource"));
      panel.path("targets").forEach(target -> asked.add(target.path("datasource")));
    }
    dashboard.json().path("templating").path("list").forEach(v -> asked.add(v.path("datasource")));

    Set<String> known = dataSources();
    assertThat(asked)
        .isNotEmpty()
        .allSatisfy(
            source ->
                assertThat(known)
                    .contains(source.path("type").asText() + " " + source.path("uid").asText()));
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void shouldUseOnlyVariablesThatItDefines(Dashboard dashboard) {
    Set<String> defined = new HashSet<>(Set.of("__rate_interval", "__range"));
    dashboard
        .json()
        .path("templating")
        .path("list")
        .forEach(variable -> defined.add(variable.path("name").asText()));
    Pattern variable = Pattern.compile("\\$\\{?([A-Za-z_]+)");
    assertThat(dashboard.expressions())
        .allSatisfy(
            e ->
                assertThat(variable.matcher(e.expression()).results().map(r -> r.group(1)))
                    .isSubsetOf(defined));
  }

  @Test
  void shouldHaveOneDashboardForEachName() {
    assertThat(dashboards().map(d -> d.json().path("uid").asText()))
        .containsExactlyInAnyOrder(
            "perceive-service",
            "perceive-sources",
            "perceive-model",
            "perceive-kafka-clients",
            "perceive-telemetry-topics");
    assertThat(dashboards().map(d -> d.json().path("title").asText())).doesNotHaveDuplicates();
  }

  /**
   * A metric that no dashboard shows was counted for nobody; one that is not there shows nothing.
   */
  @Test
  void shouldShowEveryMetricOfTheCatalogueAndNoOther() {
    Set<String> shown = new TreeSet<>();
    Set<String> catalogue = new TreeSet<>();
    for (Metric metric : Metric.values()) {
      catalogue.add(metric.prometheusName());
    }
    for (Dashboard dashboard : DeployFiles.dashboards()) {
      for (Dashboard.Expression e : dashboard.expressions()) {
        OWN_METRIC
            .matcher(e.expression())
            .results()
            .map(MatchResult::group)
            .map(
                name ->
                    catalogue.contains(name) ? name : HISTOGRAM_PART.matcher(name).replaceFirst(""))
            .forEach(shown::add);
        if (e.expression().contains("process_resident_memory_bytes")) {
          shown.add("process_resident_memory_bytes");
        }
      }
    }
    assertThat(shown).isEqualTo(catalogue);
  }

  /** The Kafka data source shows a topic that is missing as an empty panel, without a word. */
  @Test
  void shouldReadTheTelemetryTopicsByTheirDefaultNamesAndFieldsThatTheirSchemasHave() {
    ServiceConfig config =
        ServiceConfig.of(
            Map.of("kafka.bootstrap.servers", "h:1", "schema.registry.url", "http://h"));
    Map<String, Schema> topics =
        Map.of(
            config.telemetryTopic(), FrameTelemetry.getClassSchema(),
            config.aggregates().sourcesTopic(), SourceTelemetry.getClassSchema(),
            config.aggregates().alertsTopic(), QualityAlert.getClassSchema());
    Set<String> read = new HashSet<>();
    for (Dashboard dashboard : DeployFiles.dashboards()) {
      for (JsonNode panel : dashboard.panels()) {
        String topic = panel.path("targets").path(0).path("topicName").asText();
        if (!topic.isEmpty()) {
          read.add(topic);
          assertThat(topics).as("%s", panel.path("title")).containsKey(topic);
          checkFields(
              panel,
              AvroFields.flattened(topics.getOrDefault(topic, Schema.create(Schema.Type.NULL))));
        }
      }
    }
    assertThat(read).isEqualTo(topics.keySet());
  }

  /** Each alternative of a panel's filter must match some field, else the panel lacks it. */
  private static void checkFields(JsonNode panel, List<String> fields) {
    JsonNode filter = panel.path("transformations").path(0);
    assertThat(filter.path("id").asText()).isEqualTo("filterFieldsByName");
    String pattern = filter.path("options").path("include").path("pattern").asText();
    assertThat(pattern).startsWith("/^(").endsWith(")$/i");
    for (String alternative : alternatives(pattern.substring(3, pattern.length() - 4))) {
      Pattern field = Pattern.compile(alternative, Pattern.CASE_INSENSITIVE);
      assertThat(fields)
          .as("%s: %s", panel.path("title"), alternative)
          .anyMatch(name -> field.matcher(name).matches());
    }
  }

  /** Splits at the bars that are in no brackets. */
  private static List<String> alternatives(String pattern) {
    List<String> all = new ArrayList<>();
    StringBuilder one = new StringBuilder();
    int depth = 0;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == '|' && depth == 0) {
        all.add(one.toString());
        one.setLength(0);
      } else {
        one.append(c);
      }
    }
    all.add(one.toString());
    return all;
  }
}
