package org.perceiveir.streams.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The disturbances again and again, each time with another seed, and a report of every one of them.
 * Not part of the normal build: {@code mvn verify -Pfaults} runs it, which takes about half an
 * hour.
 *
 * <p>{@code -Dfaults.repeats=N} changes how often, {@code -Dfaults.seed=S} the first seed, {@code
 * -Dfaults.report=FILE} where the report goes.
 */
class FaultRepeats {
  private static final int REPEATS = Integer.getInteger("faults.repeats", 20);
  private static final long FIRST_SEED = Long.getLong("faults.seed", 1000L);
  private static final int TAKE_OVERS = Math.min(3, REPEATS);

  /** 45 s of session, and the transaction timeout with the broker's interval for looking at it. */
  private static final Duration TAKE_OVER = Duration.ofMinutes(2);

  /** Nearly as slow as the cameras are fast, so that every window is full when it is hit. */
  private static final DeviceScript SATURATED = new DeviceScript(20, 2, 0, 0, -1, -1, 0, -1, -1, 1);

  private static final List<Row> rows = new ArrayList<>();
  private static final List<TakeOverRow> takeOvers = new ArrayList<>();

  private static FaultCluster cluster;

  /** One disturbance that is repeated in one mode. */
  record Campaign(Disturbance disturbance, Mode mode, int repeats) {
    @Override
    public String toString() {
      return disturbance.text() + ", " + mode.text() + ", " + repeats + " times";
    }
  }

  private record Row(
      Campaign campaign, long seed, Delivery delivery, int openAtKills, double seconds) {
    boolean isKept() {
      return campaign.mode().hasTransactions() ? delivery.isExactlyOnce() : delivery.isComplete();
    }
  }

  private record TakeOverRow(Mode mode, long seed, FaultRun.TakeOver measured) {}

  @BeforeAll
  static void startCluster() {
    cluster = FaultCluster.start();
  }

  static Stream<Campaign> campaigns() {
    int few = Math.max(1, REPEATS / 4);
    List<Campaign> campaigns = new ArrayList<>();
    for (Disturbance disturbance :
        List.of(Disturbance.KILL, Disturbance.TERMINATE, Disturbance.REBALANCE)) {
      campaigns.add(new Campaign(disturbance, Mode.ASYNC, REPEATS));
      campaigns.add(new Campaign(disturbance, Mode.BLOCKING, few));
      campaigns.add(new Campaign(disturbance, Mode.ASYNC_AT_LEAST_ONCE, few));
      campaigns.add(new Campaign(disturbance, Mode.ASYNC_STREAMS_PROTOCOL, few));
    }
    campaigns.add(new Campaign(Disturbance.FREEZE, Mode.ASYNC, few));
    campaigns.add(new Campaign(Disturbance.KILL_ONE_OF_TWO, Mode.ASYNC, few));
    campaigns.add(new Campaign(Disturbance.KILL_ONE_OF_TWO, Mode.ASYNC_STREAMS_PROTOCOL, few));
    return campaigns.stream();
  }

  /** Once is luck: the instant that breaks it may be a hundred microseconds wide. */
  @ParameterizedTest
  @MethodSource("campaigns")
  void shouldKeepThePromiseInEveryRepeat(Campaign campaign) {
    List<Row> own = new ArrayList<>();
    try (FaultRun run =
        FaultRun.open(
            cluster,
            campaign.mode(),
            0,
            "kafka.transaction.timeout.ms",
            "6000",
            // As derived: the longer, the more is in flight between two commits.
            "kafka.commit.interval.ms",
            "")) {
      for (int i = 0; i < campaign.repeats(); i++) {
        long seed = FIRST_SEED + i;
        boolean saturated = i % 2 == 1 && campaign.mode() != Mode.BLOCKING;
        run.use(saturated ? SATURATED : DeviceScript.sound());
        run.begin(seed);
        long start = System.nanoTime();
        campaign.disturbance().strike(run);
        Delivery delivery = run.settle();
        double seconds = (System.nanoTime() - start) / 1e9;
        own.add(new Row(campaign, seed, delivery, run.openTransactionsAtKills(), seconds));
      }
      assertThat(own)
          .withFailMessage(() -> table(own) + run.logs())
          .hasSize(campaign.repeats())
          .allMatch(Row::isKept);
    } finally {
      rows.addAll(own);
    }
  }

