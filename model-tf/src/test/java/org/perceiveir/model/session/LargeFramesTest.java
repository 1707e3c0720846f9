package org.perceiveir.model.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.preset.TinyNetworks;
import org.perceiveir.model.scope.NativeScope;
import org.tensorflow.exceptions.TFResourceExhaustedException;

/** Tiles and batches on a network that counts its passes and whose memory runs out on purpose. */
final class LargeFramesTest {
  private static final MemoryModel MODEL = new MemoryModel(0, 1_000, 40);
  private static final int OVERLAP = 16;

  @TempDir Path dir;

  private ModelBundle bundle;

  @BeforeEach
  void write() throws IOException {
    bundle =
        ModelBundle.write(
            dir.resolve("bundle"),
            "tiny",
            "1",
            TinyNetworks.NAFNET,
            PerceiveIrNetwork.initialWeights(TinyNetworks.NAFNET, 1),
            JsonNodeFactory.instance.objectNode());
  }

  /** Gives frames back; runs out of memory beyond so many pixels in a pass. */
  private static final class NarrowNetwork implements Network {
    private final long roomPixels;
    private final List<String> passes = new ArrayList<>();
    private final List<WholeFrame> guidance = new ArrayList<>();
    private int pooledPictures;
    private final List<String> semanticPictures = new ArrayList<>();

    NarrowNetwork(long roomPixels) {
      this.roomPixels = roomPixels;
    }

    private void run(List<RgbImage> frames) {
      RgbImage one = frames.get(0);
      if ((long) frames.size() * one.width() * one.height() > roomPixels) {
        throw new TFResourceExhaustedException("OOM when allocating tensor");
      }
    }

    @Override
    public List<RestoredImage> restore(List<RgbImage> frames, WholeFrame whole) {
      run(frames);
      passes.add(frames.size() + " of " + frames.get(0).width() + "x" + frames.get(0).height());
      guidance.add(whole);
      return frames.stream().map(frame -> new RestoredImage(frame, null)).toList();
    }

    @Override
    public float @Nullable [] pooled(RgbImage picture) {
      run(List.of(picture));
      pooledPictures++;
      return new float[] {pooledPictures};
    }

    @Override
    public float[] z(RgbImage picture) {
      return new float[0];
    }

    @Override
    public float @Nullable [] semantic(RgbImage picture) {
      semanticPictures.add(picture.width() + "x" + picture.height());
      return new float[] {0.5f};
    }
  }

  private RestorationSession session(String device, NarrowNetwork network, MemoryBudget memory) {
    SessionOptions options = SessionOptions.defaults().withTiles(512, OVERLAP).withMemory(memory);
    int multiple = TinyNetworks.NAFNET.padMultiple();
    TilePlan plan =
        device.equals("cpu")
            ? TilePlan.within(MODEL, options, multiple)
            : TilePlan.unbounded(options, multiple);
    return new RestorationSession(
        bundle, device, MODEL, memory, plan, NativeScope.named("a test"), network);
  }

  private static RgbImage noise(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    new Random(1).nextBytes(rgb);
    return RgbImage.wrap(width, height, rgb);
  }

  @Test
  void shouldHalveTheTileAndKeepItWhenAGpuRunsOutOfMemory() {
    NarrowNetwork network = new NarrowNetwork(200 * 200);
    try (RestorationSession session = session("gpu:0", network, MemoryBudget.unlimited())) {
      RgbImage frame = noise(600, 300);

      RgbImage restored = session.restore(frame);

      assertThat(restored.rgb()).isEqualTo(frame.rgb());
      assertThat(session.tileSide()).isLessThanOrEqualTo(200);
      int side = session.tileSide();
      assertThat(network.passes).containsOnly("1 of " + side + "x" + side);
      int passes = network.passes.size();

      assertThat(session.restore(frame).rgb()).isEqualTo(frame.rgb());
      assertThat(session.tileSide()).as("no larger tile is tried again").isEqualTo(side);
      assertThat(network.passes).hasSize(2 * passes);
    }
  }

