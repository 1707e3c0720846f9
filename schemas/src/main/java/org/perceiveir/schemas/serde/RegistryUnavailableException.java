package org.perceiveir.schemas.serde;

import org.apache.kafka.common.errors.RetriableException;

/**
 * No schema registry answered, after all retries on all its URLs.
 *
 * <p>It says nothing about the record, which must therefore be kept and tried again, never sent to
 * a dead-letter topic.
 */
public final class RegistryUnavailableException extends RetriableException {
  private static final long serialVersionUID = 1L;

  RegistryUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
