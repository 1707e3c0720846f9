package org.perceiveir.streams.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.streams.config.BatchMode;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.FrameSize;
import org.perceiveir.streams.config.ProcessingGuarantee;

class TimeLimitsTest {
  private static final FrameSize SIZE = new FrameSize(640, 352);

  private static MeasuredSpeed speed(double frameMs) {
    return new MeasuredSpeed(SIZE, frameMs, 0);
  }

  private static WorkShape shape(int threads, int partitions) {
    return shape(threads, partitions, BatchMode.BLOCKING, ProcessingGuarantee.EXACTLY_ONCE_V2);
  }

  private static WorkShape shape(
      int threads, int partitions, BatchMode mode, ProcessingGuarantee guarantee) {
    return shape(threads, partitions, mode, guarantee, 0);
  }

  private static WorkShape shape(
      int threads, int partitions, BatchMode mode, ProcessingGuarantee guarantee, long payloadMs) {
    return new WorkShape(threads, partitions, mode, 8, guarantee, 0, 20_000, payloadMs, 900_000);
  }

  @Test
  void shouldKeepKafkasOwnLimitsWhenFramesAreFast() {
    TimeLimits limits = TimeLimits.derive(speed(2), shape(2, 4), UserLimits.none(), 16);

    assertThat(limits.transactionTimeoutMs()).isEqualTo(10_000);
    assertThat(limits.maxPollIntervalMs()).isEqualTo(300_000);
    assertThat(limits.maxPollRecords()).isEqualTo(16);
    assertThat(limits.bufferedRecords()).isEqualTo(16);
  }

  /** The case that loops for ever under the default of 10 s: one round of frames takes 24 s. */
  @Test
  void shouldRaiseTheTransactionTimeoutWhenARoundOutlastsTheDefault() {
    TimeLimits limits = TimeLimits.derive(speed(2_000), shape(1, 6), UserLimits.none(), 16);

    assertThat(limits.maxPollRecords()).isEqualTo(1);
    assertThat(limits.bufferedRecords()).isEqualTo(1);
    assertThat(limits.roundMs()).isEqualTo(6 * 2 * 2_000);
    assertThat(limits.transactionTimeoutMs()).isEqualTo(100 + 2 * 24_000 + 1_000);
  }

