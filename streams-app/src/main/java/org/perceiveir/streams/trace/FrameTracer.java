package org.perceiveir.streams.trace;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import org.apache.kafka.common.header.Headers;

/**
 * Makes one span for each attempt at an input record. Thread-safe.
 *
 * <p>The parent is the context in the record's headers; a header that cannot be read counts as
 * absent. Without an OpenTelemetry SDK in the process no span exists, and the parent's context goes
 * on unchanged.
 */
public final class FrameTracer {
  /** The source of the frame. */
  public static final AttributeKey<String> SOURCE = AttributeKey.stringKey("perceive.source");

  /** The number of the frame within its source. */
  public static final AttributeKey<Long> SEQUENCE = AttributeKey.longKey("perceive.sequence");

  /** RESTORED, PASSED_THROUGH, SHED or DEAD_LETTERED. */
  public static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("perceive.outcome");

  /** Why the frame was passed through, shed or dead-lettered, as in its telemetry. */
  public static final AttributeKey<String> REASON = AttributeKey.stringKey("perceive.reason");

  /** Name of the bundle. */
  public static final AttributeKey<String> BUNDLE_NAME =
      AttributeKey.stringKey("perceive.bundle.name");

  /** Version of the bundle. */
  public static final AttributeKey<String> BUNDLE_VERSION =
      AttributeKey.stringKey("perceive.bundle.version");

  /** Frames in the batch that held this one. */
  public static final AttributeKey<Long> BATCH_SIZE = AttributeKey.longKey("perceive.batch.size");

  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
  private static final AttributeKey<String> OPERATION =
      AttributeKey.stringKey("messaging.operation.type");
  private static final AttributeKey<String> TOPIC =
      AttributeKey.stringKey("messaging.destination.name");
  private static final AttributeKey<String> PARTITION =
      AttributeKey.stringKey("messaging.destination.partition.id");
  private static final AttributeKey<Long> OFFSET = AttributeKey.longKey("messaging.kafka.offset");

  private final Tracer tracer;

  private FrameTracer(Tracer tracer) {
    this.tracer = tracer;
  }

  /**
   * With the OpenTelemetry of this process: what an agent or an SDK on the class path has set, else
   * one without spans.
   */
  public static FrameTracer global() {
    return of(GlobalOpenTelemetry.get());
  }

  /** With an OpenTelemetry of the caller's. */
  public static FrameTracer of(OpenTelemetry telemetry) {
    return new FrameTracer(telemetry.getTracer("org.perceiveir.streams"));
  }

  /** Begins the span of an input record. */
  public FrameSpan start(Headers headers, String topic, int partition, long offset) {
    Context parent = TraceHeaders.read(headers);
    Span span =
        tracer
            .spanBuilder("process " + topic)
            .setParent(parent)
            .setSpanKind(SpanKind.CONSUMER)
            .setAttribute(SYSTEM, "kafka")
            .setAttribute(OPERATION, "process")
            .setAttribute(TOPIC, topic)
            .setAttribute(PARTITION, String.valueOf(partition))
            .setAttribute(OFFSET, offset)
            .startSpan();
    SpanContext own = span.getSpanContext();
    SpanContext before = Span.fromContext(parent).getSpanContext();
    // Without an SDK the span is its parent: what the sender wrote stays as it is, to the byte.
    boolean isNew = own.isValid() && !own.getSpanId().equals(before.getSpanId());
    return new FrameSpan(
        span, isNew ? TraceHeaders.withContext(headers, parent.with(span)) : headers);
  }
}
