package org.perceiveir.streams.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;

/**
 * The span of one attempt at an input record. An attempt whose thread fails never ends its span, so
 * that none is exported; the next attempt has its own.
 */
public final class FrameSpan {
  private final Span span;
  private final Headers headers;

  FrameSpan(Span span, Headers headers) {
    this.span = span;
    this.headers = headers;
  }

  /** The headers of the input record with the context of this span in them. */
  public Headers recordHeaders() {
    return headers;
  }

  /** The context of this span alone, for records that do not carry on the input's headers. */
  public Headers contextHeaders() {
    return span.getSpanContext().isValid() ? TraceHeaders.only(headers) : new RecordHeaders();
  }

  /** Ends the span with what became of the frame. */
  public void end(FrameTelemetry told) {
    if (span.isRecording()) {
      FrameIdentity identity = told.getIdentity();
      if (identity != null) {
        span.setAttribute(FrameTracer.SOURCE, identity.getSourceId());
        span.setAttribute(FrameTracer.SEQUENCE, identity.getSequence());
      }
      span.setAttribute(FrameTracer.OUTCOME, told.getOutcome().name());
      if (told.getReason() != null) {
        span.setAttribute(FrameTracer.REASON, told.getReason());
      }
      if (told.getBundleName() != null) {
        span.setAttribute(FrameTracer.BUNDLE_NAME, told.getBundleName());
        span.setAttribute(FrameTracer.BUNDLE_VERSION, told.getBundleVersion());
      }
      if (told.getBatchSize() != null) {
        span.setAttribute(FrameTracer.BATCH_SIZE, told.getBatchSize().longValue());
      }
      if (told.getOutcome() == FrameOutcome.DEAD_LETTERED) {
        span.setStatus(StatusCode.ERROR, String.valueOf(told.getReason()));
      }
    }
    span.end();
  }
}
