package org.perceiveir.streams.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.session.MemoryBudget;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.streams.pass.Route;

class ServiceConfigTest {
  private static final Map<String, String> REQUIRED =
      Map.of(
          "kafka.bootstrap.servers", "127.0.0.1:9092",
          "schema.registry.url", "http://127.0.0.1:8081");

  private static Map<String, String> with(String key, String value) {
    Map<String, String> settings = new HashMap<>(REQUIRED);
    settings.put(key, value);
    return settings;
  }

  @Test
  void shouldTakeDefaultsWhenOnlyTheAddressesAreGiven() {
    ServiceConfig config = ServiceConfig.of(REQUIRED);

    assertThat(config.inputTopic()).isEqualTo("frames.degraded");
    assertThat(config.restoredTopic()).isEqualTo("frames.restored");
    assertThat(config.telemetryTopic()).isEqualTo("telemetry.frames");
    assertThat(config.deadLetterTopic()).isEqualTo("frames.dead-letter");
    assertThat(config.onRestoreError()).isEqualTo(RestoreErrorPolicy.DEAD_LETTER);
    assertThat(config.outputEncoding()).isEqualTo(OutputEncoding.SAME);
    assertThat(config.warmupFrameSize()).isEqualTo(new FrameSize(640, 352));
    assertThat(config.batchMaxDelay()).isEqualTo(Duration.ofMillis(5));
    assertThat(config.outputRecordMaxBytes()).isEqualTo(11 << 20);
  }

  @Test
  void shouldPassKafkaAndRegistrySettingsOnWithoutTheirPrefix() {
    Map<String, String> settings = new HashMap<>(REQUIRED);
    settings.put("kafka.security.protocol", "SSL");
    settings.put("kafka.producer.linger.ms", "7");
    settings.put("schema.registry.auto.register.schemas", "false");

    ServiceConfig config = ServiceConfig.of(settings);

    assertThat(config.kafkaSettings())
        .containsOnly(Map.entry("security.protocol", "SSL"), Map.entry("producer.linger.ms", "7"));
    assertThat(config.serdeSettings())
        .containsEntry("auto.register.schemas", "false")
        .containsEntry("schema.registry.url", "http://127.0.0.1:8081");
  }

