package org.perceiveir.schemas.serde;

import org.apache.kafka.common.KafkaException;

/**
 * A schema registry answered and said no: wrong credentials, an incompatible schema, an unknown
 * subject, a URL that is not a registry's.
 *
 * <p>Neither the record nor the network is at fault, so neither a dead-letter topic nor a retry
 * helps: stop and mend the configuration or the registry.
 */
public final class RegistryRefusedException extends KafkaException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final int errorCode;

  RegistryRefusedException(String message, int status, int errorCode) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }

  /** HTTP status of the answer. */
  public int status() {
    return status;
  }

  /**
   * The registry's own error code such as 40401 (subject not found) or 409 (incompatible schema); 0
   * where the answer had none.
   */
  public int errorCode() {
    return errorCode;
  }
}
