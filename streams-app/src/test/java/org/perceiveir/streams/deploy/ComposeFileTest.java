package org.perceiveir.streams.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.streams.config.ServiceConfig;

/** What can be said of the compose stack without a Docker; ComposeStackIT runs it with one. */
class ComposeFileTest {
  private static final Set<String> ONE_SHOT = Set.of("secrets", "topics", "tools");

  private static List<Error> errors(JsonNode compose) throws Exception {
    try (InputStream in =
        ComposeFileTest.class.getResourceAsStream("/compose-spec/compose-spec.json")) {
      ObjectNode schema = (ObjectNode) DeployFiles.JSON.readTree(in);
      // Neither address is one that a strict validator takes; the references are all within the
      // file.
      assertThat(schema.remove("$schema").asText()).contains("draft-07");
      schema.remove("$id");
      Schema compiled =
          SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7).getSchema(schema);
      return compiled.validate(compose);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {ComposeFiles.BASE, ComposeFiles.TLS})
  void shouldFollowTheComposeSpecification(String file) throws Exception {
    assertThat(errors(ComposeFiles.read(file))).isEmpty();
  }

  /** Else the test above could not fail. */
  @Test
  void shouldNotFollowTheSpecificationWhenAKeyIsMistyped() throws Exception {
    ObjectNode compose = ComposeFiles.read(ComposeFiles.BASE);
    ObjectNode kafka = (ObjectNode) compose.path("services").path("kafka");
    kafka.set("healthchek", Objects.requireNonNull(kafka.remove("healthcheck")));

    assertThat(errors(compose)).extracting(Error::toString).anyMatch(e -> e.contains("healthchek"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ComposeFiles.TLS})
  void shouldBeReadByDockerCompose(String override) throws Exception {
    Optional<Path> compose = DeployFiles.program("docker-compose");
    assumeTrue(
        compose.isPresent(),
        "needs docker-compose on the PATH (Debian: apt install docker-compose); the schema alone"
            + " was checked");
    List<String> command = new ArrayList<>();
    command.addAll(List.of(compose.orElseThrow().toString(), "-f", ComposeFiles.BASE));
    if (!override.isEmpty()) {
      command.addAll(List.of("-f", override));
    }
    command.addAll(List.of("config", "-q"));

    DeployFiles.Run run = DeployFiles.run(DeployFiles.ROOT, command);

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).isBlank();
  }

  @Test
  void shouldBoundEveryServiceAndGiveNoneRights() {
    ComposeFiles.services(ComposeFiles.BASE)
        .forEach(
            (name, service) -> {
              assertThat(service.path("user").asText()).as(name).isNotEmpty().isNotEqualTo("root");
              assertThat(service.path("user").asText()).as(name).doesNotStartWith("0");
              assertThat(service.path("mem_limit").asText()).as(name).matches("[0-9]+[mg]");
              assertThat(service.path("cap_drop").path(0).asText()).as(name).isEqualTo("ALL");
              assertThat(service.path("security_opt").path(0).asText())
                  .as(name)
                  .isEqualTo("no-new-privileges:true");
              assertThat(service.has("privileged")).as(name).isFalse();
              assertThat(service.has("cap_add")).as(name).isFalse();
              assertThat(service.path("image").asText())
                  .as(name)
                  .matches("[a-z/-]+:v?[0-9]+\\.[0-9]+\\.[0-9]+");
              assertThat(service.path("restart").asText())
                  .as(name)
                  .isEqualTo(ONE_SHOT.contains(name) ? "no" : "unless-stopped");
            });
  }

  /** The same commit must make the same images next year; a tag of one number moves on. */
  @Test
  void shouldNameTheBaseImagesOfOurOwnToTheLastNumber() throws Exception {
    List<String> bases =
        Files.readAllLines(DeployFiles.ROOT.resolve("Dockerfile")).stream()
            .filter(line -> line.startsWith("FROM ") && line.contains(":"))
            .map(line -> line.split(" ", -1)[1])
            .toList();

    assertThat(bases)
        .hasSize(3)
        .allMatch(base -> base.matches("[a-z/-]+:[0-9]+\\.[0-9]+\\.[0-9]+[_-].+"));
  }

  /** A registry must not be asked for images that are built here: somebody may own the name. */
  @Test
  void shouldFetchNoImageOfOurOwn() {
    ComposeFiles.services(ComposeFiles.BASE)
        .forEach(
            (name, service) -> {
              if (service.path("image").asText().startsWith("perceive-ir/")) {
                assertThat(
                        service.has("build")
                            || service.path("pull_policy").asText().equals("never"))
                    .as(name)
                    .isTrue();
              }
            });
  }

