package org.perceiveir.streams.trace;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** The trace context in the headers of a record: {@code traceparent} and {@code tracestate}. */
public final class TraceHeaders {
  /** Trace, parent span and flags, as W3C writes them. */
  public static final String TRACEPARENT = "traceparent";

  /** What tracing systems add for each other. */
  public static final String TRACESTATE = "tracestate";

  /** A longer value is no trace context; W3C asks for 512 characters. */
  public static final int MAX_VALUE = 1024;

  private static final TextMapPropagator W3C = W3CTraceContextPropagator.getInstance();
  private static final TextMapSetter<Headers> SETTER =
      (headers, name, value) -> {
        if (headers != null) {
          headers.add(name, value.getBytes(UTF_8));
        }
      };

  private TraceHeaders() {}

  /** The context that the headers name; the root where they name none that can be read. */
  static Context read(Headers headers) {
    return W3C.extract(Context.root(), headers, new Getter());
  }

  /** A copy of the headers that names this context and no other. */
  static Headers withContext(Headers headers, Context context) {
    Headers copy = new RecordHeaders(headers);
    copy.remove(TRACEPARENT).remove(TRACESTATE);
    W3C.inject(context, copy, SETTER);
    return copy;
  }

  /** Of these headers only those that name a context. */
  public static Headers only(Headers headers) {
    Headers trace = new RecordHeaders();
    for (String name : List.of(TRACEPARENT, TRACESTATE)) {
      Header header = headers.lastHeader(name);
      if (header != null && header.value() != null && header.value().length <= MAX_VALUE) {
        trace.add(header);
      }
    }
    return trace;
  }

  private static final class Getter implements TextMapGetter<Headers> {
    @Override
    public @Nullable String get(@Nullable Headers headers, String name) {
      Header header = headers == null ? null : headers.lastHeader(name);
      if (header == null || header.value() == null || header.value().length > MAX_VALUE) {
        return null;
      }
      return new String(header.value(), UTF_8);
    }
  }
}
