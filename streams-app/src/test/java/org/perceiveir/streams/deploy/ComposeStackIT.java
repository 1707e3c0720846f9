package org.perceiveir.streams.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.streams.client.CommittedRecords;
import org.perceiveir.streams.config.ServiceConfig;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.ComposeContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * The compose stack itself: built, started, and looked at from outside. It builds two images and
 * pulls four others, which takes minutes, and needs the stack's ports; {@code
 * -Dperceive.stack=false} leaves it out where there is a Docker too.
 */
class ComposeStackIT {
  private static final Duration BUILD = Duration.ofMinutes(30);
  private static final Duration LONG = Duration.ofMinutes(3);

  private final HttpClient client = HttpClient.newHttpClient();

  private JsonNode get(String uri) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(uri).isEqualTo(200);
    return DeployFiles.JSON.readTree(answer.body());
  }

  @Test
  void shouldShowRestoredFramesAndFilledDashboards() throws Exception {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "needs a Docker engine; the compose stack was checked by its files only");
    assumeTrue(
        !"false".equals(System.getProperty("perceive.stack")),
        "left out by -Dperceive.stack=false");
    try (ComposeContainer stack =
        new ComposeContainer(DeployFiles.ROOT.resolve(ComposeFiles.BASE).toFile())
            .withBuild(true)
            .waitingFor("streams-app", Wait.forHealthcheck().withStartupTimeout(BUILD))
            .waitingFor("grafana", Wait.forHealthcheck().withStartupTimeout(BUILD))) {
      stack.start();
      checkRestored();
      await()
          .atMost(LONG)
          .untilAsserted(
              () ->
                  assertThat(
                          get("http://localhost:9090/api/v1/query?query=sum(perceive_frames_total)")
                              .path("data")
                              .path("result"))
                      .isNotEmpty());
      checkDashboards();
    }
  }

  private static void checkRestored() {
    ServiceConfig outside =
        ServiceConfig.of(
            Map.of(
                "kafka.bootstrap.servers",
                "localhost:9092",
                "schema.registry.url",
                "http://localhost:8081"));
    Set<String> sources = new HashSet<>();
    try (CommittedRecords<RestoredFrame> restored =
        CommittedRecords.restored(outside, CommittedRecords.From.BEGINNING)) {
      await()
          .atMost(LONG)
          .until(
              () -> {
                restored
                    .poll(Duration.ofMillis(500))
                    .forEach(entry -> sources.add(entry.value().getIdentity().getSourceId()));
                return sources.equals(Set.of("sample-1", "sample-2"));
              });
    }
  }

  private void checkDashboards() throws Exception {
    Set<String> uids = new HashSet<>();
    get("http://localhost:3000/api/search?type=dash-db")
        .forEach(found -> uids.add(found.path("uid").asText()));
    for (Dashboard dashboard : DeployFiles.dashboards()) {
      assertThat(uids).contains(dashboard.json().path("uid").asText());
      await().atMost(LONG).untilAsserted(() -> checkPanels(dashboard));
    }
    // Fetched after Grafana's start.
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> get("http://localhost:3000/api/datasources/uid/perceive-kafka/health"));
  }

  /** By the way a panel asks: some expressions have nothing to show, such as those of failures. */
  private void checkPanels(Dashboard dashboard) throws Exception {
    int filled = 0;
    for (Dashboard.Expression expression : dashboard.expressions()) {
      JsonNode answer =
          get(
              "http://localhost:3000/api/datasources/proxy/uid/perceive-prometheus/api/v1/query"
                  + "?query="
                  + URLEncoder.encode(expression.asSent("1m", "5m"), StandardCharsets.UTF_8));
      if (!answer.path("data").path("result").isEmpty()) {
        filled++;
      }
    }
    assertThat(filled)
        .as("filled panels of %s", dashboard.name())
        .isGreaterThanOrEqualTo((dashboard.expressions().size() + 1) / 2);
  }
}
