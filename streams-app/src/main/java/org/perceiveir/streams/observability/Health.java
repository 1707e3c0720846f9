package org.perceiveir.streams.observability;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.perceiveir.streams.http.OperationsServer;
import org.perceiveir.streams.http.Reply;

/**
 * The health pages.
 *
 * <pre>
 * GET /health/live    200 while the process is worth keeping, also while it starts; 503 when the
 *                     service has failed or is closed
 * GET /health/ready   200 when frames are restored, else 503 and what is missing
 * </pre>
 *
 * <p>Both answer without a token, since the probes of an orchestrator seldom carry one, and then
 * say yes or no only.
 */
final class Health {
  private static final String JSON = "application/json";

  private final Observed service;
  private final ObjectMapper json = new ObjectMapper();
  private final List<Condition> conditions = new CopyOnWriteArrayList<>();

  private record Condition(String what, BooleanSupplier holds) {}

  Health(Observed service) {
    this.service = service;
    require("bundle warm", service::isWarm);
    require("service RUNNING", service::isRunning);
    require("streams RUNNING", () -> service.streamsState().filter("RUNNING"::equals).isPresent());
  }

  /** Adds what must hold before the service is ready. */
  void require(String what, BooleanSupplier holds) {
    conditions.add(new Condition(what, holds));
  }

  /** Whether everything required holds. */
  boolean isReady() {
    return missing().isEmpty();
  }

  private List<String> missing() {
    return conditions.stream().filter(c -> !c.holds().getAsBoolean()).map(Condition::what).toList();
  }

  void serve(OperationsServer server) {
    server.route(
        "/health/live",
        true,
        (exchange, trusted) -> {
          boolean alive = service.isAlive();
          ObjectNode body = json.createObjectNode().put("live", alive);
          if (trusted) {
            body.put("service", service.state());
          }
          Reply.send(exchange, alive ? 200 : 503, JSON, bytes(body));
        });
    server.route(
        "/health/ready",
        true,
        (exchange, trusted) -> {
          List<String> missing = missing();
          ObjectNode body = json.createObjectNode().put("ready", missing.isEmpty());
          if (trusted) {
            body.put("service", service.state());
            body.put("streams", service.streamsState().orElse(null));
            missing.forEach(body.putArray("missing")::add);
          }
          Reply.send(exchange, missing.isEmpty() ? 200 : 503, JSON, bytes(body));
        });
  }

  private byte[] bytes(ObjectNode body) throws IOException {
    return json.writeValueAsBytes(body);
  }
}
