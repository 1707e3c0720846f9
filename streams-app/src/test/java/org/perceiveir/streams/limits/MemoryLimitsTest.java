package org.perceiveir.streams.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.FrameSize;

class MemoryLimitsTest {
  private static final long MIB = 1 << 20;

  private static HeapShape shape(long heapMib, int partitions, int threads) {
    return new HeapShape(
        heapMib * MIB,
        threads,
        partitions,
        10 * MIB,
        32 * MIB,
        10 * MIB,
        22 * MIB,
        0,
        16,
        new FrameSize(640, 352));
  }

  /** A thousand records of 10 MiB, Kafka Streams' default, need 40 GiB on four partitions. */
  @ParameterizedTest
  @CsvSource({"512,4,2", "1024,4,2", "2048,4,2", "2048,16,4", "4096,16,4"})
  void shouldReadAheadOnlyWhatFitsIntoTheHeap(long heapMib, int partitions, int threads) {
    HeapShape shape = shape(heapMib, partitions, threads);

    int records = MemoryLimits.maxRecords(shape, 16);
    MemoryLimits limits = MemoryLimits.derive(shape, records, records);

    assertThat(records).isBetween(1, 16);
    assertThat(limits.neededBytes()).isLessThanOrEqualTo(heapMib * MIB * 75 / 100);
    assertThat(limits.maxFramePixels()).isGreaterThanOrEqualTo(640 * 352);
  }

  /** Reading ahead must not take the room of a camera that is larger than expected. */
  @Test
  void shouldLeaveRoomForLargerFramesInTheDefaultHeap() {
    HeapShape shape = shape(2_048, 4, 2);
    int records = MemoryLimits.maxRecords(shape, 16);

    assertThat(records).isGreaterThanOrEqualTo(4);
    assertThat(MemoryLimits.derive(shape, records, records).maxFramePixels())
        .isGreaterThan(2_560 * 1_440);
  }

  /** On a CPU a 4K frame takes seconds: a batch of one, three of which may wait. */
  @Test
  void shouldTakeFramesOf4KInTheDefaultHeapWhenTheyAreExpected() {
    HeapShape shape =
        new HeapShape(
            2_048 * MIB,
            2,
            4,
            11 * MIB,
            32 * MIB,
            10 * MIB,
            64 * MIB,
            0,
            3,
            new FrameSize(3_840, 2_160));

    int records = MemoryLimits.maxRecords(shape, 16);
    MemoryLimits limits = MemoryLimits.derive(shape, records, records);

    assertThat(records).isPositive();
    assertThat(limits.maxFramePixels()).isGreaterThanOrEqualTo(3_840 * 2_160);
  }

  @Test
  void shouldStateTheSumWithItsNumbersWhenTheHeapIsTooSmall() {
    HeapShape shape = shape(256, 16, 2);

    assertThat(MemoryLimits.maxRecords(shape, 16)).isZero();
    assertThatThrownBy(() -> MemoryLimits.derive(shape, 1, 1))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the heap of 256.0 MiB is too small")
        .hasMessageContaining("16 partitions x ((1 + 1 + 2) records x 10.0 MiB + 10.0 MiB fetched)")
        .hasMessageContaining("2 threads x 32 MiB producer + 22 MiB audit")
        .hasMessageContaining("raise -Xmx, lower frame.max.bytes or stream.threads");
  }

  /** The sum, by hand, in MiB: 4 (4 x 10 + 10) + 16 x 12 x 0.215 + 2 x 32 + 22 + 3 x 24 x 0.215. */
  @Test
  void shouldAddUpRecordsWindowClientsAndCodecs() {
    MemoryLimits limits = MemoryLimits.derive(shape(1024, 4, 2), 1, 1);

    double mib = limits.neededBytes() / (double) MIB;
    assertThat(mib).isBetween(200 + 41.2 + 64 + 22 + 15.4 - 0.1, 200 + 41.2 + 64 + 22 + 15.5 + 0.2);
    assertThat(limits.formula()).contains("= 343 MiB, allowed are 75 % of 1024 MiB = 768 MiB");
  }

  /** Threads that were given up, because a payload did not come, hold its bytes all the same. */
  @Test
  void shouldCountWhatReadersOfPayloadsOutsideKafkaHold() {
    HeapShape without = shape(2_048, 4, 2);
    HeapShape with =
        new HeapShape(
            without.heapBytes(),
            2,
            4,
            without.recordBytes(),
            without.producerBytes(),
            without.fetchBytes(),
            without.auditBytes(),
            40 * MIB,
            16,
            without.frameSize());

    assertThat(MemoryLimits.derive(with, 2, 2).neededBytes())
        .isEqualTo(MemoryLimits.derive(without, 2, 2).neededBytes() + 40 * MIB);
    assertThat(MemoryLimits.derive(with, 2, 2).formula()).contains("40 MiB payloads outside");
  }
}
