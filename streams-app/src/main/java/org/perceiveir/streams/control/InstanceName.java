package org.perceiveir.streams.control;

import java.util.UUID;
import org.apache.kafka.clients.CommonClientConfigs;
import org.perceiveir.streams.config.ServiceConfig;

/** The name of a running instance. */
public final class InstanceName {
  private static final int RANDOM_DIGITS = 8;

  private InstanceName() {}

  /**
   * A name that no other instance has, also not the same one before a restart: {@code
   * kafka.client.id} or else {@code application.id}, the machine, and eight random hex digits. As
   * client.id of Kafka Streams it is what the members of the group are told apart by.
   */
  public static String fresh(ServiceConfig config) {
    String base =
        config
            .kafkaSettings()
            .getOrDefault(CommonClientConfigs.CLIENT_ID_CONFIG, config.applicationId());
    return base
        + "-"
        + ModelOrders.host()
        + "-"
        + UUID.randomUUID().toString().substring(0, RANDOM_DIGITS);
  }
}
