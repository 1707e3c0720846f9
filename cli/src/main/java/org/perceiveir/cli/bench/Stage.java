package org.perceiveir.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.perceiveir.cli.cluster.LocalCluster;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.AggregatesSettings;
import org.perceiveir.streams.config.FrameSize;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topics.TopicAdmin;

/**
 * Gives each run an application and output topics of its own, over an input topic that it shares
 * with others, and clears them away. Not thread-safe.
 */
final class Stage implements AutoCloseable {
  private static final long ANSWER_SECONDS = 30;

  private final LocalCluster cluster;
  private final PipelineSettings settings;
  private final Admin admin;
  private int runs;

  private Stage(LocalCluster cluster, PipelineSettings settings, Admin admin) {
    this.cluster = cluster;
    this.settings = settings;
    this.admin = admin;
  }

  static Stage open(LocalCluster cluster, PipelineSettings settings) {
    ServiceConfig any = ServiceConfig.of(cluster.settings("perceive-bench"));
    return new Stage(cluster, settings, Admin.create(ClientSettings.admin(any)));
  }

  /**
   * Makes the topics of one run; the input topic only if it is not there.
   *
   * @param input name of the input topic
   * @param size the frames of the run
   * @param mode how the service runs
   */
  ServiceConfig prepare(String input, FrameSize size, ServiceMode mode) {
    String run = "bench-" + ++runs;
    Map<String, String> values = cluster.settings(run);
    values.put(ServiceConfig.BUNDLE, settings.bundle().toString());
    values.put(ServiceConfig.DEVICE, settings.device());
    values.put(ServiceConfig.TOPIC_INPUT, input);
    values.put(ServiceConfig.TOPIC_RESTORED, run + ".restored");
    values.put(ServiceConfig.TOPIC_TELEMETRY, run + ".telemetry");
    values.put(ServiceConfig.TOPIC_DEAD_LETTER, run + ".dead-letter");
    // Measured is the restoration; a second application would compete with it for the same cores.
    values.put(AggregatesSettings.ENABLED, "false");
    values.put(ServiceConfig.TOPICS_PARTITIONS, Integer.toString(settings.sources()));
    values.put(ServiceConfig.STREAM_THREADS, Integer.toString(settings.threads()));
    values.put(ServiceConfig.BATCH_MODE, mode.batches().id());
    values.put(ServiceConfig.BATCH_MAX_SIZE, Integer.toString(settings.batchSize()));
    values.put(ServiceConfig.PROCESSING_GUARANTEE, mode.guarantee().id());
    values.put(ServiceConfig.WARMUP_FRAME_SIZE, size.toString());
    // A noisy PNG is a little larger than its pixels.
    long largest = Math.max(10L << 20, 16 * size.pixels() / 5);
    values.put(ServiceConfig.FRAME_MAX_BYTES, Long.toString(Math.min(90L << 20, largest)));
    ServiceConfig config = ServiceConfig.of(values);
    try (TopicAdmin topics = TopicAdmin.open(config)) {
      topics.create();
    }
    return config;
  }

  /** Deletes the output topics of a run, with their data. */
  void clear(ServiceConfig config) {
    List<String> topics = new ArrayList<>();
    config.topics().forEach(topic -> topics.add(topic.name()));
    topics.remove(config.inputTopic());
    delete(topics);
  }

  /** Deletes topics with their data. */
  void delete(List<String> topics) {
    try {
      admin.deleteTopics(topics).all().get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new KafkaException("the topics " + topics + " cannot be deleted", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while topics were deleted", e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