  @Test
  void shouldHalveTheBatchAndKeepTheTileWhenAGpuRunsOutOfMemory() {
    NarrowNetwork network = new NarrowNetwork(2 * 128 * 128);
    try (RestorationSession session = session("gpu:0", network, MemoryBudget.unlimited())) {
      List<RgbImage> frames = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        frames.add(noise(128, 128));
      }

      assertThat(session.restore(frames)).hasSize(8);

      assertThat(network.passes).containsOnly("2 of 128x128").hasSize(4);
      assertThat(session.tileSide()).isEqualTo(512);
    }
  }

  @Test
  void shouldGiveUpWhenTheSmallestTileFindsNoMemory() {
    NarrowNetwork network = new NarrowNetwork(100);
    try (RestorationSession session = session("gpu:0", network, MemoryBudget.unlimited())) {
      assertThatThrownBy(() -> session.restore(noise(600, 300)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the network cannot run on gpu:0: OOM when allocating tensor");
      assertThat(session.tileSide()).isEqualTo(TilePlan.SMALLEST_SIDE);
    }
  }

  /** There a shortage ends the process more often than not: a second attempt would be luck. */
  @Test
  void shouldNotTryAgainOnTheCpu() {
    NarrowNetwork network = new NarrowNetwork(200 * 200);
    try (RestorationSession session = session("cpu", network, MemoryBudget.unlimited())) {
      assertThatThrownBy(() -> session.restore(noise(600, 300)))
          .isInstanceOf(IllegalStateException.class);
      assertThat(session.tileSide()).isEqualTo(512);
    }
  }

  @Test
  void shouldChooseTheTileByTheBudgetBeforeThePass() {
    NarrowNetwork network = new NarrowNetwork(Long.MAX_VALUE);
    // 65,536 pixels at 1,000 bytes.
    MemoryBudget memory = MemoryBudget.of(65_536_000, "restore.memory.max.bytes");
    try (RestorationSession session = session("cpu", network, memory)) {
      RgbImage frame = noise(600, 300);

      assertThat(session.restore(frame).rgb()).isEqualTo(frame.rgb());

      assertThat(session.tileSide()).isEqualTo(256);
      assertThat(network.passes).containsOnly("1 of 256x256").hasSize(3 * 2);
    }
  }

  @Test
  void shouldGuideEveryTileByTheWholeFrame() {
    NarrowNetwork network = new NarrowNetwork(Long.MAX_VALUE);
    MemoryBudget memory = MemoryBudget.of(65_536_000, "restore.memory.max.bytes");
    try (RestorationSession session = session("cpu", network, memory)) {
      var unused = session.restore(noise(600, 300));

      assertThat(network.pooledPictures).isEqualTo(6);
      assertThat(network.semanticPictures).containsExactly("600x300");
      assertThat(network.guidance)
          .hasSize(6)
          .allSatisfy(
              whole -> {
                assertThat(whole.pooled()).containsExactly(21f / 6);
                assertThat(whole.semantic()).containsExactly(0.5f);
              });
    }
  }

  @Test
  void shouldNameTheLimitWhenAWholeFrameIsTooLargeForTheEncoder() {
    NarrowNetwork network = new NarrowNetwork(Long.MAX_VALUE);
    MemoryBudget memory = MemoryBudget.of(20_000_000, "restore.memory.max.bytes");
    try (RestorationSession session = session("cpu", network, memory)) {
      assertThatThrownBy(() -> session.restore(noise(1_000, 800)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a frame of 1000x800 is too large")
          .hasMessageContaining("19 MiB (restore.memory.max.bytes)")
          .hasMessageContaining("send smaller frames or raise the budget");
    }
  }

  @Test
  void shouldInvertItsOwnPrediction() {
    MemoryModel model = MemoryModel.of(bundle);

    assertThat(model.bytesPerPixel()).isGreaterThan(4 * 8);
    assertThat(model.frameBytesPerPixel()).isZero();
    assertThat(model.mostPixels(model.passBytes(1_000_000))).isBetween(1_000_000L, 1_000_001L);
    assertThat(model.mostPixels(model.fixedBytes() - 1)).isZero();
  }
}
