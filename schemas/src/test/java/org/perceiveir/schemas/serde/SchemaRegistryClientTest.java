package org.perceiveir.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaRegistryClientTest {
  private static final String BY_ID = "GET /schemas/ids/7?fetchMaxId=false";
  private static final String STRING = "{\"schema\":\"\\\"string\\\"\"}";

  private ScriptedRegistry registry;

  @BeforeEach
  void start() throws IOException {
    registry = new ScriptedRegistry().answer(BY_ID, 200, STRING);
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void shouldRetryWhenStatusIsTransient(int status) {
    registry.answerNext(status, "").answerNext(status, "");
    assertThat(client(registry.url(), Map.of()).byId(7))
        .isEqualTo(Schema.create(Schema.Type.STRING));
    assertThat(registry.asked()).hasSize(3);
  }

  /** Whoever registers schemas chooses the ids, so what is remembered must have an end. */
  @Test
  void shouldAskAgainForTheFirstOfMoreIdsThanItRemembers() {
    SchemaRegistryClient client = client(registry.url(), Map.of());
    for (int id = 0; id <= 1_000; id++) {
      registry.answer("GET /schemas/ids/" + id + "?fetchMaxId=false", 200, STRING);
    }
    for (int round = 0; round < 2; round++) {
      for (int id = 0; id < 1_000; id++) {
        client.byId(id);
      }
    }
    assertThat(registry.asked()).hasSize(1_000);

    client.byId(1_000);
    client.byId(0);

    assertThat(registry.asked()).hasSize(1_002);
  }

  @Test
  void shouldRetryWhenAnswerIsNotJson() {
    registry.answerNext(200, "<html>");
    assertThat(client(registry.url(), Map.of()).byId(7).getType()).isEqualTo(Schema.Type.STRING);
  }

  @Test
  void shouldRetryWhenBodyStallsAfterTheHeaders() {
    registry.stallNext();
    SchemaRegistryClient client =
        client(registry.url(), Map.of(ConfluentAvroConfig.HTTP_READ_TIMEOUT_MS, "300"));
    assertThat(client.byId(7).getType()).isEqualTo(Schema.Type.STRING);
  }

  @Test
  void shouldAskNextUrlAndStayWithItWhenOneRefusesConnections() throws IOException {
    SchemaRegistryClient client = client(deadUrl() + "," + registry.url() + "/", Map.of());
    registry.answer("GET /schemas/ids/8?fetchMaxId=false", 200, STRING);
    client.byId(7);
    client.byId(8);
    assertThat(registry.asked()).hasSize(2);
  }

  @Test
  void shouldReportOutageAsRetriableAndNotAsPoisonWhenNobodyAnswers() throws IOException {
    String dead = deadUrl();
    SchemaRegistryClient client = client("http://me:secret@" + dead.substring(7), Map.of());
    assertThatThrownBy(() -> client.byId(7))
        .isInstanceOf(RegistryUnavailableException.class)
        .isInstanceOf(RetriableException.class)
        .isNotInstanceOf(SerializationException.class)
        .hasMessageContaining(dead)
        .hasMessageContaining("3 rounds")
        .hasMessageNotContaining("secret");
  }

  @Test
  void shouldGiveUpAfterTheConfiguredRoundsWhenRegistryStaysBroken() {
    for (int i = 0; i < 9; i++) {
      registry.answerNext(503, "");
    }
    SchemaRegistryClient client =
        client(registry.url(), Map.of(ConfluentAvroConfig.MAX_RETRIES, "1"));
    assertThatThrownBy(() -> client.byId(7)).isInstanceOf(RegistryUnavailableException.class);
    assertThat(registry.asked()).hasSize(2);
  }

  @Test
  void shouldAskOnceWhenSchemaIsAskedForAgain() {
    SchemaRegistryClient client = client(registry.url(), Map.of());
    assertThat(client.byId(7)).isSameAs(client.byId(7));
    assertThat(registry.asked()).hasSize(1);
  }

  @Test
  void shouldCallRecordPoisonWhenRegistryDoesNotKnowItsId() {
    registry.answerNext(404, "{\"error_code\":40403,\"message\":\"Schema 7 not found\"}");
    assertThatThrownBy(() -> client(registry.url(), Map.of()).byId(7))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("id 7");
    assertThat(registry.asked()).hasSize(1);
  }

  @Test
  void shouldNotBlameTheRecordWhenTheAnswerIsNotARegistrys() {
    for (String answer : new String[] {"{}", "{\"status\":\"maintenance\"}"}) {
      registry.answerNext(200, answer);
      assertThatThrownBy(() -> client(registry.url(), Map.of()).byId(7))
          .as(answer)
          .isInstanceOf(RegistryRefusedException.class)
          .hasMessageContaining("id 7");
    }
  }

  @Test
  void shouldCallRecordPoisonWhenItsSchemaIsOfAnotherKind() {
    for (String schema :
        new String[] {
          "{\"schemaType\":\"PROTOBUF\",\"schema\":\"message A {}\"}",
          "{\"schema\":\"\\\"a.B\\\"\",\"references\":[{\"name\":\"a.B\"}]}",
          "{\"schema\":\"nonsense\"}",
          "{\"schema\":\"{\\\"type\\\":\\\"array\\\",\\\"items\\\":\\\"null\\\"}\"}"
        }) {
      registry.answerNext(200, schema);
      assertThatThrownBy(() -> client(registry.url(), Map.of()).byId(7))
          .as(schema)
          .isInstanceOf(SerializationException.class)
          .hasMessageContaining("id 7");
    }
  }

  /** A wrong path or password must stop the worker, not send every frame to the dead letters. */
  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 409, 422})
  void shouldReportRefusalAndNotPoisonWhenRegistrySaysNo(int status) {
    registry.answerNext(status, "<html>no</html>");
    assertThatThrownBy(() -> client(registry.url(), Map.of()).byId(7))
        .isInstanceOfSatisfying(
            RegistryRefusedException.class,
            e -> {
              assertThat(e.status()).isEqualTo(status);
              assertThat(e.errorCode()).isZero();
              assertThat(e).hasMessageEndingWith(": HTTP " + status);
            });
    assertThat(registry.asked()).hasSize(1);
  }

  @Test
  void shouldRepeatWhatTheRegistrySaidWhenItRefuses() {
    registry.answerNext(403, "{\"error_code\":40301,\"message\":\"read only\"}");
    assertThatThrownBy(() -> client(registry.url(), Map.of()).byId(7))
        .isInstanceOf(RegistryRefusedException.class)
        .hasMessageEndingWith(": HTTP 403, code 40301, read only");
  }

  @Test
  void shouldReadAnswersUpToTheirLimitAndNotBeyond() {
    String longest = STRING + " ".repeat((8 << 20) - STRING.length());
    SchemaRegistryClient client =
        client(registry.url(), Map.of(ConfluentAvroConfig.MAX_RETRIES, "0"));

    registry.answerNext(200, longest + " ");
    assertThatThrownBy(() -> client.byId(7))
        .isInstanceOf(RegistryUnavailableException.class)
        .hasMessageContaining("longer than 8388608 bytes");
    registry.answerNext(200, longest);
    assertThat(client.byId(7).getType()).isEqualTo(Schema.Type.STRING);
  }

  @Test
  void shouldReportRefusalWhenAnswerHasNoId() {
    registry.answer("POST /subjects/s/versions", 200, "{}");
    assertThatThrownBy(
            () ->
                client(registry.url(), Map.of())
                    .register("s", Schema.create(Schema.Type.STRING), false))
        .isInstanceOf(RegistryRefusedException.class);
  }

  @Test
  void shouldEscapeSubjectAndPassNormalizeWhenRegistering() {
    registry.answer("POST /subjects/a%2Fb%20c-value/versions?normalize=true", 200, "{\"id\":5}");
    assertThat(
            client(registry.url(), Map.of())
                .register("a/b c-value", Schema.create(Schema.Type.STRING), true))
        .isEqualTo(5);
    assertThat(registry.asked().get(0).body()).isEqualTo("{\"schema\":\"\\\"string\\\"\"}");
    assertThat(registry.asked().get(0).contentType())
        .isEqualTo("application/vnd.schemaregistry.v1+json");
  }

  @Test
  void shouldSendCredentialsWhenTheyStandInTheUrlOrTheConfiguration() {
    client(registry.url().replace("http://", "http://me:in-url@"), Map.of()).byId(7);
    client(
            registry.url(),
            Map.of(
                ConfluentAvroConfig.BASIC_AUTH_CREDENTIALS_SOURCE,
                "USER_INFO",
                ConfluentAvroConfig.BASIC_AUTH_USER_INFO,
                "me:in-config"))
        .byId(7);
    client(registry.url(), Map.of()).byId(7);
    assertThat(registry.asked())
        .extracting(ScriptedRegistry.Asked::authorization)
        .containsExactly("Basic bWU6aW4tdXJs", "Basic bWU6aW4tY29uZmln", null);
  }

  @Test
  void shouldWaitTwiceAsLongInEachRoundUpToTheLimit() {
    assertThat(SchemaRegistryClient.longestPause(1, 100, 1_000)).isEqualTo(100);
    assertThat(SchemaRegistryClient.longestPause(2, 100, 1_000)).isEqualTo(200);
    assertThat(SchemaRegistryClient.longestPause(4, 100, 1_000)).isEqualTo(800);
    assertThat(SchemaRegistryClient.longestPause(5, 100, 1_000)).isEqualTo(1_000);
    assertThat(SchemaRegistryClient.longestPause(Integer.MAX_VALUE, 100, 1_000)).isEqualTo(1_000);
  }

  @Test
  void shouldPauseBetweenRoundsAndStopWhenInterruptedThere() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      registry.answerNext(503, "");
    }
    Map<String, String> patient =
        Map.of(
            ConfluentAvroConfig.RETRIES_WAIT_MS, "3600000",
            ConfluentAvroConfig.RETRIES_MAX_WAIT_MS, "3600000");
    SchemaRegistryClient client = client(registry.url(), patient);
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Thread asker =
        new Thread(() -> end.complete(catchThrowable(() -> client.byId(7))), "asks in vain");
    asker.start();
    while (!sleeps(asker)) {
      asker.join(10);
    }

    asker.interrupt();

    assertThat(end.join()).isInstanceOf(InterruptException.class);
    assertThat(registry.asked()).hasSize(1);
  }

  private static boolean sleeps(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("sleep"));
  }

  @Test
  void shouldStopWaitingWhenThreadIsInterrupted() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> client(registry.url(), Map.of()).byId(7))
        .isInstanceOf(InterruptException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  private static SchemaRegistryClient client(String urls, Map<String, String> more) {
    Map<String, String> config = new HashMap<>();
    config.put(ConfluentAvroConfig.SCHEMA_REGISTRY_URL, urls);
    config.put(ConfluentAvroConfig.MAX_RETRIES, "2");
    config.put(ConfluentAvroConfig.RETRIES_WAIT_MS, "1");
    config.putAll(more);
    return new SchemaRegistryClient(new ConfluentAvroConfig(config));
  }

  private static String deadUrl() throws IOException {
    try (ServerSocket socket =
        new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      return "http://127.0.0.1:" + socket.getLocalPort();
    }
  }
}
