package org.perceiveir.cli.cluster;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.perceiveir.cli.lifetime.ScratchDirectory;
import org.perceiveir.embedded.EmbeddedBroker;
import org.perceiveir.embedded.EmbeddedSchemaRegistry;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * A broker and a schema registry in this process, on free ports of localhost, with their data in a
 * temporary directory that is deleted at the end.
 */
public final class LocalCluster implements AutoCloseable {
  private final ScratchDirectory scratch;
  private final EmbeddedBroker broker;
  private final EmbeddedSchemaRegistry registry;

  private LocalCluster(
      ScratchDirectory scratch, EmbeddedBroker broker, EmbeddedSchemaRegistry registry) {
    this.scratch = scratch;
    this.broker = broker;
    this.registry = registry;
  }

  /**
   * Starts both and returns when they serve.
   *
   * @param prefix begins the name of the temporary directory
   * @param brokerProperties Kafka broker properties over those of {@link EmbeddedBroker}
   * @throws IOException if the temporary directory cannot be made
   * @throws KafkaException if the broker does not start
   */
  public static LocalCluster start(String prefix, Map<String, String> brokerProperties)
      throws IOException {
    ScratchDirectory scratch = ScratchDirectory.create(prefix);
    EmbeddedBroker broker = null;
    try {
      broker = EmbeddedBroker.start(scratch.path().resolve("kafka"), 0, brokerProperties);
      return new LocalCluster(scratch, broker, EmbeddedSchemaRegistry.start(0));
    } catch (RuntimeException e) {
      if (broker != null) {
        broker.close();
      }
      scratch.close();
      throw e;
    }
  }

  /**
   * The settings with which a service finds this cluster and keeps its state in the temporary
   * directory; to be completed by the caller.
   *
   * @param applicationId name of the service
   */
  public Map<String, String> settings(String applicationId) {
    Map<String, String> settings = new HashMap<>();
    settings.put(ServiceConfig.BOOTSTRAP_SERVERS, broker.bootstrapServers());
    settings.put(ServiceConfig.REGISTRY_URL, registry.url());
    settings.put(ServiceConfig.APPLICATION_ID, applicationId);
    settings.put(
        ServiceConfig.KAFKA_PREFIX + "state.dir", scratch.path().resolve("streams").toString());
    return settings;
  }

  /** Stops both, then deletes the directory; clients must be closed before. */
  @Override
  public void close() throws IOException {
    try {
      registry.close();
    } finally {
      try {
        broker.close();
      } finally {
        scratch.close();
      }
    }
  }
}