  /** What a crash costs with the time limits that a user has who sets none. */
  @ParameterizedTest
  @EnumSource(names = {"ASYNC", "ASYNC_STREAMS_PROTOCOL"})
  void shouldTakeOverWithinTheSessionAndTransactionTimeoutsOfProduction(Mode mode) {
    try (FaultCluster production = FaultCluster.startWithProductionTimeouts()) {
      for (int i = 0; i < TAKE_OVERS; i++) {
        long seed = FIRST_SEED + i;
        try (FaultRun run =
            FaultRun.open(
                production,
                mode,
                seed,
                "kafka.session.timeout.ms",
                "",
                "kafka.heartbeat.interval.ms",
                "",
                "kafka.transaction.timeout.ms",
                "",
                "kafka.commit.interval.ms",
                "")) {
          ServiceProcess victim = run.start();
          run.start();
          run.filmUntilRestored();
          run.pass(run.drawn(6000, 9000));
          long killed = System.currentTimeMillis();
          run.kill(victim);
          takeOvers.add(new TakeOverRow(mode, seed, run.awaitTakeOver(killed, TAKE_OVER)));
          Delivery delivery = run.settle();

          assertThat(delivery)
              .withFailMessage(() -> delivery + "\n" + run.logs())
              .matches(Delivery::isExactlyOnce);
        }
      }
    }
  }

  @AfterAll
  static void report() throws IOException {
    cluster.close();
    String file = System.getProperty("faults.report");
    if (file == null) {
      return;
    }
    StringBuilder report = new StringBuilder();
    report.append("# Runs of the fault matrix\n\n");
    report.append(
        String.format(
            Locale.ROOT,
            "Written by `mvn verify -Pfaults` on %s: Kafka %s, Java %s, %d cores; service, broker"
                + " and cameras on one machine.%n%n",
            LocalDate.now(ZoneOffset.UTC),
            kafkaVersion(),
            System.getProperty("java.version"),
            Runtime.getRuntime().availableProcessors()));
    report.append(
        """
        24 cameras film with 200 frames/s in all while the service is disturbed. Odd seeds run on a
        simulated device that is nearly saturated. *Restored twice* and *told twice* count records
        beyond the first in the restored and telemetry topics; *aborted* the restored frames that
        stand in the topic and that readers of committed records do not see; *open* the
        transactions that were open when a process was killed.

        """);
    report.append("## Sums\n\n").append(sums()).append("\n## Take-over\n\n");
    report.append(
        """
        Two instances with default time limits, one killed; seconds until the survivor had decided
        a frame of every partition, and until readers of committed records saw one.

        | mode | seed | decided | visible |
        |---|---|---|---|
        """);
    for (TakeOverRow row : takeOvers) {
      report.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %.1f | %.1f |%n",
              row.mode().text(),
              row.seed(),
              row.measured().decided(),
              row.measured().visible()));
    }
    report.append("\n## Every run\n\n").append(table(rows));
    Files.writeString(Path.of(file), report);
  }

  /** Of the clients on the class path, which may not be the one that an earlier report names. */
  private static String kafkaVersion() throws IOException {
    Properties version = new Properties();
    try (InputStream in =
        Objects.requireNonNull(
            KafkaStreams.class.getResourceAsStream("/kafka/kafka-version.properties"))) {
      version.load(in);
    }
    return version.getProperty("version");
  }

  private static String sums() {
    StringBuilder sums = new StringBuilder();
    sums.append(
        "| scenario | mode | runs | in | lost | restored twice | told twice | reordered |"
            + " aborted | open |\n|---|---|---|---|---|---|---|---|---|---|\n");
    campaigns()
        .forEach(
            campaign -> {
              List<Row> own = rows.stream().filter(r -> r.campaign().equals(campaign)).toList();
              List<Delivery> all = own.stream().map(Row::delivery).toList();
              sums.append(
                  String.format(
                      Locale.ROOT,
                      "| %s | %s | %d | %d | %d | %d | %d | %d | %d | %d |%n",
                      campaign.disturbance().text(),
                      campaign.mode().text(),
                      own.size(),
                      all.stream().mapToInt(Delivery::in).sum(),
                      all.stream().mapToInt(Delivery::lost).sum(),
                      all.stream().mapToInt(Delivery::duplicated).sum(),
                      all.stream().mapToInt(Delivery::toldTwice).sum(),
                      all.stream().mapToInt(Delivery::reordered).sum(),
                      all.stream().mapToLong(Delivery::aborted).sum(),
                      own.stream().mapToInt(Row::openAtKills).sum()));
            });
    return sums.toString();
  }

  private static String table(List<Row> of) {
    StringBuilder table = new StringBuilder();
    table.append(
        "| scenario | mode | seed | in | lost | restored twice | told twice | reordered | aborted |"
            + " open | kept | seconds |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (Row row : of) {
      Delivery delivery = row.delivery();
      table.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %d | %d | %d | %d | %d | %d | %d | %d | %s | %.1f |%n",
              row.campaign().disturbance().text(),
              row.campaign().mode().text(),
              row.seed(),
              delivery.in(),
              delivery.lost(),
              delivery.duplicated(),
              delivery.toldTwice(),
              delivery.reordered(),
              delivery.aborted(),
              row.openAtKills(),
              row.isKept() ? "yes" : "**no**",
              row.seconds()));
    }
    return table.toString();
  }
}
