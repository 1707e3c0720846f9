package org.perceiveir.streams.client;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.perceiveir.streams.config.BatchMode;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Settings of Kafka's clients: what the user passes with {@code kafka.}, over what frames need.
 *
 * <p>A record of ten megabytes needs a producer that may send it, a buffer that holds it, and
 * readers that do not queue a thousand of it. Images do not compress.
 */
public final class ClientSettings {
  /** When Kafka's clients close a connection that nobody uses, by default. */
  private static final int IDLE_CONNECTION_MS = 540_000;

  private static final long IDLE_MARGIN_MS = 60_000;

  private static final List<String> PREFIXES =
      List.of(
          "main.consumer.",
          "restore.consumer.",
          "global.consumer.",
          "consumer.",
          "producer.",
          "admin.");

  /**
   * Kafka's 45 s are for consumers that pause; ours send heartbeats from their own thread. After a
   * crash, and after each failed stream thread, its partitions stand still for this long.
   */
  private static final int SESSION_TIMEOUT_MS = 10_000;

  /**
   * Kafka's 60 s end a replay of some gigabytes in its middle. Readers of the topic wait behind the
   * transaction of a command that was killed for as long, so not more than that.
   */
  private static final int COMMAND_TRANSACTION_MS = 300_000;

  /**
   * Kafka's 500 ms are how long a broker keeps a fetch that finds nothing new. A consumer that is
   * closed, or turns to another partition, waits for that answer.
   */
  private static final int FETCH_WAIT_MS = 100;

  private static final long MIN_BUFFER_BYTES = 32L << 20;
  private static final long MIN_FETCH_BYTES = 16L << 20;

  /** Records of some KB, one thread: what the second application may take of the heap. */
  private static final int AGGREGATES_BUFFER_BYTES = 8 << 20;

  private static final int AGGREGATES_FETCH_BYTES = 4 << 20;
  private static final int AGGREGATES_PARTITION_FETCH_BYTES = 1 << 20;
  private static final int AGGREGATES_CACHE_BYTES = 4 << 20;

  /** Alerts are visible that late; each commit is a transaction. */
  private static final int AGGREGATES_COMMIT_MS = 1_000;

  private static final int LINGER_MS = 5;
  private static final int POLL_MS = 10;

  private ClientSettings() {}

