package org.perceiveir.cli.bench;

import org.perceiveir.streams.config.BatchMode;
import org.perceiveir.streams.config.ProcessingGuarantee;

/** A way to run the service. */
public enum ServiceMode {
  /** {@code batch.mode=async}, {@code processing.guarantee=exactly_once_v2}. */
  ASYNC(BatchMode.ASYNC, ProcessingGuarantee.EXACTLY_ONCE_V2),
  /** {@code batch.mode=blocking}, {@code processing.guarantee=exactly_once_v2}. */
  BLOCKING(BatchMode.BLOCKING, ProcessingGuarantee.EXACTLY_ONCE_V2),
  /** {@code batch.mode=async}, {@code processing.guarantee=at_least_once}. */
  ASYNC_AT_LEAST_ONCE(BatchMode.ASYNC, ProcessingGuarantee.AT_LEAST_ONCE);

  private final BatchMode batches;
  private final ProcessingGuarantee guarantee;

  ServiceMode(BatchMode batches, ProcessingGuarantee guarantee) {
    this.batches = batches;
    this.guarantee = guarantee;
  }

  BatchMode batches() {
    return batches;
  }

  ProcessingGuarantee guarantee() {
    return guarantee;
  }

  /** Both settings, for a table. */
  String label() {
    return batches.id() + ", " + guarantee.id();
  }
}
