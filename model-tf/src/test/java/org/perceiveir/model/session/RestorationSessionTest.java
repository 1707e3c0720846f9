package org.perceiveir.model.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.WeightMismatchException;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.TinyNetworks;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.scope.NativeScope;

class RestorationSessionTest {
  private static final Preset NAFNET = TinyNetworks.NAFNET;
  private static final Preset RESTORMER = TinyNetworks.RESTORMER;
  private static final SessionOptions OPTIONS = SessionOptions.defaults().withDevice("cpu");

  @TempDir private Path dir;

  private static Map<String, FloatTensor> initial(Preset preset) {
    try (GraphRun g = new GraphRun()) {
      PerceiveIrNetwork.build(g.tf, g.params, preset)
          .restore(g.feed(new FloatTensor(new long[] {1, 16, 16, 3}, new float[768])));
      return g.params.initialValues(7);
    }
  }

  private ModelBundle bundle(Preset preset, Map<String, FloatTensor> weights) throws IOException {
    return ModelBundle.write(
        dir.resolve(preset.name()),
        preset.name(),
        "1",
        preset,
        weights,
        JsonNodeFactory.instance.objectNode());
  }

  /** A network whose last convolution is zero adds nothing to its input. */
  private ModelBundle identity(Preset preset) throws IOException {
    Map<String, FloatTensor> weights = new LinkedHashMap<>(initial(preset));
    weights.replaceAll(
        (name, t) ->
            name.startsWith("ending") || name.startsWith("output")
                ? new FloatTensor(t.shape(), new float[t.values().length])
                : t);
    return bundle(preset, weights);
  }

  private static RgbImage noise(int width, int height, long seed) {
    byte[] rgb = new byte[3 * width * height];
    new Random(seed).nextBytes(rgb);
    return RgbImage.wrap(width, height, rgb);
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,9", "7,5", "16,16", "33,18", "3,70"})
  void shouldGiveBackEveryPixelWhenTheNetworkAddsNothing(int width, int height) throws IOException {
    for (Preset preset : List.of(NAFNET, RESTORMER)) {
      try (RestorationSession session = RestorationSession.open(identity(preset), OPTIONS)) {
        RgbImage frame = noise(width, height, 1);
        RgbImage restored = session.restore(frame);
        assertThat(restored.width()).isEqualTo(width);
        assertThat(restored.height()).isEqualTo(height);
        assertThat(restored.rgb()).isEqualTo(frame.rgb());
      }
    }
  }

  @Test
  void shouldJoinTilesWithoutSeamsWhenTheFrameIsLargerThanOnePass() throws IOException {
    SessionOptions small = OPTIONS.withTiles(128, 16);
    try (RestorationSession session = RestorationSession.open(identity(NAFNET), small)) {
      RgbImage frame = noise(301, 140, 2);
      assertThat(session.restore(frame).rgb()).isEqualTo(frame.rgb());
    }
  }

  @Test
  void shouldGiveTheSamePixelsWhenAFrameIsAloneOrInABatch() throws IOException {
    try (RestorationSession session =
        RestorationSession.open(bundle(NAFNET, initial(NAFNET)), OPTIONS)) {
      List<RgbImage> frames = List.of(noise(40, 24, 3), noise(40, 24, 4), noise(40, 24, 5));
      List<RgbImage> batch = session.restore(frames);
      for (int i = 0; i < frames.size(); i++) {
        byte[] alone = session.restore(frames.get(i)).rgb();
        byte[] together = batch.get(i).rgb();
        for (int b = 0; b < alone.length; b++) {
          // The order of a sum may differ with the batch; more than one level would be another
          // frame's influence.
          assertThat(Math.abs((alone[b] & 0xff) - (together[b] & 0xff))).isLessThanOrEqualTo(1);
        }
      }
      assertThat(batch.get(0).rgb()).isNotEqualTo(frames.get(0).rgb());
    }
  }

  @Test
  void shouldGiveTheSamePixelsWhenManyThreadsCall() throws Exception {
    try (RestorationSession session =
        RestorationSession.open(bundle(NAFNET, initial(NAFNET)), OPTIONS)) {
      RgbImage frame = noise(48, 32, 6);
      byte[] expected = session.restore(frame).rgb();
      ExecutorService pool = Executors.newFixedThreadPool(4);
      try {
        List<Future<RgbImage>> futures = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
          futures.add(pool.submit(() -> session.restore(frame)));
        }
        for (Future<RgbImage> f : futures) {
          assertThat(f.get().rgb()).isEqualTo(expected);
        }
      } finally {
        pool.shutdown();
      }
    }
  }

  @Test
  void shouldRefuseABatchWhenItsSizesDiffer() throws IOException {
    try (RestorationSession session = RestorationSession.open(identity(NAFNET), OPTIONS)) {
      assertThatThrownBy(() -> session.restore(List.of(noise(8, 8, 1), noise(8, 9, 1))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("8x8 and 8x9");
      assertThatThrownBy(() -> session.restore(List.of()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void shouldRefuseFramesWhenItIsClosed() throws IOException {
    int before = NativeScope.openResources();
    RestorationSession session = RestorationSession.open(identity(NAFNET), OPTIONS);
    assertThat(NativeScope.openResources()).isEqualTo(before + 2);
    session.close();
    session.close();
    assertThat(NativeScope.openResources()).isEqualTo(before);
    assertThatThrownBy(() -> session.restore(noise(8, 8, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void shouldListEveryTensorWhenWeightsDoNotFitThePreset() throws IOException {
    Map<String, FloatTensor> weights = new LinkedHashMap<>(initial(NAFNET));
    weights.remove("intro.bias");
    weights.put("ending.bias", new FloatTensor(new long[] {4}, new float[4]));
    weights.put("stranger", new FloatTensor(new long[] {1}, new float[1]));
    ModelBundle bundle = bundle(NAFNET, weights);
    assertThatThrownBy(() -> RestorationSession.open(bundle, OPTIONS))
        .isInstanceOf(WeightMismatchException.class)
        .hasMessageContaining("missing intro.bias [8]")
        .hasMessageContaining("misshaped ending.bias: expected [3], found [4]")
        .hasMessageContaining("unexpected stranger [1]");
  }
}
