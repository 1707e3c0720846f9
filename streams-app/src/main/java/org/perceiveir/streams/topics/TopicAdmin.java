package org.perceiveir.streams.topics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.AggregatesSettings;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.TopicSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates the topics of a configuration, and checks before a start that they fit. */
public final class TopicAdmin implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TopicAdmin.class);

  private static final String APPEND_TIME = "LogAppendTime";
  private static final long ANSWER_SECONDS = 20;
  private static final long BETWEEN_LOOKS_MS = 50;
  private static final long DEFAULT_MAX_TRANSACTION_MS = 900_000;
  private static final String TRANSACTION_MAX_MS = "transaction.max.timeout.ms";
  private static final String REQUEST_MAX_BYTES = "socket.request.max.bytes";

  private final ServiceConfig config;
  private final Admin admin;

  private TopicAdmin(ServiceConfig config, Admin admin) {
    this.config = config;
    this.admin = admin;
  }

  /** Connects to the brokers of a configuration. */
  public static TopicAdmin open(ServiceConfig config) {
    return new TopicAdmin(config, Admin.create(ClientSettings.admin(config)));
  }

  /**
   * Creates the topics that do not exist and compares the others; changes no existing topic.
   *
   * <p>Returns when the brokers describe all of them: they learn of a new topic a moment after they
   * made it, and a service that starts in that moment would find it missing.
   *
   * @return one report for each topic, in the order of {@link ServiceConfig#topics()}
   * @throws ConfigurationException if no broker answers or a topic cannot be created
   */
  public List<TopicReport> create() {
    Map<String, TopicDescription> existing = describe();
    List<TopicReport> reports = new ArrayList<>();
    for (TopicSpec spec : config.topics()) {
      TopicDescription found = existing.get(spec.name());
      if (found == null) {
        if (createTopic(spec)) {
          reports.add(new TopicReport(spec.name(), TopicReport.Status.CREATED, List.of()));
          continue;
        }
        found = describe().get(spec.name());
      }
      List<String> differences = found == null ? List.of() : differences(spec, found);
      reports.add(
          new TopicReport(
              spec.name(),
              differences.isEmpty() ? TopicReport.Status.EXISTS : TopicReport.Status.DIFFERS,
              differences));
    }
    awaitDescribed();
    return reports;
  }

  private void awaitDescribed() {
    long wanted = config.topics().stream().map(TopicSpec::name).distinct().count();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
    while (describe().size() < wanted) {
      if (System.nanoTime() > deadline) {
        throw new ConfigurationException(
            ServiceConfig.BOOTSTRAP_SERVERS
                + "="
                + config.bootstrapServers()
                + ": the brokers took the topics but do not describe them after "
                + ANSWER_SECONDS
                + " s; look at the state of the cluster");
      }
      try {
        Thread.sleep(BETWEEN_LOOKS_MS);
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      }
    }
  }

  /**
   * Checks that the topics exist and can hold what the service writes.
   *
   * @return what the service must know of the cluster
   * @throws ConfigurationException with the command that helps, if no broker answers, a topic is
   *     missing, too narrow, or compacted where it must not be
   */
  public ClusterFacts check() {
    TopicFindings findings = examine();
    if (!findings.problems().isEmpty()) {
      throw new ConfigurationException(findings.problems().get(0));
    }
    findings.warnings().forEach(warning -> log.warn("{}", warning));
    return findings.facts();
  }

  /**
   * Looks at all topics and at the brokers, and tells everything that is wrong.
   *
   * @throws ConfigurationException if no broker answers
   */
  public TopicFindings examine() {
    Map<String, TopicDescription> existing = describe();
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    List<String> missing =
        config.topics().stream()
            .map(TopicSpec::name)
            .filter(name -> !existing.containsKey(name))
            .toList();
    if (!missing.isEmpty()) {
      problems.add(
          "topics missing on "
              + config.bootstrapServers()
              + ": "
              + String.join(", ", missing)
              + "; create them with: perceive topics create --config FILE"
              + withoutAggregates(missing));
    }
    for (TopicSpec spec : config.topics()) {
      if (existing.containsKey(spec.name())) {
        examine(spec, topicConfig(spec.name()), problems, warnings);
      }
    }
    TopicDescription input = existing.get(config.inputTopic());
    int partitions = input == null ? 1 : input.partitions().size();
    if (input != null && config.streamThreads() > partitions) {
      warnings.add(
          ServiceConfig.STREAM_THREADS
              + "="
              + config.streamThreads()
              + " but topic "
              + config.inputTopic()
              + " has "
              + partitions
              + " partitions: "
              + (config.streamThreads() - partitions)
              + " threads will idle; lower it to "
              + partitions);
    }
    Config broker = brokerConfig();
    number(broker, REQUEST_MAX_BYTES)
        .filter(limit -> limit < config.outputRecordMaxBytes())
        .ifPresent(
            limit ->
                problems.add(
                    "the brokers have "
                        + REQUEST_MAX_BYTES
                        + "="
                        + limit
                        + ", but "
                        + ServiceConfig.FRAME_MAX_BYTES
                        + "="
                        + config.frameMaxBytes()
                        + " needs "
                        + config.outputRecordMaxBytes()
                        + "; raise it in their server.properties, or lower "
                        + ServiceConfig.FRAME_MAX_BYTES));
    return new TopicFindings(
        problems,
        warnings,
        new ClusterFacts(
            partitions, number(broker, TRANSACTION_MAX_MS).orElse(DEFAULT_MAX_TRANSACTION_MS)));
  }

  private void examine(TopicSpec spec, Config found, List<String> problems, List<String> warnings) {
    cleanupProblem(spec, found).ifPresent(problems::add);
    long limit = number(found, TopicConfig.MAX_MESSAGE_BYTES_CONFIG).orElse(Long.MAX_VALUE);
    boolean input = spec.name().equals(config.inputTopic());
    if (!input && limit < spec.maxMessageBytes()) {
      problems.add(
          "topic "
              + spec.name()
              + " has max.message.bytes="
              + limit
              + ", but "
              + ServiceConfig.FRAME_MAX_BYTES
              + "="
              + config.frameMaxBytes()
              + " needs "
              + spec.maxMessageBytes()
              + "; raise it with: kafka-configs.sh --bootstrap-server "
              + config.bootstrapServers()
              + " --alter --entity-type topics --entity-name "
              + spec.name()
              + " --add-config max.message.bytes="
              + spec.maxMessageBytes());
    }
    if (input && config.frameMaxAge().isPresent() && !hasAppendTime(found)) {
      warnings.add(
          "topic "
              + spec.name()
              + " has "
              + TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG
              + "=CreateTime: where a capture time is missing or not believed, "
              + ServiceConfig.FRAME_MAX_AGE_MS
              + " counts from the producer's clock");
    }
    if (input && limit > spec.maxMessageBytes()) {
      warnings.add(
          "topic "
              + spec.name()
              + " takes records of "
              + limit
              + " bytes; those above "
              + spec.maxMessageBytes()
              + " ("
              + ServiceConfig.FRAME_MAX_BYTES
              + "="
              + config.frameMaxBytes()
              + ") will be dead-lettered");
    }
    if (input && limit < spec.maxMessageBytes()) {
      warnings.add(
          "topic "
              + spec.name()
              + " takes records of "
              + limit
              + " bytes only, "
              + ServiceConfig.FRAME_MAX_BYTES
              + "="
              + config.frameMaxBytes()
              + " allows "
              + spec.maxMessageBytes()
              + ": larger frames are refused to their producer");
    }
  }

  /** Who has just got a newer version may have no such topics, nor want them. */
  private String withoutAggregates(List<String> missing) {
    AggregatesSettings aggregates = config.aggregates();
    return List.of(aggregates.sourcesTopic(), aggregates.alertsTopic()).containsAll(missing)
        ? " (adds to those that exist), or do without telemetry by source and alerts: "
            + AggregatesSettings.ENABLED
            + "=false"
        : "";
  }

  private Optional<String> cleanupProblem(TopicSpec spec, Config found) {
    ConfigEntry entry = found.get(TopicConfig.CLEANUP_POLICY_CONFIG);
    if (entry == null) {
      return Optional.empty();
    }
    String policy = String.valueOf(entry.value());
    boolean wrong =
        spec.cleanup() == TopicSpec.Cleanup.COMPACT
            ? !policy.equals(spec.cleanup().policy())
            : policy.contains("compact") != spec.cleanup().compacts();
    if (!wrong) {
      return Optional.empty();
    }
    return Optional.of(
        "topic "
            + spec.name()
            + " has cleanup.policy="
            + policy
            + (spec.cleanup().compacts()
                ? ": the last record of each key would be deleted in time, and a new instance"
                    + " would not know what is wanted; change it"
                : ": compaction keeps one record for each source and drops the other frames;"
                    + " change it")
            + " with: kafka-configs.sh --bootstrap-server "
            + config.bootstrapServers()
            + " --alter --entity-type topics --entity-name "
            + spec.name()
            + " --add-config cleanup.policy="
            + (spec.cleanup() == TopicSpec.Cleanup.COMPACT_AND_DELETE
                ? "[" + spec.cleanup().policy() + "]"
                : spec.cleanup().policy()));
  }

  private boolean createTopic(TopicSpec spec) {
    Map<String, String> settings = new HashMap<>();
    settings.put(TopicConfig.RETENTION_MS_CONFIG, String.valueOf(spec.retentionMs()));
    settings.put(TopicConfig.RETENTION_BYTES_CONFIG, String.valueOf(spec.retentionBytes()));
    settings.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, String.valueOf(spec.maxMessageBytes()));
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, spec.cleanup().policy());
    settings.put(TopicConfig.COMPRESSION_TYPE_CONFIG, "producer");
    if (wantsAppendTime(spec)) {
      // The age of a frame without a believable capture time counts from here; a producer's clock
      // is as likely to be wrong as its camera's. Telemetry of a worker whose clock is ahead would
      // be refused, for ever.
      settings.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, APPEND_TIME);
    }
    Optional<Short> replicas =
        config.replicationFactor() == -1
            ? Optional.empty()
            : Optional.of(config.replicationFactor());
    NewTopic topic =
        new NewTopic(spec.name(), Optional.of(spec.partitions()), replicas).configs(settings);
    try {
      answer(admin.createTopics(List.of(topic)).all());
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw new ConfigurationException(
          "topic " + spec.name() + " cannot be created: " + e.getCause(), e);
    }
  }

  private List<String> differences(TopicSpec spec, TopicDescription found) {
    List<String> differences = new ArrayList<>();
    if (found.partitions().size() != spec.partitions()) {
      differences.add(
          "partitions "
              + found.partitions().size()
              + " instead of "
              + spec.partitions()
              + " (the order of a source would not survive a change)");
    }
    Config config = topicConfig(spec.name());
    compare(differences, config, TopicConfig.RETENTION_MS_CONFIG, spec.retentionMs());
    compare(differences, config, TopicConfig.RETENTION_BYTES_CONFIG, spec.retentionBytes());
    compare(differences, config, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, spec.maxMessageBytes());
    if (wantsAppendTime(spec) && !hasAppendTime(config)) {
      differences.add(
          TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG + " CreateTime instead of " + APPEND_TIME);
    }
    return differences;
  }

  private static void compare(List<String> into, Config config, String name, long wanted) {
    long found = number(config, name).orElse(wanted);
    if (found != wanted) {
      into.add(name + " " + found + " instead of " + wanted);
    }
  }

  private Map<String, TopicDescription> describe() {
    Set<String> wanted = new HashSet<>();
    config.topics().forEach(spec -> wanted.add(spec.name()));
    Map<String, TopicDescription> found = new HashMap<>();
    for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
        admin.describeTopics(wanted).topicNameValues().entrySet()) {
      try {
        found.put(topic.getKey(), answer(topic.getValue()));
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw unreachable(e);
        }
      }
    }
    return found;
  }

  private Config topicConfig(String topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try {
      Config found = answer(admin.describeConfigs(List.of(resource)).all()).get(resource);
      return found == null ? new Config(List.of()) : found;
    } catch (ExecutionException e) {
      throw unreachable(e);
    }
  }

  /** The configuration of one broker; empty where reading it is not allowed. */
  private Config brokerConfig() {
    try {
      Optional<Node> node = answer(admin.describeCluster().nodes()).stream().findFirst();
      if (node.isEmpty()) {
        return new Config(List.of());
      }
      ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.get().idString());
      Config found = answer(admin.describeConfigs(List.of(broker)).all()).get(broker);
      return found == null ? new Config(List.of()) : found;
    } catch (ExecutionException e) {
      log.info(
          "the broker does not tell its configuration ({}); taking the default {} of {}",
          String.valueOf(e.getCause()),
          TRANSACTION_MAX_MS,
          DEFAULT_MAX_TRANSACTION_MS);
      return new Config(List.of());
    }
  }

  private boolean wantsAppendTime(TopicSpec spec) {
    return spec.name().equals(config.inputTopic()) || spec.name().equals(config.telemetryTopic());
  }

  private static boolean hasAppendTime(Config config) {
    ConfigEntry entry = config.get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG);
    return entry == null || APPEND_TIME.equals(entry.value());
  }

  private static Optional<Long> number(Config config, String name) {
    ConfigEntry entry = config.get(name);
    if (entry == null || entry.value() == null) {
      return Optional.empty();
    }
    return Optional.of(Long.parseLong(entry.value()));
  }

  private <T> T answer(KafkaFuture<T> future) throws ExecutionException {
    try {
      return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private ConfigurationException unreachable(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new ConfigurationException(
        ServiceConfig.BOOTSTRAP_SERVERS
            + "="
            + config.bootstrapServers()
            + ": the brokers gave no usable answer ("
            + cause
            + "); check the address, the broker and the kafka.security settings",
        e);
  }

  @Override
  public void close() {
    // Every answer was waited for already; without a bound, requests to a dead broker are too.
    admin.close(Duration.ZERO);
  }
}
