package org.perceiveir.schemas.serde;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.serde.ConfluentAvroConfig.Endpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of Confluent's registry REST API that a serde and its check need. Thread-safe.
 *
 * <p>A call tries every URL once, from the one that answered last; if none answers it waits and
 * goes round again. The wait is drawn evenly from 0 to {@code retries.wait.ms * 2^round}, at most
 * {@code retries.max.wait.ms} ("full jitter"), so that many workers do not come back at once.
 */
final class SchemaRegistryClient {
  private static final Logger log = LoggerFactory.getLogger(SchemaRegistryClient.class);

  private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
  private static final Set<Integer> RETRIED_STATUSES = Set.of(408, 429, 500, 502, 503, 504);
  private static final int SCHEMA_NOT_FOUND = 40403;

  /** Far above any schema, far below what would hurt. */
  private static final int MAX_ANSWER_BYTES = 8 << 20;

  /** Bound of the cache: a producer of random ids must not fill the heap. */
  private static final int MAX_CACHED_SCHEMAS = 1_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** One JDK client, with its threads, for each connect timeout in use. */
  private static final Map<Duration, HttpClient> HTTP = new ConcurrentHashMap<>();

  private final List<Endpoint> endpoints;
  private final HttpClient http;
  private final Duration exchangeTimeout;
  private final int maxRetries;
  private final long waitMs;
  private final long maxWaitMs;
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private volatile int preferred;

  SchemaRegistryClient(ConfluentAvroConfig config) {
    endpoints = config.endpoints();
    http =
        HTTP.computeIfAbsent(
            config.duration(ConfluentAvroConfig.HTTP_CONNECT_TIMEOUT_MS),
            timeout ->
                HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(timeout)
                    .build());
    exchangeTimeout = config.duration(ConfluentAvroConfig.HTTP_READ_TIMEOUT_MS);
    maxRetries = config.getInt(ConfluentAvroConfig.MAX_RETRIES);
    waitMs = config.getInt(ConfluentAvroConfig.RETRIES_WAIT_MS);
    maxWaitMs = config.getInt(ConfluentAvroConfig.RETRIES_MAX_WAIT_MS);
  }

  /** A schema and the id that the registry gave it. */
  record RegisteredSchema(int id, Schema schema) {}

  /** The id of {@code schema} under {@code subject}, given to it now if it has none. */
  int register(String subject, Schema schema, boolean normalize) {
    return id(call("POST", subjectPath(subject) + "/versions" + query(normalize), body(schema)));
  }

  /** The id of {@code schema} under {@code subject}, where it must be registered already. */
  int lookUp(String subject, Schema schema, boolean normalize) {
    return id(call("POST", subjectPath(subject) + query(normalize), body(schema)));
  }

  /** The newest schema under {@code subject}. */
  RegisteredSchema latest(String subject) {
    JsonNode answer = call("GET", subjectPath(subject) + "/versions/latest", null);
    int id = id(answer);
    return new RegisteredSchema(id, parse(id, answer));
  }

  /**
   * Whether the registry would take {@code schema} as the next one under {@code subject}.
   *
   * @throws RegistryRefusedException with the code 40401 or 40402 if there is none yet
   */
  boolean wouldTake(String subject, Schema schema) {
    String path = "/compatibility" + subjectPath(subject) + "/versions/latest";
    return call("POST", path, body(schema)).path("is_compatible").asBoolean();
  }

  /**
   * The schema that the registry gave {@code id}.
   *
   * @throws SerializationException if the registry says that it gave no Avro schema this id
   */
  Schema byId(int id) {
    Schema known = schemas.get(id);
    if (known != null) {
      return known;
    }
    JsonNode answer;
    try {
      answer = call("GET", "/schemas/ids/" + id + "?fetchMaxId=false", null);
    } catch (RegistryRefusedException e) {
      // Only the registry's own code counts: a bare 404 may be a wrong URL, and that must not make
      // every record look like poison.
      if (e.errorCode() == SCHEMA_NOT_FOUND) {
        throw new SerializationException(
            "The schema registry has no schema with the id " + id + " that the record names", e);
      }
      throw e;
    }
    Schema schema = parse(id, answer);
    if (schemas.size() >= MAX_CACHED_SCHEMAS) {
      schemas.clear();
    }
    schemas.put(id, schema);
    return schema;
  }

  /**
   * The schema in an answer of the registry.
   *
   * @throws SerializationException if it is none that records may be read with
   */
  static Schema parse(int id, JsonNode answer) {
    String type = answer.path("schemaType").asText("AVRO");
    if (!type.equals("AVRO")) {
      throw new SerializationException(
          "The schema with the id " + id + " is of the type " + type + ", not AVRO");
    }
    if (!answer.path("references").isEmpty()) {
      throw new SerializationException(
          "The schema with the id "
              + id
              + " refers to other subjects; register it with its types inlined");
    }
    if (!answer.path("schema").isTextual()) {
      // A page of a proxy, say: it tells nothing about the record.
      throw new RegistryRefusedException(
          "The schema registry's answer for the id " + id + " has no schema; is its URL right?",
          200,
          0);
    }
    try {
      Schema schema =
          new Schema.Parser().setValidateDefaults(false).parse(answer.path("schema").asText());
      SchemaBounds.check(schema);
      return schema;
    } catch (SchemaBounds.ExceededException e) {
      throw new SerializationException(
          "The schema with the id " + id + " is not one to read records with: " + e.getMessage(),
          e);
    } catch (RuntimeException e) {
      // Not SchemaParseException alone: an undefined name, for one, is an AvroTypeException.
      throw new SerializationException(
          "The schema with the id " + id + " is not a valid Avro schema", e);
    }
  }

