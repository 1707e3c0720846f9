package org.perceiveir.streams.inspect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.SourceTelemetry;

class RecordFilterTest {
  private final FrameTelemetry shed = new FrameTelemetry();

  RecordFilterTest() {
    shed.setIdentity(new FrameIdentity("cam-1", 7L, 3L, null));
    shed.setOutcome(FrameOutcome.SHED);
    shed.setReason("TOO_OLD: the frame is 900 ms old");
  }

  private static ConsumerRecord<byte[], byte[]> record(String key) {
    return new ConsumerRecord<>("t", 0, 0, key.getBytes(UTF_8), new byte[1]);
  }

  private boolean takes(String source, Long epoch, Long sequence, String outcome, String reason) {
    return new RecordFilter(
            Optional.ofNullable(source),
            Optional.ofNullable(epoch),
            Optional.ofNullable(sequence),
            Optional.ofNullable(outcome),
            Optional.ofNullable(reason))
        .takes(record("some key"), shed);
  }

  @Test
  void shouldTakeWhatFulfilsEveryCondition() {
    assertThat(RecordFilter.ALL.takes(record("k"), null)).isTrue();
    assertThat(takes("cam-1", 7L, 3L, "shed", "too_old")).isTrue();
    assertThat(takes("cam-2", 7L, 3L, "shed", "too_old")).isFalse();
    assertThat(takes("cam-1", 8L, 3L, "shed", "too_old")).isFalse();
    assertThat(takes("cam-1", 7L, 4L, "shed", "too_old")).isFalse();
    assertThat(takes("cam-1", 7L, 3L, "restored", "too_old")).isFalse();
    assertThat(takes("cam-1", 7L, 3L, "shed", "expired")).isFalse();
  }

  /** Records that could not be read have no identity; the service names them by their key. */
  @Test
  void shouldKnowASourceByTheKeyWhereTheRecordNamesNone() {
    RecordFilter ofCamera =
        new RecordFilter(
            Optional.of("cam-1"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    shed.setIdentity(null);
    SourceTelemetry sum = new SourceTelemetry();
    sum.setSource("cam-1");

    assertThat(ofCamera.takes(record("cam-1"), shed)).isTrue();
    assertThat(ofCamera.takes(record("cam-2"), shed)).isFalse();
    assertThat(ofCamera.takes(record("cam-1"), null)).isTrue();
    assertThat(ofCamera.takes(record("other"), sum)).isTrue();
  }
}
