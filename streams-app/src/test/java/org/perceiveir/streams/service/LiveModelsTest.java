package org.perceiveir.streams.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.batch.StandInRestorer;
import org.perceiveir.streams.config.BatchMode;
import org.perceiveir.streams.config.ProcessingGuarantee;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.control.ModelRefusedException;
import org.perceiveir.streams.limits.MeasuredSpeed;
import org.perceiveir.streams.limits.TimeLimits;
import org.perceiveir.streams.limits.UserLimits;
import org.perceiveir.streams.limits.WorkShape;
import org.perceiveir.streams.pass.DeviceGate;
import org.perceiveir.streams.pass.ModelSlot;
import org.perceiveir.streams.pass.RoutedPass;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.TierJudge;

/** Which candidates the time limits of a running service leave room for. */
class LiveModelsTest {
  private static final double FRAME_MS = 10;

  @TempDir private Path models;

  private final ModelSlot slot = new ModelSlot(new Device("first", 1));
  private volatile double busy = 1;
  private volatile Set<Integer> disturbed = Set.of();
  private LiveModels live;

  /** A network on a machine that other programs use too. */
  private final class Device extends StandInRestorer {
    private final FakeRestorer device = new FakeRestorer();
    private final double times;
    private final AtomicInteger passes = new AtomicInteger();

    /** A network that takes so many times as long as the first. */
    Device(String name, double times) {
      super(name);
      this.times = times;
    }

    @Override
    public List<RgbImage> restore(List<RgbImage> frames) {
      boolean alone = !disturbed.contains(passes.incrementAndGet());
      return device.taking(0, times * busy * (alone ? 1 : 4) * FRAME_MS).restore(frames);
    }
  }

  @BeforeEach
  void start() throws IOException {
    Files.createDirectory(models.resolve("same"));
    Files.createDirectory(models.resolve("slow"));
    ServiceConfig config =
        ServiceConfig.of(
            Map.of(
                "kafka.bootstrap.servers", "b:1",
                "schema.registry.url", "http://r",
                "warmup.frame.size", "16x8",
                "warmup.frames", "1",
                "models.directory", models.toString()));
    // Six frames of 10 ms, twice, twice over, in a transaction that leaves 400 ms: 22 ms a frame.
    TimeLimits limits =
        TimeLimits.derive(
            new MeasuredSpeed(config.warmupFrameSize(), FRAME_MS, 0),
            new WorkShape(
                1,
                6,
                BatchMode.BLOCKING,
                1,
                ProcessingGuarantee.EXACTLY_ONCE_V2,
                0,
                20_000,
                0,
                900_000),
            UserLimits.from(Map.of("transaction.timeout.ms", "1500")),
            16);
    assertThat(limits.longestFrameMs()).isBetween(15.0, 30.0);
    live =
        new LiveModels(
            config,
            new Networks() {
              @Override
              public Restorer full() {
                return new Device("first", 1);
              }

              @Override
              public Optional<Restorer> light() {
                return Optional.empty();
              }

              @Override
              public Optional<TierJudge> judge() {
                return Optional.empty();
              }

              @Override
              public Restorer candidate(Path directory, Optional<String> sha256) {
                return directory.endsWith("same") ? new Device("same", 1) : new Device("slow", 4);
              }
            },
            new DeviceGate(),
            new RoutedPass(slot, null, null, RoutingPolicy.allFull(), 0),
            Map.of(ModelSlotName.FULL, slot),
            Map.of(ModelSlotName.FULL, FRAME_MS),
            null,
            limits);
  }

  @AfterEach
  void end() {
    live.close();
    slot.close();
  }

  @Test
  void shouldTakeANetworkThatIsAsFastAsTheOneInUseWhenTheMachineIsBusierThanAtTheStart() {
    busy = 4;

    live.load(ModelSlotName.FULL, "same", Optional.empty(), 0);

    assertThat(slot.identity().bundle()).isEqualTo("same");
    assertThat(live.held(ModelSlotName.FULL).orElseThrow().frameMs()).isBetween(5.0, 22.0);
  }

  @Test
  void shouldTakeANetworkThatIsAsFastAsTheOneInUseWhenOtherProgramsSlowSomePassesOnly() {
    busy = 3;
    // Every second pass is timed: the first two turns find the candidate slow.
    disturbed = Set.of(4, 6);

    live.load(ModelSlotName.FULL, "same", Optional.empty(), 0);

    assertThat(slot.identity().bundle()).isEqualTo("same");
  }

  @Test
  void shouldRefuseANetworkThatIsTooSlowHoweverBusyTheMachineIs() {
    for (double now : new double[] {1, 4}) {
      busy = now;

      assertThatThrownBy(() -> live.load(ModelSlotName.FULL, "slow", Optional.empty(), 0))
          .isInstanceOf(ModelRefusedException.class)
          .hasMessageContaining("a frame of 16x8 would take")
          .hasMessageContaining("they were derived for 10 ms");
      assertThat(slot.identity().bundle()).isEqualTo("first");
    }
  }
}