  @ParameterizedTest
  @CsvSource({
    "topic.imput,topic.input",
    "batch.size,batch.max.size",
    "bundel,bundle",
    "bootstrap.servers,kafka.bootstrap.servers"
  })
  void shouldNameTheNearestKeyWhenAKeyIsUnknown(String typed, String meant) {
    assertThatThrownBy(() -> ServiceConfig.of(with(typed, "x")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(typed + "=x: no such key; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource({
    "stream.threads,0,at least 1",
    "stream.threads,two,int",
    "batch.max.delay.ms,-1,[0",
    "device,tpu,gpu:N",
    "topic.input,a b,topic name",
    "output.encoding,gif,png",
    "warmup.frame.size,640*352,WIDTHxHEIGHT",
    "frames.retention.ms,0,-1 or at least 1",
    "topics.replication.factor,0,-1 or at least 1",
  })
  void shouldNameKeyValueAndLimitWhenAValueIsOutOfRange(String key, String value, String limit) {
    assertThatThrownBy(() -> ServiceConfig.of(with(key, value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(key + "=" + value + ": must be ")
        .hasMessageContaining("correct it");
  }

  @Test
  void shouldSayWhatToAddWhenARequiredKeyIsMissing() {
    assertThatThrownBy(() -> ServiceConfig.of(Map.of("schema.registry.url", "http://x")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("kafka.bootstrap.servers is missing: add");
  }

  @ParameterizedTest
  @CsvSource({
    "kafka.processing.guarantee,at_least_once",
    "kafka.num.stream.threads,3",
    "kafka.consumer.isolation.level,read_uncommitted",
    "kafka.producer.acks,1"
  })
  void shouldRefuseKafkaSettingsThatWouldBreakThePromise(String key, String value) {
    assertThatThrownBy(() -> ServiceConfig.of(with(key, value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(key)
        .hasMessageContaining("the service sets it itself");
  }

  @Test
  void shouldRefuseOneNameForTwoTopics() {
    assertThatThrownBy(() -> ServiceConfig.of(with("topic.restored", "frames.degraded")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("also the value of topic.input");
  }

  @Test
  void shouldLetTheEnvironmentOverrideTheFile(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("service.properties");
    Files.writeString(
        file, "kafka.bootstrap.servers=a:1\nschema.registry.url=http://b\nstream.threads=3\n");

    ServiceConfig config =
        ServiceConfig.load(
            Optional.empty(),
            Map.of(
                "PERCEIVE_STREAMS_CONFIG", file.toString(),
                "PERCEIVE_STREAMS_KAFKA_BOOTSTRAP_SERVERS", "c:2",
                "PATH", "ignored"));

    assertThat(config.bootstrapServers()).isEqualTo("c:2");
    assertThat(config.streamThreads()).isEqualTo(3);
  }

  @Test
  void shouldNeedABundleOnlyToRun() {
    ServiceConfig config = ServiceConfig.of(REQUIRED);

    assertThatThrownBy(config::bundle)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("bundle is missing: add bundle=DIRECTORY");
  }

  /** The page goes stale unnoticed otherwise. */
  @Test
  void shouldDocumentEveryKeyInTheReferencePage() throws Exception {
    Path page = Path.of("..", "docs", "configuration.md");
    if (Boolean.getBoolean("perceive.docs.write")) {
      Files.createDirectories(page.toAbsolutePath().getParent());
      Files.writeString(page, ConfigReference.markdown());
    }

    assertThat(page)
        .withFailMessage(
            "docs/configuration.md is not what ServiceConfig says; write it with"
                + " -Dperceive.docs.write=true")
        .hasContent(ConfigReference.markdown());
  }

  @Test
  void shouldRefuseALivePageWithoutAPort() {
    Map<String, String> settings = new HashMap<>(REQUIRED);
    assertThat(ServiceConfig.of(settings).livePage().enabled()).isFalse();
    settings.put("live.page", "true");

    assertThatThrownBy(() -> ServiceConfig.of(settings))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("live.page=true: is served on no port")
        .hasMessageContaining("set http.port");
    settings.put("http.port", "0");
    assertThat(ServiceConfig.of(settings).livePage().enabled()).isTrue();
  }

  /** On an idle device every frame would wait for the whole delay and then be too old. */
  @Test
  void shouldRefuseABatchDelayThatLeavesNoTimeWithinTheAgeLimit() {
    Map<String, String> settings = new HashMap<>(REQUIRED);
    settings.put("frame.max.age.ms", "100");
    settings.put("batch.max.delay.ms", "60");

    assertThatThrownBy(() -> ServiceConfig.of(settings))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(
            "batch.max.delay.ms=60: must be at most half of frame.max.age.ms=100");
  }

  @Test
  void shouldRestoreEveryFrameFullyAndJudgeNoneWhenNoTierIsSet() {
    TierSettings tiers = ServiceConfig.of(REQUIRED).tiers();

    assertThat(tiers.perceiver()).isEmpty();
    assertThat(tiers.lightBundle()).isEmpty();
    assertThat(tiers.policy().uses(Route.PASS_THROUGH)).isFalse();
    assertThat(tiers.policy().uses(Route.LIGHT)).isFalse();
  }

  @Test
  void shouldRefuseAWayThatNobodyCanDecideOnOrGo() {
    assertThatThrownBy(() -> ServiceConfig.of(with("route.excellent", "pass-through")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "route.excellent=pass-through: nobody tells which frames are excellent; set"
                + " tiers.perceiver to a perceiver's directory, or leave the key out");
    Map<String, String> settings = with("route.mediocre", "light");
    settings.put("tiers.perceiver", "models/compact-perceiver");
    assertThatThrownBy(() -> ServiceConfig.of(settings))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(
            "route.mediocre=light: there is no lighter bundle; set" + " route.light.bundle");
  }

  @Test
  void shouldGiveAllNetworksOneMemoryBudget() {
    Map<String, String> settings = new HashMap<>(REQUIRED);
    settings.put("restore.memory.max.bytes", "1073741824");
    settings.put("restore.tile.max.side", "512");
    settings.put("restore.tile.overlap", "32");

    ServiceConfig config = ServiceConfig.of(settings);

    SessionOptions options = config.restore().sessionOptions();
    assertThat(options.memory()).hasToString("1024 MiB (restore.memory.max.bytes)");
    assertThat(options.memory()).isSameAs(config.restore().sessionOptions().memory());
    assertThat(options.maxTileSide()).isEqualTo(512);
    assertThat(options.tileOverlap()).isEqualTo(32);
    assertThat(ServiceConfig.of(REQUIRED).restore().memory()).isSameAs(MemoryBudget.ofMachine());
  }

  /** Tiles of which more than half would be computed twice. */
  @Test
  void shouldRefuseAnOverlapOfMoreThanAQuarterOfATile() {
    Map<String, String> settings = new HashMap<>(REQUIRED);
    settings.put("restore.tile.max.side", "256");
    settings.put("restore.tile.overlap", "65");

    assertThatThrownBy(() -> ServiceConfig.of(settings))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "restore.tile.overlap=65: must be at most a quarter of restore.tile.max.side=256; lower"
                + " it, or allow larger tiles");
  }

  @Test
  void shouldTakeSecretsFromWhereTheyAreKept(@TempDir Path dir) throws Exception {
    Files.writeString(dir.resolve("keys.properties"), "user=reader\nurl=http://b:1\n");
    Files.writeString(dir.resolve("password"), "s3cret\n");
    Path file = dir.resolve("service.properties");
    Files.writeString(
        file,
        """
        kafka.bootstrap.servers=${env:BROKERS}
        schema.registry.url=${file:%1$s/keys.properties:url}
        kafka.sasl.jaas.config=x username="${file:%1$s/keys.properties:user}" password="${dir:%1$s:password}";
        """
            .formatted(dir));

    ServiceConfig config =
        ServiceConfig.load(Optional.of(file), Map.of("BROKERS", "broker-1:9092"));

    assertThat(config.bootstrapServers()).isEqualTo("broker-1:9092");
    assertThat(config.registryUrl()).isEqualTo("http://b:1");
    assertThat(config.kafkaSettings())
        .containsEntry("sasl.jaas.config", "x username=\"reader\" password=\"s3cret\";");
  }

  @ParameterizedTest
  @CsvSource({
    "${env:PERCEIVE_NOT_SET}, there is no PERCEIVE_NOT_SET in the environment",
    "${file:/nowhere/at/all:x}, /nowhere/at/all cannot be read",
    "${dir:/:no-such-file}, there is no no-such-file in /",
    "${file:only-a-path}, no such reference",
    "${env:a:b}, no such reference"
  })
  void shouldSayWhatAReferenceDoesNotFind(String reference, String message) {
    assertThatThrownBy(() -> ServiceConfig.of(with("application.id", reference)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("application.id=" + reference)
        .hasMessageContaining(message);
  }

  @Test
  void shouldNeverShowWhatCameFromAReference(@TempDir Path dir) throws Exception {
    Files.writeString(dir.resolve("password"), "s3cret");
    String reference = "${dir:" + dir + ":password}";
    for (String key :
        List.of("stream.threads", "no.such.key", "kafka.acks", "schema.registry.no.such")) {
      assertThatThrownBy(() -> ServiceConfig.of(with(key, reference)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageStartingWith(key + "=(hidden)")
          .extracting(e -> String.valueOf(e) + e.getCause())
          .asString()
          .doesNotContain("s3cret");
    }
  }

  /** With one threshold an alert would flap. */
  @ParameterizedTest
  @CsvSource({
    "alerts.shed.clear,0.1,alerts.shed.raise=0.1",
    "alerts.terrible.clear,0.9,alerts.terrible.raise=0.5",
    "alerts.dead.letter.clear,0.05,alerts.dead.letter.raise=0.05"
  })
  void shouldRefuseAnAlertThatIsClearedWhereItIsRaised(String key, String value, String raise) {
    assertThatThrownBy(() -> ServiceConfig.of(with(key, value)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(key + "=" + value + ": must be less than " + raise);
  }

  @Test
  void shouldHaveTheTopicsOfTheAggregatesOnlyWithThem() {
    assertThat(ServiceConfig.of(REQUIRED).topics())
        .filteredOn(topic -> topic.cleanup().compacts())
        .extracting(TopicSpec::name)
        .containsExactly("alerts.quality");
    assertThat(ServiceConfig.of(with("aggregates.enabled", "false")).topics()).hasSize(4);
    assertThatThrownBy(() -> ServiceConfig.of(with("topic.alerts", "telemetry.frames")))
        .hasMessageContaining("also the value of topic.telemetry");
  }
}