  private static int id(JsonNode answer) {
    JsonNode id = answer.path("id");
    if (!id.isInt()) {
      throw new RegistryRefusedException(
          "The schema registry's answer has no id; is its URL right?", 200, 0);
    }
    return id.intValue();
  }

  private static String subjectPath(String subject) {
    return "/subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static String query(boolean normalize) {
    return normalize ? "?normalize=true" : "";
  }

  private static String body(Schema schema) {
    return JSON.createObjectNode().put("schema", schema.toString()).toString();
  }

  private JsonNode call(String method, String path, @Nullable String body) {
    IOException last = new IOException("not tried");
    for (int round = 0; round <= maxRetries; round++) {
      if (round > 0) {
        pause(round);
      }
      int first = preferred;
      for (int i = 0; i < endpoints.size(); i++) {
        int index = (first + i) % endpoints.size();
        try {
          JsonNode answer = exchange(endpoints.get(index), method, path, body);
          preferred = index;
          return answer;
        } catch (IOException e) {
          log.debug("{} {}{} failed in round {}", method, endpoints.get(index), path, round, e);
          last = e;
        }
      }
    }
    throw new RegistryUnavailableException(
        "No answer from the schema registry at "
            + endpoints
            + " after "
            + (maxRetries + 1)
            + " rounds, last: "
            + last.getMessage()
            + "; check "
            + ConfluentAvroConfig.SCHEMA_REGISTRY_URL
            + " and whether it runs",
        last);
  }

  private void pause(int round) {
    long limit = longestPause(round, waitMs, maxWaitMs);
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(limit + 1));
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Twice that of the round before, up to a limit; what is waited is drawn below it. */
  static long longestPause(int round, long firstMs, long mostMs) {
    return Math.min(mostMs, firstMs << Math.min(round - 1, 20));
  }

  /**
   * One request.
   *
   * @throws IOException if a retry may help
   * @throws RegistryRefusedException if it cannot
   */
  private JsonNode exchange(Endpoint endpoint, String method, String path, @Nullable String body)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(endpoint.base() + path))
            .timeout(exchangeTimeout)
            .header("Accept", MEDIA_TYPE)
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", MEDIA_TYPE);
    }
    String authorization = endpoint.authorization();
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    Answer answer = send(endpoint, request.build());
    if (RETRIED_STATUSES.contains(answer.status())) {
      throw new IOException("HTTP " + answer.status() + " from " + endpoint);
    }
    if (answer.status() / 100 != 2) {
      throw refusal(endpoint, method, path, answer);
    }
    return JSON.readTree(answer.body());
  }

  private record Answer(int status, String body) {}

  private Answer send(Endpoint endpoint, HttpRequest request) throws IOException {
    // The request's own timeout ends with the headers; this one covers a body that stalls too.
    CompletableFuture<Answer> exchange =
        http.sendAsync(request, BodyHandlers.ofInputStream())
            .thenApplyAsync(SchemaRegistryClient::read);
    try {
      return exchange.get(exchangeTimeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw new IOException(endpoint + ": " + cause, cause);
    } catch (TimeoutException e) {
      throw new IOException(endpoint + ": no whole answer within " + exchangeTimeout, e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } finally {
      exchange.cancel(true);
    }
  }

  private static Answer read(HttpResponse<InputStream> response) {
    try (InputStream in = response.body()) {
      byte[] bytes = in.readNBytes(MAX_ANSWER_BYTES + 1);
      if (bytes.length > MAX_ANSWER_BYTES) {
        throw new UncheckedIOException(
            new IOException("the answer is longer than " + MAX_ANSWER_BYTES + " bytes"));
      }
      return new Answer(response.statusCode(), new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RegistryRefusedException refusal(
      Endpoint endpoint, String method, String path, Answer answer) {
    int errorCode = 0;
    String message = "";
    try {
      JsonNode error = JSON.readTree(answer.body());
      errorCode = error.path("error_code").asInt();
      message = error.path("message").asText();
    } catch (IOException e) {
      log.debug("{} answered HTTP {} without JSON", endpoint, answer.status(), e);
    }
    return new RegistryRefusedException(
        "The schema registry refused "
            + method
            + " "
            + endpoint
            + path
            + ": HTTP "
            + answer.status()
            + (errorCode == 0 ? "" : ", code " + errorCode)
            + (message.isEmpty() ? "" : ", " + message),
        answer.status(),
        errorCode);
  }
}
