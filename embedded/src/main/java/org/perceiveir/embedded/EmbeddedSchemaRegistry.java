package org.perceiveir.embedded;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import org.perceiveir.embedded.SchemaLedger.Version;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A schema registry in this JVM and on 127.0.0.1 only: an in-memory subset of Confluent's REST API
 * for Avro, for the demo and for tests.
 *
 * <p>It knows subjects, versions, ids, compatibility levels and checks, and answers errors with
 * Confluent's codes. It does not know deletion, references, contexts, modes other than READWRITE,
 * or any schema type but AVRO. {@code normalize} is accepted and does nothing.
 */
public final class EmbeddedSchemaRegistry implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedSchemaRegistry.class);

  private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
  private static final String HOST = "127.0.0.1";
  private static final int MAX_REQUEST_BYTES = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  static {
    // The JDK's server sends headers and body in two packets, and without this setting, which it
    // reads once, the second waits 40 ms for the client's acknowledgement of the first.
    String noDelay = "sun.net.httpserver.nodelay";
    if (System.getProperty(noDelay) == null) {
      System.setProperty(noDelay, "true");
    }
  }

  private final SchemaLedger ledger;
  private int port;
  private @Nullable HttpServer server;
  private @Nullable ExecutorService workers;

  private EmbeddedSchemaRegistry(SchemaLedger ledger, int port) {
    this.ledger = ledger;
    this.port = port;
  }

  /**
   * Starts a registry that forgets its schemas when the JVM ends.
   *
   * @param port port on 127.0.0.1; 0 for a free one
   * @throws UncheckedIOException if the port is taken
   */
  public static EmbeddedSchemaRegistry start(int port) {
    EmbeddedSchemaRegistry registry = new EmbeddedSchemaRegistry(new SchemaLedger(null), port);
    registry.resume();
    return registry;
  }

  /**
   * Starts a registry that keeps its schemas in a file.
   *
   * @param port port on 127.0.0.1; 0 for a free one
   * @param file JSON file in an existing directory; read now if it exists
   * @throws UncheckedIOException if the port is taken or the file is not a registry's
   */
  public static EmbeddedSchemaRegistry start(int port, Path file) {
    EmbeddedSchemaRegistry registry = new EmbeddedSchemaRegistry(new SchemaLedger(file), port);
    registry.resume();
    return registry;
  }

  /** The URL for {@code schema.registry.url}. */
  public synchronized String url() {
    return "http://" + HOST + ":" + port;
  }

  /** The port on 127.0.0.1. */
  public synchronized int port() {
    return port;
  }

  /** Stops answering, as in an outage; the schemas stay for {@link #resume}. */
  public synchronized void pause() {
    if (server != null) {
      server.stop(0);
      server = null;
    }
    if (workers != null) {
      workers.shutdownNow();
      workers = null;
    }
  }

  /** Answers again, on the same port and with the same schemas, after {@link #pause}. */
  public synchronized void resume() {
    if (server != null) {
      return;
    }
    try {
      HttpServer http =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 0);
      ExecutorService threads =
          Executors.newFixedThreadPool(
              4,
              task -> {
                Thread thread = new Thread(task, "embedded-schema-registry");
                thread.setDaemon(true);
                return thread;
              });
      http.setExecutor(threads);
      http.createContext("/", this::handle);
      http.start();
      server = http;
      workers = threads;
      port = http.getAddress().getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The schema registry cannot listen on " + HOST + ":" + port + "; is the port in use?", e);
    }
  }

  /** Stops the registry. Further calls do nothing. */
  @Override
  public void close() {
    pause();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      int status = 200;
      String answer;
      try {
        answer = answer(exchange).toString();
      } catch (RegistryError e) {
        status = e.status();
        answer = error(e.code(), e.getMessage());
      } catch (RuntimeException e) {
        log.warn("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), e);
        status = 500;
        answer = error(50001, "Error in the embedded registry: " + e.getMessage());
      }
      byte[] body = answer.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", MEDIA_TYPE);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static String error(int code, @Nullable String message) {
    return JSON.createObjectNode().put("error_code", code).put("message", message).toString();
  }

  private JsonNode answer(HttpExchange exchange) throws IOException, RegistryError {
    List<String> path = segments(exchange.getRequestURI().getRawPath());
    String query = exchange.getRequestURI().getRawQuery();
    Request request =
        new Request(
            exchange.getRequestMethod(),
            path,
            query == null ? List.of() : List.of(query.split("&", -1)),
            body(exchange));
    return switch (path.isEmpty() ? "" : path.get(0)) {
      case "" -> request.get(JSON.createObjectNode());
      case "subjects" -> subjects(request);
      case "schemas" -> schemas(request);
      case "config" -> config(request);
      case "mode" -> request.get(JSON.createObjectNode().put("mode", "READWRITE"));
      case "compatibility" -> compatibility(request);
      default -> throw RegistryError.noSuchPath();
    };
  }

  private static List<String> segments(String rawPath) {
    return Arrays.stream(rawPath.split("/", -1))
        .filter(segment -> !segment.isEmpty())
        .map(segment -> URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8))
        .toList();
  }

  private static String body(HttpExchange exchange) throws IOException, RegistryError {
    byte[] body = exchange.getRequestBody().readNBytes(MAX_REQUEST_BYTES + 1);
    if (body.length > MAX_REQUEST_BYTES) {
      throw RegistryError.tooLong(MAX_REQUEST_BYTES);
    }
    return new String(body, StandardCharsets.UTF_8);
  }

  private record Request(String method, List<String> path, List<String> query, String body) {
    boolean isPost() {
      return method.equals("POST");
    }

    JsonNode get(JsonNode answer) throws RegistryError {
      if (!method.equals("GET")) {
        throw RegistryError.methodNotAllowed();
      }
      return answer;
    }

    JsonNode json() throws RegistryError {
      try {
        return JSON.readTree(body);
      } catch (JsonProcessingException e) {
        throw RegistryError.invalidSchema("the request is not JSON");
      }
    }

    Schema schema() throws RegistryError {
      JsonNode json = json();
      String type = json.path("schemaType").asText("AVRO");
      if (!type.equals("AVRO")) {
        throw RegistryError.invalidSchema("the type " + type + " is not AVRO");
      }
      if (!json.path("references").isEmpty()) {
        throw RegistryError.invalidSchema("references are not supported");
      }
      return SchemaLedger.parse(json.path("schema").asText());
    }
  }

  private JsonNode subjects(Request request) throws RegistryError {
    List<String> path = request.path();
    if (path.size() == 1) {
      return request.get(JSON.valueToTree(ledger.subjects()));
    }
    String subject = path.get(1);
    if (path.size() == 2) {
      if (!request.isPost()) {
        throw RegistryError.methodNotAllowed();
      }
      return describe(ledger.lookUp(subject, request.schema()));
    }
    if (!path.get(2).equals("versions")) {
      throw RegistryError.noSuchPath();
    }
    if (path.size() == 3) {
      return request.isPost()
          ? JSON.createObjectNode().put("id", ledger.register(subject, request.schema()))
          : request.get(JSON.valueToTree(ledger.versions(subject)));
    }
    Version version = ledger.version(subject, path.get(3));
    if (path.size() == 4) {
      return request.get(describe(version));
    }
    if (path.size() == 5 && path.get(4).equals("schema")) {
      return request.get(tree(version.schema()));
    }
    throw RegistryError.noSuchPath();
  }

  private static ObjectNode describe(Version version) {
    return JSON.createObjectNode()
        .put("subject", version.subject())
        .put("version", version.version())
        .put("id", version.id())
        .put("schema", version.schema().toString());
  }

  private static JsonNode tree(Schema schema) {
    try {
      return JSON.readTree(schema.toString());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Avro wrote a schema that is not JSON", e);
    }
  }

  private JsonNode schemas(Request request) throws RegistryError {
    List<String> path = request.path();
    if (path.size() == 2 && path.get(1).equals("types")) {
      return request.get(JSON.createArrayNode().add("AVRO"));
    }
    if (path.size() < 3 || !path.get(1).equals("ids")) {
      throw RegistryError.noSuchPath();
    }
    String id = path.get(2);
    String detail = path.size() == 3 ? "" : path.get(3);
    return switch (detail) {
      case "" -> request.get(JSON.createObjectNode().put("schema", ledger.byId(id).toString()));
      case "schema" -> request.get(tree(ledger.byId(id)));
      case "subjects" -> {
        ArrayNode subjects = JSON.createArrayNode();
        ledger.uses(id).forEach(use -> subjects.add(use.subject()));
        yield request.get(subjects);
      }
      case "versions" -> {
        ArrayNode versions = JSON.createArrayNode();
        ledger
            .uses(id)
            .forEach(
                use ->
                    versions
                        .addObject()
                        .put("subject", use.subject())
                        .put("version", use.version()));
        yield request.get(versions);
      }
      default -> throw RegistryError.noSuchPath();
    };
  }

  private JsonNode config(Request request) throws RegistryError {
    List<String> path = request.path();
    if (path.size() > 2) {
      throw RegistryError.noSuchPath();
    }
    if (request.method().equals("PUT")) {
      CompatibilityLevel level =
          SchemaLedger.parseLevel(request.json().path("compatibility").asText());
      if (path.size() == 1) {
        ledger.setGlobalLevel(level);
      } else {
        ledger.setLevel(path.get(1), level);
      }
      return JSON.createObjectNode().put("compatibility", level.name());
    }
    CompatibilityLevel level;
    if (path.size() == 1) {
      level = ledger.globalLevel();
    } else if (request.query().contains("defaultToGlobal=true")) {
      level = ledger.level(path.get(1));
    } else {
      level = ledger.ownLevel(path.get(1));
    }
    return request.get(JSON.createObjectNode().put("compatibilityLevel", level.name()));
  }

  private JsonNode compatibility(Request request) throws RegistryError {
    List<String> path = request.path();
    if (path.size() < 4
        || path.size() > 5
        || !path.get(1).equals("subjects")
        || !path.get(3).equals("versions")) {
      throw RegistryError.noSuchPath();
    }
    if (!request.isPost()) {
      throw RegistryError.methodNotAllowed();
    }
    List<String> violations =
        ledger.violations(path.get(2), path.size() == 5 ? path.get(4) : null, request.schema());
    ObjectNode answer = JSON.createObjectNode().put("is_compatible", violations.isEmpty());
    if (request.query().contains("verbose=true")) {
      violations.forEach(answer.putArray("messages")::add);
    }
    return answer;
  }
}
