package org.perceiveir.streams.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.embedded.EmbeddedBroker;
import org.perceiveir.embedded.EmbeddedSchemaRegistry;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.books.BookKeeper;
import org.perceiveir.streams.books.Books;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.service.PerceiveService;
import org.perceiveir.streams.topics.TopicAdmin;
import org.perceiveir.streams.topology.BadFrames;

/**
 * The settings of docker-compose.tls.yml on a real broker: certificates and passwords by the
 * stack's own script, the broker's properties and the clients' configuration by the stack's own
 * files. Only addresses and directories are others.
 */
class SecuredKafkaIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String CLIENT_DIR = "/run/perceive";
  private static final String BROKER_DIR = "/run/kafka-tls";
  private static final Pattern EXPORT =
      Pattern.compile("export ([A-Z_]+)=\"\\$\\$\\(cat ([^)]+)\\)\"");

  @TempDir private static Path dir = Path.of("");
  private static EmbeddedBroker broker;
  private static EmbeddedSchemaRegistry registry;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs /bin/sh");
    makeSecrets(dir.resolve("clients"), dir.resolve("broker"));
    String protocols =
        ComposeFiles.environment("kafka", ComposeFiles.BASE, ComposeFiles.TLS)
            .getOrDefault("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "");
    assertThat(protocols).contains("CLIENTS:SASL_SSL", "HOST:SASL_SSL");
    broker =
        EmbeddedBroker.start(
            dir.resolve("kafka"),
            brokerProperties(),
            new EmbeddedBroker.SecondListener("CLIENTS", "SASL_SSL"));
    registry = EmbeddedSchemaRegistry.start(0);
  }

  @AfterAll
  static void stop() {
    if (registry != null) {
      registry.close();
    }
    if (broker != null) {
      broker.close();
    }
  }

  private static void makeSecrets(Path clients, Path ofBroker) throws Exception {
    Files.createDirectories(clients);
    Files.createDirectories(ofBroker);
    String keytools = Path.of(System.getProperty("java.home"), "bin").toString();
    DeployFiles.Run run =
        DeployFiles.run(
            dir,
            List.of(
                "/bin/sh",
                "-c",
                "PATH=\"$1:$PATH\" exec /bin/sh \"$2\" \"$3\" \"$4\"",
                "sh",
                keytools,
                DeployFiles.ROOT.resolve("deploy/compose/make-secrets.sh").toString(),
                clients.toString(),
                ofBroker.toString()));
    assertThat(run.code()).as(run.output()).isZero();
  }

  /**
   * Variables of the override and what its command exports, as the image makes properties of them.
   */
  private static Map<String, String> brokerProperties() throws IOException {
    Map<String, String> variables = ComposeFiles.environment("kafka", ComposeFiles.TLS);
    variables.putAll(exported("kafka"));
    Map<String, String> properties = new HashMap<>();
    variables.forEach(
        (name, value) -> {
          String key = name.substring("KAFKA_".length()).toLowerCase(Locale.ROOT).replace('_', '.');
          if (!key.startsWith("listener.security")) {
            properties.put(key, local(value));
          }
        });
    assertThat(properties)
        .containsKeys("ssl.keystore.location", "listener.name.clients.plain.sasl.jaas.config");
    // Only CLIENTS is opened here; clients of this machine come by HOST.
    assertThat(properties.get("listener.name.host.plain.sasl.jaas.config"))
        .isEqualTo(properties.get("listener.name.clients.plain.sasl.jaas.config"));
    return properties;
  }

  private static Map<String, String> exported(String service) throws IOException {
    Map<String, String> variables = new HashMap<>();
    JsonNode command =
        ComposeFiles.read(ComposeFiles.TLS).path("services").path(service).path("command");
    Matcher export = EXPORT.matcher(command.path(2).asText());
    while (export.find()) {
      variables.put(export.group(1), Files.readString(Path.of(local(export.group(2)))));
    }
    assertThat(variables).isNotEmpty();
    return variables;
  }

  private static String local(String value) {
    return value
        .replace(CLIENT_DIR, dir.resolve("clients").toString())
        .replace(BROKER_DIR, dir.resolve("broker").toString());
  }

  private static String address() {
    return broker.secondBootstrapServers().orElseThrow();
  }

  /** The clients' configuration, for what the caller calls the directory of its secrets. */
  private static ServiceConfig config(String name, Path secrets) throws IOException {
    String text =
        Files.readString(DeployFiles.ROOT.resolve("deploy/tls/perceive.properties"))
            .replace("kafka:19092", address())
            .replace("http://schema-registry:8081", registry.url())
            .replace(CLIENT_DIR, secrets.toString())
            .replace("http.port=9464", "http.port=-1\naggregates.enabled=false")
            .replace("live.page=true", "live.page=false")
            .replace("stream.threads=2", "stream.threads=1")
            .replace("warmup.frame.size=640x384", "warmup.frame.size=16x8\nwarmup.frames=1")
            .replaceAll("(?m)^tiers\\..*$", "");
    Path file = Files.writeString(dir.resolve(name + ".properties"), text);
    return ServiceConfig.load(file);
  }

  @Test
  void shouldRestoreFramesOverTlsWhenTheClientsHaveTheStacksConfiguration() throws Exception {
    ServiceConfig config = config("stack", dir.resolve("clients"));
    assertThat(config.kafkaSettings()).containsEntry("security.protocol", "SASL_SSL");
    try (TopicAdmin topics = TopicAdmin.open(config)) {
      assertThat(topics.create()).isNotEmpty();
    }
    try (PerceiveService service = new PerceiveService(config, FakeRestorer::new);
        BookKeeper keeper = BookKeeper.open(config)) {
      service.start();
      try (FramePublisher publisher = FramePublisher.open(config)) {
        List<CompletableFuture<?>> sent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          sent.add(
              publisher.publish(
                  new FrameIdentity("cam", 1L, (long) i, null),
                  BadFrames.image(16, 8),
                  FrameEncoding.PNG));
        }
        sent.forEach(CompletableFuture::join);
      }
      Books books = keeper.settle(LONG);

      assertThat(books.settled()).isTrue();
      assertThat(books.restored()).isEqualTo(5);
    }
  }

  @Test
  void shouldAnswerTheSchemaRegistryWithItsSettings() throws Exception {
    Map<String, String> variables = ComposeFiles.environment("schema-registry", ComposeFiles.TLS);
    variables.putAll(exported("schema-registry"));
    Map<String, Object> settings = new HashMap<>();
    variables.forEach(
        (name, value) ->
            settings.put(
                name.substring("SCHEMA_REGISTRY_KAFKASTORE_".length())
                    .toLowerCase(Locale.ROOT)
                    .replace('_', '.'),
                local(value)));
    settings.put("bootstrap.servers", address());
    try (Admin admin = Admin.create(settings)) {
      assertThat(admin.describeCluster().clusterId().get()).isNotBlank();
    }
  }

  @Test
  void shouldRefuseWhoHasAnotherPasswordOrTrustsAnotherAuthority() throws Exception {
    Path wrongPassword = copy(dir.resolve("clients"), "wrong-password");
    Files.delete(wrongPassword.resolve("kafka-password"));
    Files.writeString(wrongPassword.resolve("kafka-password"), "0123456789abcdef");
    Path wrongAuthority = copy(dir.resolve("clients"), "wrong-authority");
    Files.delete(wrongAuthority.resolve("ca.pem"));
    Files.writeString(wrongAuthority.resolve("ca.pem"), someAuthority());

    assertRefused(config("wrong-password", wrongPassword), SaslAuthenticationException.class);
    assertRefused(config("wrong-authority", wrongAuthority), SslAuthenticationException.class);
  }

  /** One of the authorities that the Java runtime knows. */
  private static String someAuthority() throws Exception {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder().encodeToString(manager.getAcceptedIssuers()[0].getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }

  private static Path copy(Path from, String name) throws IOException {
    Path to = Files.createDirectories(dir.resolve(name));
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(String.valueOf(file.getFileName())));
      }
    }
    return to;
  }

  private static void assertRefused(ServiceConfig config, Class<? extends Exception> how) {
    try (Admin admin = Admin.create(ClientSettings.admin(config))) {
      assertThatThrownBy(() -> admin.describeCluster().clusterId().get())
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(how);
    }
  }
}