  /** For an idempotent producer of byte arrays. */
  public static Map<String, Object> producer(ServiceConfig config) {
    Map<String, Object> settings = client(config, "producer.");
    settings.putIfAbsent(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, config.outputRecordMaxBytes());
    settings.putIfAbsent(ProducerConfig.BUFFER_MEMORY_CONFIG, bufferBytes(config));
    settings.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class.getName());
    return settings;
  }

  /**
   * For a transactional producer of byte arrays that one run of a command uses.
   *
   * @param purpose what the command does, part of its {@code transactional.id}
   */
  public static Map<String, Object> transactionalProducer(ServiceConfig config, String purpose) {
    Map<String, Object> settings = producer(config);
    settings.putIfAbsent(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, COMMAND_TRANSACTION_MS);
    // Two runs at a time must not fence each other, so no run uses the id of another.
    settings.put(
        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
        config.applicationId() + "-" + purpose + "-" + UUID.randomUUID());
    return settings;
  }

  /** For a consumer of committed byte arrays without a group. */
  public static Map<String, Object> consumer(ServiceConfig config) {
    Map<String, Object> settings = client(config, "consumer.");
    settings.putIfAbsent(
        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, config.outputRecordMaxBytes());
    settings.putIfAbsent(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, config.outputRecordMaxBytes());
    settings.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 16);
    settings.putIfAbsent(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_WAIT_MS);
    // Kafka Streams' own protocol is none that a plain consumer knows, and this one has no group.
    settings.remove(ConsumerConfig.GROUP_PROTOCOL_CONFIG);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(
        ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    settings.put(
        ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    return settings;
  }

  /** For an administration client. */
  public static Map<String, Object> admin(ServiceConfig config) {
    return client(config, "admin.");
  }

  /**
   * For Kafka Streams.
   *
   * @param limits the derived time limits, by the names that Kafka Streams takes
   */
  public static Map<String, Object> streams(ServiceConfig config, Map<String, Object> limits) {
    Map<String, String> user = config.kafkaSettings();
    Map<String, Object> settings = new HashMap<>(user);
    Map<String, Object> wanted = new HashMap<>();
    wanted.put("producer.max.request.size", config.outputRecordMaxBytes());
    wanted.put("producer.buffer.memory", bufferBytes(config));
    wanted.put("producer.compression.type", "none");
    // Streams' own 100 ms would only delay the telemetry: a frame fills a batch by itself.
    wanted.put("producer.linger.ms", LINGER_MS);
    wanted.put("main.consumer.max.partition.fetch.bytes", config.inputRecordMaxBytes());
    wanted.put("main.consumer.fetch.max.bytes", Math.toIntExact(defaultFetchBytes(config)));
    if (config.batchMode() == BatchMode.ASYNC) {
      // While frames wait for their pass, a thread must not sleep in poll for Streams' 100 ms.
      wanted.put(StreamsConfig.POLL_MS_CONFIG, POLL_MS);
    }
    wanted.putAll(session(user));
    if (limits.get("main.consumer.max.poll.interval.ms") instanceof Integer poll
        && poll >= IDLE_CONNECTION_MS) {
      // The connection to the coordinator must not be closed while a round takes its time.
      wanted.put("main.consumer.connections.max.idle.ms", poll + IDLE_MARGIN_MS);
    }
    // Input is bytes and the processor decides about poison itself, so no handler of Kafka Streams
    // is set, nor its dead letter topic: its handlers would copy sound frames there in an outage.
    wanted.forEach(
        (name, value) -> {
          if (!isSet(user, name)) {
            settings.put(name, value);
          }
        });
    settings.putAll(limits);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.streamThreads());
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, config.processingGuarantee().id());
    return settings;
  }

  /**
   * For Kafka Streams' second application, which sums up telemetry. It has the user's settings but
   * for those that are made for frames, its own name, and always exactly-once: a sum that counts a
   * frame twice is none.
   */
  public static Map<String, Object> aggregates(ServiceConfig config) {
    Map<String, String> user = config.kafkaSettings();
    Map<String, Object> settings = new HashMap<>(user);
    session(user)
        .forEach(
            (name, value) -> {
              if (!isSet(user, name)) {
                settings.put(name, value);
              }
            });
    String application = config.applicationId() + "-aggregates";
    if (user.containsKey(CommonClientConfigs.CLIENT_ID_CONFIG)) {
      settings.put(
          CommonClientConfigs.CLIENT_ID_CONFIG,
          user.get(CommonClientConfigs.CLIENT_ID_CONFIG) + "-aggregates");
    }
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, AGGREGATES_COMMIT_MS);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) config.replicationFactor());
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, AGGREGATES_CACHE_BYTES);
    settings.put("producer.buffer.memory", AGGREGATES_BUFFER_BYTES);
    settings.put("producer.linger.ms", LINGER_MS);
    settings.put("main.consumer.fetch.max.bytes", AGGREGATES_FETCH_BYTES);
    settings.put("main.consumer.max.partition.fetch.bytes", AGGREGATES_PARTITION_FETCH_BYTES);
    return settings;
  }

  /** What the aggregates may take of the heap, in bytes; 0 without them. */
  public static long aggregatesBytes(ServiceConfig config) {
    return config.aggregates().enabled()
        ? AGGREGATES_BUFFER_BYTES + AGGREGATES_FETCH_BYTES + AGGREGATES_CACHE_BYTES
        : 0;
  }

  private static Map<String, Object> session(Map<String, String> user) {
    // With the other protocol the broker decides, and a consumer that asks is refused.
    return "streams".equals(user.get(StreamsConfig.GROUP_PROTOCOL_CONFIG))
        ? Map.of()
        : Map.of("main.consumer.session.timeout.ms", SESSION_TIMEOUT_MS);
  }

  /** What one stream thread's producer may buffer, in bytes. */
  public static long producerBytes(ServiceConfig config) {
    return user(config, "producer.", ProducerConfig.BUFFER_MEMORY_CONFIG)
        .orElse(bufferBytes(config));
  }

  /** What a consumer may have fetched of one partition ahead of a poll, in bytes. */
  public static long fetchBytes(ServiceConfig config) {
    return user(config, "main.consumer.", ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG)
        .orElse(config.inputRecordMaxBytes());
  }

  private static long defaultFetchBytes(ServiceConfig config) {
    return Math.max(MIN_FETCH_BYTES, config.inputRecordMaxBytes());
  }

  private static OptionalLong user(ServiceConfig config, String prefix, String name) {
    Map<String, String> user = config.kafkaSettings();
    String text = user.get(prefix + name);
    if (text == null && prefix.endsWith("consumer.")) {
      text = user.get("consumer." + name);
    }
    if (text == null) {
      text = user.get(name);
    }
    if (text == null) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(text.trim()));
    } catch (NumberFormatException e) {
      throw new ConfigurationException(
          "kafka." + name, text, "must be a whole number of bytes", "correct it or leave it out");
    }
  }

  /** Whether the user has set a setting, with its prefix, a wider one, or none. */
  private static boolean isSet(Map<String, String> user, String name) {
    for (String prefix : PREFIXES) {
      if (name.startsWith(prefix)) {
        String bare = name.substring(prefix.length());
        return user.containsKey(name)
            || user.containsKey(bare)
            || (prefix.endsWith("consumer.") && user.containsKey("consumer." + bare));
      }
    }
    return user.containsKey(name);
  }

  /** Settings without a client's prefix, then those with this one's. */
  private static Map<String, Object> client(ServiceConfig config, String prefix) {
    Map<String, Object> settings = new HashMap<>();
    config
        .kafkaSettings()
        .forEach(
            (name, value) -> {
              if (PREFIXES.stream().noneMatch(name::startsWith)) {
                settings.put(name, value);
              }
            });
    config
        .kafkaSettings()
        .forEach(
            (name, value) -> {
              if (name.startsWith(prefix)) {
                settings.put(name.substring(prefix.length()), value);
              }
            });
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    return settings;
  }

  private static long bufferBytes(ServiceConfig config) {
    return Math.max(MIN_BUFFER_BYTES, 2L * config.outputRecordMaxBytes());
  }
}