  /** What others wait for must tell when it is there; the producer is waited for by nobody. */
  @Test
  void shouldCheckTheHealthOfWhatServes() {
    JsonNode base = ComposeFiles.read(ComposeFiles.BASE).path("services");
    ComposeFiles.services(ComposeFiles.BASE)
        .forEach(
            (name, service) -> {
              boolean serves = !ONE_SHOT.contains(name) && !name.equals("producer");
              assertThat(service.has("healthcheck")).as(name).isEqualTo(serves);
              service
                  .path("depends_on")
                  .properties()
                  .forEach(
                      wait ->
                          assertThat(wait.getValue().path("condition").asText())
                              .as("%s waits for %s", name, wait.getKey())
                              .isEqualTo(
                                  base.path(wait.getKey()).has("healthcheck")
                                      ? "service_healthy"
                                      : "service_completed_successfully"));
            });
  }

  /** A port without an address is open to the whole network, past the machine's own firewall. */
  @ParameterizedTest
  @ValueSource(strings = {ComposeFiles.BASE, ComposeFiles.TLS})
  void shouldOpenPortsOnThisMachineOnly(String file) {
    ComposeFiles.services(file)
        .forEach(
            (name, service) -> {
              assertThat(service.path("network_mode").asText()).as(name).isEmpty();
              service
                  .path("ports")
                  .forEach(port -> assertThat(port.asText()).as(name).startsWith("127.0.0.1:"));
            });
  }

  @Test
  void shouldMountOnlyNamedVolumesAndFilesThatAreThere() {
    for (String file : List.of(ComposeFiles.BASE, ComposeFiles.TLS)) {
      Set<String> named = new HashSet<>();
      ComposeFiles.read(ComposeFiles.BASE)
          .path("volumes")
          .fieldNames()
          .forEachRemaining(named::add);
      ComposeFiles.read(file).path("volumes").fieldNames().forEachRemaining(named::add);
      ComposeFiles.services(file)
          .forEach(
              (name, service) -> {
                for (JsonNode volume : service.path("volumes")) {
                  String[] parts = volume.asText().split(":", -1);
                  if (parts[0].startsWith("./")) {
                    assertThat(DeployFiles.ROOT.resolve(parts[0])).as(name).exists();
                    assertThat(parts[2]).as("%s: %s", name, volume).isEqualTo("ro");
                  } else {
                    assertThat(named).as(name).contains(parts[0]);
                  }
                }
              });
    }
  }

  /** One place decides which Kafka is meant. */
  @Test
  void shouldRunTheKafkaThatTheClientsAreBuiltFor() throws Exception {
    String pom = Files.readString(DeployFiles.ROOT.resolve("pom.xml"));
    String image =
        ComposeFiles.read(ComposeFiles.BASE).path("services").path("kafka").path("image").asText();

    assertThat(pom)
        .contains("<kafka.version>" + image.substring(image.indexOf(':') + 1) + "</kafka.version>");
  }

  /** Two files for one service drift apart unless somebody looks. */
  @Test
  void shouldDifferInKafkasSecurityOnlyBetweenTheTwoConfigurations() throws Exception {
    Properties plain = properties("deploy/compose/perceive.properties");
    Properties secured = properties("deploy/tls/perceive.properties");
    Set<String> added = new HashSet<>(secured.stringPropertyNames());
    added.removeAll(plain.stringPropertyNames());

    assertThat(added)
        .allMatch(key -> key.matches("kafka\\.(security|sasl|ssl)\\..*"))
        .contains("kafka.security.protocol");
    added.forEach(secured::remove);
    assertThat(secured).isEqualTo(plain);
  }

  @Test
  void shouldHaveAConfigurationThatTheServiceTakesOnceTheSecretsAreMade() throws Exception {
    Path token = Files.createTempFile("http-token", "");
    try {
      Files.writeString(token, "0123456789abcdef");
      Properties settings = properties("deploy/compose/perceive.properties");
      settings.setProperty("http.token.file", token.toString());
      ServiceConfig config =
          ServiceConfig.of(
              settings.stringPropertyNames().stream()
                  .collect(java.util.stream.Collectors.toMap(k -> k, settings::getProperty)));

      assertThat(config.http().bind()).isEqualTo("0.0.0.0");
      assertThat(config.http().token()).isPresent();
      // The health check asks as localhost, Prometheus by the address of each instance.
      assertThat(config.http().port()).isEqualTo(9464);
      assertThat(config.bootstrapServers()).isEqualTo("kafka:19092");
    } finally {
      Files.delete(token);
    }
  }

  private static Properties properties(String file) throws Exception {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(DeployFiles.ROOT.resolve(file))) {
      properties.load(reader);
    }
    return properties;
  }
}
