package org.perceiveir.streams.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real Prometheus in a process of its own, on localhost. */
final class PrometheusServer implements AutoCloseable {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Process process;
  private final int port;
  private final Path log;
  private final HttpClient client = HttpClient.newHttpClient();

  private PrometheusServer(Process process, int port, Path log) {
    this.process = process;
    this.port = port;
    this.log = log;
  }

  /**
   * Starts one with the configuration of the compose stack, but for addresses and pace.
   *
   * @param program the server
   * @param dir for its data
   * @param target port on localhost that it scrapes
   * @param token file with the token that it sends
   */
  static PrometheusServer start(Path program, Path dir, int target, Path token) throws Exception {
    JsonNode config = DeployFiles.yaml(DeployFiles.PROMETHEUS.resolve("prometheus.yml"));
    ObjectNode global = (ObjectNode) config.path("global");
    global.put("scrape_interval", "500ms").put("scrape_timeout", "500ms");
    global.put("evaluation_interval", "500ms");
    ((ObjectNode) config)
        .putArray("rule_files")
        .add(DeployFiles.PROMETHEUS.resolve("alerts.yml").toString());
    ObjectNode job = (ObjectNode) config.path("scrape_configs").path(0);
    ((ObjectNode) job.path("authorization")).put("credentials_file", token.toString());
    job.remove("dns_sd_configs");
    job.putArray("static_configs").addObject().putArray("targets").add("localhost:" + target);
    ((ObjectNode) config).putArray("scrape_configs").add(job);
    Path file = dir.resolve("prometheus.yml");
    // JSON is YAML.
    DeployFiles.JSON.writeValue(file.toFile(), config);

    Path log = dir.resolve("prometheus.log");
    int port = freePort();
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--config.file=" + file,
                "--storage.tsdb.path=" + dir.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    PrometheusServer server = new PrometheusServer(process, port, log);
    try {
      await().atMost(LONG).until(server::isReady);
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw new IllegalStateException("Prometheus does not start: " + Files.readString(log), e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean isReady() throws IOException, InterruptedException {
    if (!process.isAlive()) {
      throw new IllegalStateException("it ended: " + Files.readString(log));
    }
    try {
      return get("/-/ready").statusCode() == 200;
    } catch (java.net.ConnectException e) {
      return false;
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(address() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Where it listens. */
  String address() {
    return "http://127.0.0.1:" + port;
  }

  /**
   * What it answers.
   *
   * @param path of the API, for instance {@code rules}
   */
  JsonNode api(String path) throws IOException, InterruptedException {
    return DeployFiles.JSON.readTree(get("/api/v1/" + path).body());
  }

  /**
   * The values of an expression now, of all series that have a number.
   *
   * @throws IllegalArgumentException if it is no expression
   */
  List<Double> values(String expression) throws IOException, InterruptedException {
    JsonNode answer = api("query?query=" + URLEncoder.encode(expression, UTF_8));
    if (!answer.path("status").asText().equals("success")) {
      throw new IllegalArgumentException(expression + ": " + answer.path("error").asText());
    }
    List<Double> values = new ArrayList<>();
    for (JsonNode series : answer.path("data").path("result")) {
      String text = series.path("value").path(1).asText();
      if (!text.equals("NaN")) {
        values.add(
            switch (text) {
              case "+Inf" -> Double.POSITIVE_INFINITY;
              case "-Inf" -> Double.NEGATIVE_INFINITY;
              default -> Double.valueOf(text);
            });
      }
    }
    return values;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