  @Test
  void shouldCountTheFramesAheadWhenThreadsShareTheNetwork() {
    TimeLimits alone = TimeLimits.derive(speed(100), shape(1, 1), UserLimits.none(), 16);
    TimeLimits shared = TimeLimits.derive(speed(100), shape(4, 4), UserLimits.none(), 16);

    assertThat(alone.frameMs()).isEqualTo(100);
    assertThat(shared.frameMs()).isEqualTo(700);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "50,2,4", "300,2,4", "2000,1,6", "2000,2,4", "8000,4,16"})
  void shouldLeaveTwiceTheRoundInEveryTransactionAndPoll(
      double frame, int threads, int partitions) {
    WorkShape shape = shape(threads, partitions);
    TimeLimits limits = TimeLimits.derive(speed(frame), shape, UserLimits.none(), 16);

    double round =
        shape.tasksPerThread()
            * (limits.bufferedRecords() + limits.maxPollRecords())
            * ((2 * threads - 1) * frame);
    assertThat(limits.transactionTimeoutMs() - limits.commitIntervalMs())
        .isGreaterThan((long) (2 * round));
    assertThat(limits.maxPollIntervalMs() / 2).isGreaterThanOrEqualTo((long) (2 * round) + 20_000);
    assertThat(limits.commitIntervalMs()).isLessThan(limits.transactionTimeoutMs());
    assertThat(limits.maxFramePixels()).isGreaterThanOrEqualTo(2 * SIZE.pixels());
  }

  @Test
  void shouldRefuseWithTheInequalityWhenTheUsersTransactionTimeoutIsTooShort() {
    UserLimits user = UserLimits.from(Map.of("producer.transaction.timeout.ms", "10000"));

    assertThatThrownBy(() -> TimeLimits.derive(speed(2_000), shape(1, 6), user, 16))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("kafka.transaction.timeout.ms=10000: must be at least 49100 ms")
        .hasMessageContaining("commit.interval.ms 100 + 2 x 24000 + 1000")
        .hasMessageContaining("6 tasks x (1 + 1) records x 2000 ms");
  }

  @Test
  void shouldRefuseWhenTheBrokerAllowsNoTransactionLongEnough() {
    assertThatThrownBy(() -> TimeLimits.derive(speed(60_000), shape(1, 8), UserLimits.none(), 16))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("transaction.max.timeout.ms is 900000 ms")
        .hasMessageContaining("or raise the broker's limit");
  }

  @Test
  void shouldRefuseWhenTheUsersPollIntervalIsTooShort() {
    UserLimits user = UserLimits.from(Map.of("max.poll.interval.ms", "30000"));

    assertThatThrownBy(() -> TimeLimits.derive(speed(2_000), shape(1, 2), user, 16))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("kafka.max.poll.interval.ms=30000: must be at least 72000 ms");
  }

  @Test
  void shouldBufferLessWhenTheUserWantsAShortTransaction() {
    UserLimits user = UserLimits.from(Map.of("transaction.timeout.ms", "3000"));

    TimeLimits limits = TimeLimits.derive(speed(50), shape(1, 2), user, 16);

    assertThat(limits.transactionTimeoutMs()).isEqualTo(3_000);
    assertThat(limits.maxPollRecords()).isEqualTo(4);
    assertThat(limits.roundMs()).isEqualTo(2 * 8 * 50);
  }

  @Test
  void shouldTakeWhatTheUserSetsWhenItFits() {
    UserLimits user =
        UserLimits.from(
            Map.of(
                "max.poll.records", "2",
                "buffered.records.per.partition", "3",
                "commit.interval.ms", "250"));

    TimeLimits limits = TimeLimits.derive(speed(10), shape(1, 1), user, 16);

    assertThat(limits.maxPollRecords()).isEqualTo(2);
    assertThat(limits.bufferedRecords()).isEqualTo(3);
    assertThat(limits.commitIntervalMs()).isEqualTo(250);
    assertThat(limits.streamsSettings())
        .containsEntry("main.consumer.max.poll.records", 2)
        .containsEntry("commit.interval.ms", 250L);
  }

  @Test
  void shouldNameTheKeyWhenALimitIsNoNumber() {
    assertThatThrownBy(() -> UserLimits.from(Map.of("max.poll.records", "many")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("kafka.max.poll.records=many: must be a whole number");
  }

  /** The window drains at each commit: a bound without it would abort under a full window. */
  @Test
  void shouldCountTheWindowThatDrainsBeforeACommitWhenBatchesAreAsynchronous() {
    WorkShape shape = shape(2, 4, BatchMode.ASYNC, ProcessingGuarantee.EXACTLY_ONCE_V2);

    TimeLimits limits = TimeLimits.derive(speed(10), shape, UserLimits.none(), 16);

    assertThat(limits.batches()).isEqualTo(new BatchPlan(8, 24));
    assertThat(limits.frameMs()).isEqualTo(20);
    assertThat(limits.drainMs()).isEqualTo((24 + 4 + 8) * 10);
    assertThat(limits.roundMs())
        .isEqualTo(2 * (limits.bufferedRecords() + limits.maxPollRecords()) * 20 + 360);
    assertThat(limits.transactionTimeoutMs())
        .isGreaterThanOrEqualTo(100 + 2 * limits.roundMs() + 1_000);
  }

  /** Eight frames of 2 s each would hold up every one of them for 16 s. */
  @Test
  void shouldMakeSmallerBatchesWhenTheDeviceIsSlow() {
    WorkShape shape = shape(2, 4, BatchMode.ASYNC, ProcessingGuarantee.EXACTLY_ONCE_V2);

    assertThat(BatchPlan.of(2_000, shape)).isEqualTo(new BatchPlan(1, 3));
    assertThat(BatchPlan.of(300, shape)).isEqualTo(new BatchPlan(3, 9));
    assertThat(BatchPlan.of(125, shape)).isEqualTo(new BatchPlan(8, 24));
    assertThat(BatchPlan.of(0, shape)).isEqualTo(new BatchPlan(8, 24));
  }

  /** Each commit ends with a pass that may be half empty. */
  @Test
  void shouldCommitEveryEightPassesWhenBatchesAreAsynchronous() {
    WorkShape shape = shape(2, 4, BatchMode.ASYNC, ProcessingGuarantee.EXACTLY_ONCE_V2);

    assertThat(TimeLimits.derive(speed(1), shape, UserLimits.none(), 16).commitIntervalMs())
        .isEqualTo(100);
    assertThat(TimeLimits.derive(speed(5), shape, UserLimits.none(), 16).commitIntervalMs())
        .isEqualTo(320);
    assertThat(TimeLimits.derive(speed(60), shape, UserLimits.none(), 16).commitIntervalMs())
        .isEqualTo(1_000);
  }

  @Test
  void shouldStateTheWindowInTheInequalityWhenItDoesNotFit() {
    WorkShape shape = shape(1, 6, BatchMode.ASYNC, ProcessingGuarantee.EXACTLY_ONCE_V2);
    UserLimits user = UserLimits.from(Map.of("transaction.timeout.ms", "10000"));

    assertThatThrownBy(() -> TimeLimits.derive(speed(2_000), shape, user, 16))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("kafka.transaction.timeout.ms=10000: must be at least 90000 ms")
        .hasMessageContaining("6 tasks x (1 + 1) records x 2000 ms")
        .hasMessageContaining("20000 ms for the 10 frames that may wait before a commit");
  }

  @Test
  void shouldNotLimitByTransactionsWhenThereAreNone() {
    WorkShape shape = shape(1, 6, BatchMode.ASYNC, ProcessingGuarantee.AT_LEAST_ONCE);

    TimeLimits limits = TimeLimits.derive(speed(60_000), shape, UserLimits.none(), 16);

    assertThat(limits.streamsSettings()).doesNotContainKey("producer.transaction.timeout.ms");
    assertThat(limits.commitIntervalMs()).isEqualTo(1_000);
    assertThat(limits.maxPollIntervalMs()).isGreaterThan(4 * limits.roundMs());
  }

  @Test
  void shouldReadAheadNoMoreThanTheHeapAllows() {
    TimeLimits limits = TimeLimits.derive(speed(2), shape(2, 4), UserLimits.none(), 3);

    assertThat(limits.maxPollRecords()).isEqualTo(3);
    assertThat(limits.bufferedRecords()).isEqualTo(3);
  }

  /** A thread that is told to end works off what it has read before it looks. */
  @Test
  void shouldLeaveACloseTheTimeOfARound() {
    WorkShape shape = shape(2, 16, BatchMode.ASYNC, ProcessingGuarantee.EXACTLY_ONCE_V2);

    TimeLimits limits = TimeLimits.derive(speed(2_000), shape, UserLimits.none(), 16);

    assertThat(limits.closeTimeout().toMillis()).isGreaterThanOrEqualTo(2 * limits.roundMs());
    assertThat(limits.patience().toMillis() * shape.tasksPerThread())
        .isLessThanOrEqualTo(limits.drainMs());
    assertThat(limits.stallLimit().toMillis()).isGreaterThan(limits.roundMs());
  }

  /** An origin that answers each frame at the last moment must not make a transaction abort. */
  @ParameterizedTest
  @CsvSource({"ASYNC,5,1000", "ASYNC,300,1000", "BLOCKING,5,1000", "ASYNC,5,60000"})
  void shouldLeaveTimeForThePayloadOfEachFrameWhenTheyMayBeOutsideKafka(
      BatchMode mode, double frame, long payloadMs) {
    WorkShape shape = shape(2, 4, mode, ProcessingGuarantee.EXACTLY_ONCE_V2, payloadMs);
    TimeLimits limits = TimeLimits.derive(speed(frame), shape, UserLimits.none(), 16);

    long backlog =
        (long) shape.tasksPerThread() * (limits.bufferedRecords() + limits.maxPollRecords());
    assertThat(limits.roundMs()).isGreaterThanOrEqualTo(backlog * payloadMs);
    assertThat(limits.transactionTimeoutMs()).isGreaterThan(2 * backlog * payloadMs);
    assertThat(limits.maxPollIntervalMs()).isGreaterThan(4 * backlog * payloadMs);
  }

  /** A slower network whose rounds outlast the transaction would restore nothing any more. */
  @ParameterizedTest
  @CsvSource({"2,2,4", "100,2,4", "300,1,2", "2000,2,4"})
  void shouldLeaveAPartOfTheSlackForASlowerNetwork(double frame, int threads, int partitions) {
    WorkShape shape = shape(threads, partitions);
    TimeLimits limits = TimeLimits.derive(speed(frame), shape, UserLimits.none(), 16);

    double longest = limits.longestFrameMs();

    assertThat(longest).isGreaterThan(1.3 * frame);
    double round =
        shape.tasksPerThread()
            * (limits.bufferedRecords() + limits.maxPollRecords())
            * ((2 * threads - 1) * longest);
    assertThat(limits.transactionTimeoutMs() - limits.commitIntervalMs() - 1_000)
        .isGreaterThanOrEqualTo((long) (1.5 * round));
    assertThat(limits.maxFramePixels(longest))
        .isBetween(SIZE.pixels(), (long) (1.51 * SIZE.pixels()));
    assertThat(limits.maxFramePixels(frame)).isEqualTo(limits.maxFramePixels());
  }

  /** The time of slow origins must not be given to a slower network. */
  @ParameterizedTest
  @CsvSource({"ASYNC,5,1000", "BLOCKING,5,1000", "ASYNC,300,2000"})
  void shouldKeepTheTimeOfPayloadsWhenAnotherNetworkTakesThePlace(
      BatchMode mode, double frame, long payloadMs) {
    TimeLimits limits =
        TimeLimits.derive(
            speed(frame),
            shape(2, 4, mode, ProcessingGuarantee.EXACTLY_ONCE_V2, payloadMs),
            UserLimits.none(),
            16);

    assertThat(limits.maxFramePixels(frame))
        .isCloseTo(limits.maxFramePixels(), withinPercentage(1));
  }
}
