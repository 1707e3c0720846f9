package org.perceiveir.streams.aggregates;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ReadToEndTest {
  private static final TopicPartition READ = new TopicPartition("telemetry", 0);
  private static final TopicPartition OTHER = new TopicPartition("else", 1);

  private final ReadToEnd clients = new ReadToEnd(READ.topic());

  private final MockConsumer<byte[], byte[]> consumer =
      new MockConsumer<>(AutoOffsetResetStrategy.EARLIEST.name());

  private void poll(long wallMs) {
    clients.note(consumer, consumer.poll(Duration.ZERO), wallMs);
  }

  private long untilMs(long wallMs) {
    return clients.untilMs(READ.partition(), wallMs);
  }

  @Test
  void shouldKnowAPartitionAsEmptyOnlySinceAPollThatFoundItsEnd() {
    watch();
    consumer.assign(List.of(READ, OTHER));
    consumer.updateBeginningOffsets(Map.of(READ, 0L, OTHER, 0L));
    consumer.updateEndOffsets(Map.of(READ, 2L, OTHER, 0L));
    poll(1);
    assertThat(untilMs(1)).as("two records are not read").isZero();

    consumer.addRecord(new ConsumerRecord<>(READ.topic(), 0, 0, new byte[0], new byte[0]));
    consumer.addRecord(new ConsumerRecord<>(READ.topic(), 0, 1, new byte[0], new byte[0]));
    poll(2);
    assertThat(untilMs(2)).as("they are read, not yet processed").isZero();

    poll(3);
    poll(4);
    assertThat(untilMs(9)).isEqualTo(4);

    consumer.pause(Set.of(READ));
    poll(5);
    consumer.resume(Set.of(READ));
    consumer.updateEndOffsets(Map.of(READ, 3L));
    poll(6);
    assertThat(untilMs(9)).isEqualTo(4);
    assertThat(clients.untilMs(OTHER.partition(), 9)).as("of another topic").isZero();
  }

  @Test
  void shouldTakePartitionsAsEmptyWhenAnotherConsumerReads() {
    assertThat(untilMs(7)).isEqualTo(7);
  }

  private void watch() {
    clients.getConsumer(Map.of("bootstrap.servers", "localhost:1", "group.id", "watch")).close();
  }
}
