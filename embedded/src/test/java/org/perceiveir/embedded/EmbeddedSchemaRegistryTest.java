package org.perceiveir.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.serde.ConfluentAvroSerde;
import org.perceiveir.schemas.serde.RegistryRefusedException;
import org.perceiveir.schemas.serde.RegistryUnavailableException;

class EmbeddedSchemaRegistryTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final String V1 = record("{\"name\":\"a\",\"type\":\"int\"}");

  /** Reads V1 and is read by it. */
  private static final String WITH_DEFAULT =
      record("{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"int\",\"default\":0}");

  /** Is read by V1, but cannot read it. */
  private static final String WITHOUT_DEFAULT =
      record("{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"int\"}");

  /** Reads V1, but cannot be read by it. */
  private static final String EMPTY = record("");

  private EmbeddedSchemaRegistry registry;

  @BeforeEach
  void start() {
    registry = EmbeddedSchemaRegistry.start(0);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void shouldListenOnLoopbackOnly() {
    assertThat(registry.url()).isEqualTo("http://127.0.0.1:" + registry.port());
  }

  @Test
  void shouldGiveOneIdPerTextAndVersionsPerSubjectWhenRegistering() throws Exception {
    assertThat(register("s", V1)).isEqualTo(1);
    assertThat(register("s", V1)).isEqualTo(1);
    assertThat(register("other", V1)).isEqualTo(1);
    assertThat(register("s", WITH_DEFAULT)).isEqualTo(2);

    assertThat(get("/subjects")).hasToString("[\"other\",\"s\"]");
    assertThat(get("/subjects/s/versions")).hasToString("[1,2]");
    JsonNode second = get("/subjects/s/versions/2");
    assertThat(second.path("subject").asText()).isEqualTo("s");
    assertThat(second.path("id").asInt()).isEqualTo(2);
    assertThat(JSON.readTree(second.path("schema").asText()))
        .isEqualTo(JSON.readTree(WITH_DEFAULT));
    assertThat(get("/subjects/s/versions/latest")).isEqualTo(second);
    assertThat(get("/subjects/s/versions/-1")).isEqualTo(second);
    assertThat(get("/subjects/s/versions/1/schema")).isEqualTo(JSON.readTree(V1));
    assertThat(JSON.readTree(get("/schemas/ids/1?fetchMaxId=false").path("schema").asText()))
        .isEqualTo(JSON.readTree(V1));
    assertThat(get("/schemas/ids/1/schema")).isEqualTo(JSON.readTree(V1));
    assertThat(get("/schemas/ids/1/subjects")).hasToString("[\"other\",\"s\"]");
    assertThat(get("/schemas/ids/2/versions")).hasToString("[{\"subject\":\"s\",\"version\":2}]");
    assertThat(get("/schemas/types")).hasToString("[\"AVRO\"]");
    assertThat(get("/mode")).hasToString("{\"mode\":\"READWRITE\"}");
    assertThat(get("/")).hasToString("{}");
  }

  @Test
  void shouldFindVersionWhenSchemaIsLookedUp() throws Exception {
    register("s", V1);
    register("s", WITH_DEFAULT);
    JsonNode found = body(send("POST", "/subjects/s", request(WITH_DEFAULT)));
    assertThat(found.path("version").asInt()).isEqualTo(2);
    assertThat(found.path("id").asInt()).isEqualTo(2);
  }

  @Test
  void shouldDecodeSubjectWhenItIsEscaped() throws Exception {
    register("a%2Fb%20c%2B", V1);
    assertThat(get("/subjects")).hasToString("[\"a/b c+\"]");
  }

  @Test
  void shouldAnswerWithConfluentsCodesWhenSomethingIsMissingOrInvalid() throws Exception {
    register("s", V1);
    assertError("GET", "/subjects/none/versions", null, 404, 40401);
    assertError("GET", "/subjects/none/versions/1", null, 404, 40401);
    assertError("POST", "/subjects/none", request(V1), 404, 40401);
    assertError("GET", "/subjects/s/versions/9", null, 404, 40402);
    assertError("POST", "/subjects/s", request(EMPTY), 404, 40403);
    assertError("GET", "/schemas/ids/99", null, 404, 40403);
    assertError("GET", "/schemas/ids/x", null, 404, 404);
    assertError("GET", "/config/s", null, 404, 40408);
    assertError("GET", "/nonsense", null, 404, 404);
    assertError("GET", "/subjects/s/versions/1/nonsense", null, 404, 404);
    assertError("DELETE", "/subjects/s", null, 405, 405);
    assertError("POST", "/subjects/s/versions", request("{\"type\":\"recod\"}"), 422, 42201);
    assertError("POST", "/subjects/s/versions", "not JSON", 422, 42201);
    assertError("POST", "/subjects/s/versions", "{\"schemaType\":\"JSON\"}", 422, 42201);
    assertError("GET", "/subjects/s/versions/0", null, 422, 42202);
    assertError("GET", "/subjects/s/versions/first", null, 422, 42202);
    assertError("PUT", "/config", "{\"compatibility\":\"SOMEWHAT\"}", 422, 42203);
    assertError("POST", "/subjects/s/versions", " ".repeat((1 << 20) + 1), 413, 413);
  }

  @ParameterizedTest
  @CsvSource({
    "NONE,                true,  true,  true",
    "BACKWARD,            true,  false, true",
    "BACKWARD_TRANSITIVE, true,  false, true",
    "FORWARD,             true,  true,  false",
    "FORWARD_TRANSITIVE,  true,  true,  false",
    "FULL,                true,  false, false",
    "FULL_TRANSITIVE,     true,  false, false",
  })
  void shouldAdmitWhatTheLevelAllowsWhenChecking(
      String level, boolean withDefault, boolean withoutDefault, boolean empty) throws Exception {
    register("s", V1);
    assertThat(body(send("PUT", "/config", "{\"compatibility\":\"" + level + "\"}")))
        .hasToString("{\"compatibility\":\"" + level + "\"}");
    assertThat(get("/config")).hasToString("{\"compatibilityLevel\":\"" + level + "\"}");
    assertCompatible(WITH_DEFAULT, withDefault);
    assertCompatible(WITHOUT_DEFAULT, withoutDefault);
    assertCompatible(EMPTY, empty);
  }

  private void assertCompatible(String schema, boolean expected) throws Exception {
    for (String versions : new String[] {"versions", "versions/latest", "versions/1"}) {
      JsonNode answer =
          body(send("POST", "/compatibility/subjects/s/" + versions, request(schema)));
      assertThat(answer).hasToString("{\"is_compatible\":" + expected + "}");
    }
  }

  @Test
  void shouldCompareWithAllVersionsOnlyWhenLevelIsTransitive() throws Exception {
    // b is an int in version 1, gone in version 2: a string b is no clash with the latest only.
    String text =
        record(
            "{\"name\":\"a\",\"type\":\"int\"},"
                + "{\"name\":\"b\",\"type\":\"string\",\"default\":\"\"}");
    register("s", WITH_DEFAULT);
    register("s", V1);
    send("PUT", "/config/s", "{\"compatibility\":\"BACKWARD_TRANSITIVE\"}");
    HttpResponse<String> refused = send("POST", "/subjects/s/versions", request(text));
    assertThat(refused.statusCode()).isEqualTo(409);
    send("PUT", "/config/s", "{\"compatibility\":\"BACKWARD\"}");
    assertThat(register("s", text)).isEqualTo(3);
  }

  @Test
  void shouldRefuseIncompatibleSchemaAndSayWhyWhenRegistering() throws Exception {
    register("s", V1);
    HttpResponse<String> refused = send("POST", "/subjects/s/versions", request(WITHOUT_DEFAULT));
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(body(refused).path("error_code").asInt()).isEqualTo(409);
    assertThat(body(refused).path("message").asText()).contains("READER_FIELD_MISSING_DEFAULT");
    JsonNode verbose =
        body(
            send(
                "POST",
                "/compatibility/subjects/s/versions/latest?verbose=true",
                request(WITHOUT_DEFAULT)));
    assertThat(verbose.path("messages")).hasSize(1);
    assertThat(get("/subjects/s/versions")).hasToString("[1]");
  }

  @Test
  void shouldPreferLevelOfTheSubjectWhenItHasOne() throws Exception {
    send("PUT", "/config/s", "{\"compatibility\":\"none\"}");
    assertThat(get("/config/s")).hasToString("{\"compatibilityLevel\":\"NONE\"}");
    assertThat(get("/config/t?defaultToGlobal=true"))
        .hasToString("{\"compatibilityLevel\":\"BACKWARD\"}");
    register("s", V1);
    assertThat(register("s", WITHOUT_DEFAULT)).isEqualTo(2);
  }

  @Test
  void shouldKeepSchemasIdsAndLevelsWhenStartedAgainOnTheSameFile(@TempDir Path dir)
      throws Exception {
    registry.close();
    Path file = dir.resolve("schemas.json");
    registry = EmbeddedSchemaRegistry.start(0, file);
    register("s", V1);
    register("t", EMPTY);
    send("PUT", "/config", "{\"compatibility\":\"FULL\"}");
    send("PUT", "/config/t", "{\"compatibility\":\"NONE\"}");
    registry.close();

    registry = EmbeddedSchemaRegistry.start(0, file);
    assertThat(get("/subjects")).hasToString("[\"s\",\"t\"]");
    assertThat(get("/config")).hasToString("{\"compatibilityLevel\":\"FULL\"}");
    assertThat(get("/config/t")).hasToString("{\"compatibilityLevel\":\"NONE\"}");
    assertThat(register("s", V1)).isEqualTo(1);
    assertThat(register("s", WITH_DEFAULT)).isEqualTo(3);

    Files.writeString(file, "{");
    assertThatThrownBy(() -> EmbeddedSchemaRegistry.start(0, file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("delete it");
  }

  @Test
  void shouldServeAgainOnTheSamePortWhenResumedAfterAnOutage() throws Exception {
    register("identities-value", FrameIdentity.getClassSchema().toString());
    byte[] message = serde().serializer().serialize("identities", identity());
    String url = registry.url();

    registry.pause();
    assertThatThrownBy(() -> serde().deserializer().deserialize("identities", message))
        .isInstanceOf(RegistryUnavailableException.class);
    registry.resume();
    assertThat(registry.url()).isEqualTo(url);
    assertThat(serde().deserializer().deserialize("identities", message)).isEqualTo(identity());
  }

  @Test
  void shouldTellPoisonFromRefusalWhenAskedByTheSerde() throws Exception {
    assertThatThrownBy(
            () -> serde().deserializer().deserialize("identities", new byte[] {0, 0, 0, 0, 9}))
        .isInstanceOf(SerializationException.class);
    register("identities-value", V1);
    assertThatThrownBy(() -> serde().serializer().serialize("identities", identity()))
        .isInstanceOfSatisfying(
            RegistryRefusedException.class, e -> assertThat(e.errorCode()).isEqualTo(409));
  }

  @Test
  void shouldNameThePortWhenItIsTaken() {
    assertThatThrownBy(() -> EmbeddedSchemaRegistry.start(registry.port()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("127.0.0.1:" + registry.port());
  }

  private ConfluentAvroSerde<FrameIdentity> serde() {
    return ConfluentAvroSerde.forValue(
        FrameIdentity.class,
        Map.of("schema.registry.url", registry.url(), "max.retries", 1, "retries.wait.ms", 1));
  }

  private static FrameIdentity identity() {
    return new FrameIdentity("camera", 1L, 2L, null);
  }

  private static String record(String fields) {
    return "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" + fields + "]}";
  }

  private static String request(String schema) throws IOException {
    Map<String, String> request = new HashMap<>();
    request.put("schema", schema);
    return JSON.writeValueAsString(request);
  }

  private int register(String subject, String schema) throws Exception {
    HttpResponse<String> answer =
        send("POST", "/subjects/" + subject + "/versions", request(schema));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("application/vnd.schemaregistry.v1+json");
    return body(answer).path("id").asInt();
  }

  private JsonNode get(String path) throws Exception {
    HttpResponse<String> answer = send("GET", path, null);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return body(answer);
  }

  private void assertError(String method, String path, @Nullable String body, int status, int code)
      throws Exception {
    HttpResponse<String> answer = send(method, path, body);
    assertThat(answer.statusCode()).as(method + " " + path).isEqualTo(status);
    assertThat(body(answer).path("error_code").asInt()).as(method + " " + path).isEqualTo(code);
    assertThat(body(answer).path("message").asText()).isNotBlank();
  }

  private static JsonNode body(HttpResponse<String> answer) throws IOException {
    return JSON.readTree(answer.body());
  }

  private HttpResponse<String> send(String method, String path, @Nullable String body)
      throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(URI.create(registry.url() + path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }
}
