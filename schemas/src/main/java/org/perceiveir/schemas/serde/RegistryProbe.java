package org.perceiveir.schemas.serde;

import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.common.config.ConfigException;

/** Asks a registry beforehand what would become of a schema; changes nothing there. */
public final class RegistryProbe {
  private static final int SUBJECT_NOT_FOUND = 40401;
  private static final int VERSION_NOT_FOUND = 40402;

  private final ConfluentAvroConfig config;
  private final SchemaRegistryClient registry;

  /** What would become of a schema. */
  public enum Answer {
    /** It is registered. */
    REGISTERED,
    /** It would be registered with the first record. */
    WILL_BE_REGISTERED,
    /** It is not registered, and the serde must not do it. */
    NOT_REGISTERED,
    /** The newest one under the subject does not allow it. */
    INCOMPATIBLE
  }

  /**
   * A probe with the settings of a serde.
   *
   * @throws ConfigException if a setting is wrong
   */
  public RegistryProbe(Map<String, ?> serdeSettings) {
    config = new ConfluentAvroConfig(serdeSettings);
    registry = new SchemaRegistryClient(config);
  }

  /** The subject of the values of a topic. */
  public String subject(String topic, Schema schema) {
    return config.subjectNameStrategy(false).subject(topic, false, schema);
  }

  /**
   * Asks.
   *
   * @param topic whose values have the schema
   * @throws RegistryUnavailableException if no registry answers
   * @throws RegistryRefusedException if it does not want to
   */
  public Answer ask(String topic, Schema schema) {
    String subject = subject(topic, schema);
    try {
      registry.lookUp(subject, schema, config.getBoolean(ConfluentAvroConfig.NORMALIZE_SCHEMAS));
      return Answer.REGISTERED;
    } catch (RegistryRefusedException e) {
      // Neither the subject nor this schema under it: both are answers to the question.
      if (e.errorCode() / 100 != SUBJECT_NOT_FOUND / 100) {
        throw e;
      }
    }
    boolean allowed;
    try {
      allowed = registry.wouldTake(subject, schema);
    } catch (RegistryRefusedException e) {
      if (e.errorCode() != SUBJECT_NOT_FOUND && e.errorCode() != VERSION_NOT_FOUND) {
        throw e;
      }
      allowed = true;
    }
    if (!allowed) {
      return Answer.INCOMPATIBLE;
    }
    return config.getBoolean(ConfluentAvroConfig.AUTO_REGISTER_SCHEMAS)
        ? Answer.WILL_BE_REGISTERED
        : Answer.NOT_REGISTERED;
  }
}
