package org.perceiveir.streams.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.StageTimings;

class FrameTracerTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "00-" + TRACE + "-b7ad6b7169203331-01";

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final FrameTracer traced =
      FrameTracer.of(
          OpenTelemetrySdk.builder()
              .setTracerProvider(
                  SdkTracerProvider.builder()
                      .addSpanProcessor(SimpleSpanProcessor.create(spans))
                      .build())
              .build());
  private final FrameTracer untraced = FrameTracer.of(OpenTelemetry.noop());

  private static Headers headers(String... pairs) {
    Headers headers = new RecordHeaders();
    for (int i = 0; i < pairs.length; i += 2) {
      headers.add(pairs[i], pairs[i + 1].getBytes(UTF_8));
    }
    return headers;
  }

  private static List<String> values(Headers headers, String name) {
    List<String> values = new ArrayList<>();
    headers.headers(name).forEach(header -> values.add(new String(header.value(), UTF_8)));
    return values;
  }

  private static FrameSpan start(FrameTracer tracer, Headers headers) {
    return tracer.start(headers, "frames", 3, 17);
  }

  private static FrameTelemetry told(FrameOutcome outcome) {
    FrameTelemetry told = new FrameTelemetry();
    told.setOutcome(outcome);
    told.setIdentity(new FrameIdentity("cam", 1L, 42L, null));
    told.setTimings(new StageTimings(null, null, null, null));
    told.setBundleName("compact");
    told.setBundleVersion("2");
    told.setBatchSize(4);
    return told;
  }

  @Test
  void shouldMakeTheSenderTheParentAndTheSpanTheParentOfTheResults() {
    FrameSpan span =
        start(traced, headers("traceparent", PARENT, "tracestate", "a=1,b=2", "other", "kept"));
    span.end(told(FrameOutcome.RESTORED));

    SpanData made = spans.getFinishedSpanItems().get(0);
    assertThat(made.getTraceId()).isEqualTo(TRACE);
    assertThat(made.getParentSpanId()).isEqualTo("b7ad6b7169203331");
    assertThat(made.getKind()).isEqualTo(SpanKind.CONSUMER);
    assertThat(made.getName()).isEqualTo("process frames");
    assertThat(made.getAttributes().get(FrameTracer.SOURCE)).isEqualTo("cam");
    assertThat(made.getAttributes().get(FrameTracer.SEQUENCE)).isEqualTo(42);
    assertThat(made.getAttributes().get(FrameTracer.OUTCOME)).isEqualTo("RESTORED");
    assertThat(made.getAttributes().get(FrameTracer.BUNDLE_NAME)).isEqualTo("compact");
    assertThat(made.getAttributes().get(FrameTracer.BUNDLE_VERSION)).isEqualTo("2");
    assertThat(made.getAttributes().get(FrameTracer.BATCH_SIZE)).isEqualTo(4);
    String own = "00-" + TRACE + "-" + made.getSpanId() + "-01";
    assertThat(values(span.recordHeaders(), "traceparent")).containsExactly(own);
    assertThat(values(span.recordHeaders(), "tracestate")).containsExactly("a=1,b=2");
    assertThat(values(span.recordHeaders(), "other")).containsExactly("kept");
    assertThat(values(span.contextHeaders(), "traceparent")).containsExactly(own);
    assertThat(values(span.contextHeaders(), "tracestate")).containsExactly("a=1,b=2");
    assertThat(values(span.contextHeaders(), "other")).isEmpty();
  }

  /** Trace contexts of a later version carry more; what we do not understand is not ours to cut. */
  @ParameterizedTest
  @ValueSource(strings = {PARENT, "01-" + TRACE + "-b7ad6b7169203331-01-more"})
  void shouldPassTheSendersContextOnUnchangedWithoutAnSdk(String parent) {
    Headers sent = headers("traceparent", parent, "tracestate", " a=1 , b=2");

    FrameSpan span = start(untraced, sent);
    span.end(told(FrameOutcome.RESTORED));

    assertThat(span.recordHeaders()).isEqualTo(sent);
    assertThat(span.contextHeaders()).isEqualTo(sent);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-" + TRACE + "-0000000000000000-01",
        "ff-" + TRACE + "-b7ad6b7169203331-01",
        "00-" + TRACE + "-b7ad6b7169203331",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01x"
      })
  void shouldIgnoreAHeaderThatIsNoContext(String header) {
    FrameSpan span = start(traced, headers("traceparent", header));
    span.end(told(FrameOutcome.RESTORED));

    SpanData made = spans.getFinishedSpanItems().get(0);
    assertThat(made.getParentSpanContext().isValid()).isFalse();
    assertThat(values(span.recordHeaders(), "traceparent"))
        .singleElement()
        .asString()
        .startsWith("00-" + made.getTraceId() + "-" + made.getSpanId() + "-");
    assertThat(start(untraced, headers("traceparent", header)).contextHeaders()).isEmpty();
  }

  @Test
  void shouldIgnoreAHeaderWithoutOrWithAHugeValue() {
    Headers odd = new RecordHeaders();
    odd.add("traceparent", null);
    odd.add("tracestate", new byte[1 << 20]);

    assertThat(start(untraced, odd).contextHeaders()).isEmpty();
    assertThat(values(start(traced, odd).recordHeaders(), "tracestate")).isEmpty();
  }

  @Test
  void shouldMarkADeadLetterAsAnError() {
    FrameTelemetry dead = told(FrameOutcome.DEAD_LETTERED);
    dead.setIdentity(null);
    dead.setReason("EMPTY_VALUE: the record has no value");
    start(traced, headers()).end(dead);

    SpanData made = spans.getFinishedSpanItems().get(0);
    assertThat(made.getStatus())
        .isEqualTo(
            StatusData.create(
                io.opentelemetry.api.trace.StatusCode.ERROR,
                "EMPTY_VALUE: the record has no value"));
    assertThat(made.getAttributes().get(FrameTracer.SOURCE)).isNull();
  }
}
