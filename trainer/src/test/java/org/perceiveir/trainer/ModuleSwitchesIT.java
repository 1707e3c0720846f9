package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.dinov2.DinoV2Config;
import org.perceiveir.model.dinov2.DinoV2Encoder;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.Preset.Module;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.model.vit.PositionTable;
import org.perceiveir.trainer.data.TrainingBatch;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.run.TrainingSession;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;

/**
 * Table VI: every combination of modules on both backbones trains, is saved, comes back and serves.
 * Each takes two seconds of one core, so they go side by side.
 */
@Execution(ExecutionMode.CONCURRENT)
final class ModuleSwitchesIT {
  private static final int SIDE = 16;
  private static final int STEPS = 6;
  private static final DinoV2Config ENCODER =
      new DinoV2Config(4, 8, 4, 2, 3, 0, PositionTable.Interpolation.OFFSET_0_1);

  @TempDir Path temporary;

  private static Preset whole(String name, Backbone backbone) {
    return new Preset(
        name,
        backbone,
        new Preset.Cfe(List.of(4), 1, 5),
        new Preset.Sgm("tiny", ENCODER.width(), 16, List.of(1, 2, 3, 4)),
        new Preset.Pgm(true, Preset.Projection.LINEAR),
        new Preset.Pgca(true));
  }

  private static final Preset RESTORMER =
      whole(
          "tiny-restormer",
          new Backbone.Restormer(4, List.of(1, 1, 1, 1), 1, List.of(1, 2, 2, 4), 2, false));

  /** The form of {@code paper-nafnet}, smaller. */
  private static final Preset NAFNET =
      whole("tiny-nafnet", new Backbone.NafNet(4, List.of(1, 1, 1, 2), 1, List.of(1, 1, 1, 1)));

  static Stream<Arguments> combinations() {
    List<Arguments> all = new ArrayList<>();
    List<Module> modules = List.of(Module.values());
    for (Preset preset : List.of(RESTORMER, NAFNET)) {
      for (int bits = 0; bits < 1 << modules.size(); bits++) {
        Set<Module> off = EnumSet.noneOf(Module.class);
        for (int m = 0; m < modules.size(); m++) {
          if ((bits & 1 << m) != 0) {
            off.add(modules.get(m));
          }
        }
        // Both ways to the gradients, half of the combinations each.
        boolean recomputed = Integer.bitCount(bits) % 2 == 0;
        all.add(Arguments.of(preset.name() + " without " + off, preset.without(off), recomputed));
      }
    }
    return all.stream();
  }

  private static FrozenEncoder encoder() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      new DinoV2Encoder(tf, params, ENCODER);
      return new FrozenEncoder(
          FrozenEncoder.DINOV2, ENCODER.toJson(), "a test", params.initialValues(9));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("combinations")
  void shouldTrainAndServeFromItsBundle(String name, Preset preset, boolean recomputed)
      throws IOException {
    Path directory = temporary.resolve("bundle");
    byte[] pixels = new byte[SIDE * SIDE * 3];
    new Random(5).nextBytes(pixels);
    TrainingBatch batch = towardsGrey(pixels);
    @Nullable FrozenEncoder encoder = preset.sgm() == null ? null : encoder();
    Map<String, FloatTensor> trained;
    float lossOfTrained;
    try (Graph graph = new Graph()) {
      TrainingGraph net =
          new TrainingGraph(graph, preset, encoder, AdamWConfig.defaults(), recomputed);
      // Z guides nothing without prompt guidance; every other parameter of any combination is used.
      assertThat(net.untrained())
          .allMatch(p -> p.startsWith("cfe."))
          .matches(list -> list.isEmpty() == (preset.pgm() != null || preset.cfe() == null));
      try (Session session = new Session(graph, TrainingSession.config(1))) {
        net.load(session);
        net.start(session, net.initialWeights(1));
        float first = net.step(session, batch, 2e-3).loss();
        for (int step = 1; step < STEPS; step++) {
          net.step(session, batch, 2e-3);
        }
        trained = net.weights(session);
        lossOfTrained = net.step(session, batch, 2e-3).loss();
        assertThat(lossOfTrained).isFinite().isLessThan(first);
      }
    }
    ModelBundle.write(
        directory, "tiny", "0", preset, trained, encoder, JsonNodeFactory.instance.objectNode());

    ModelBundle read = ModelBundle.read(directory);

    assertThat(read.preset()).isEqualTo(preset);
    assertThat(read.weights()).isEqualTo(trained);
    assertThat(read.encoder()).isEqualTo(encoder);
    RgbImage frame = RgbImage.wrap(SIDE, SIDE, pixels);
    try (RestorationSession session =
        RestorationSession.open(read, SessionOptions.defaults().withDevice("cpu"))) {
      // What is served is what was trained: its distance to the target is the loss, but for the
      // rounding to bytes and the clipping to 0..1, which here can only bring it nearer.
      double served = distanceToGrey(session.restore(frame));
      assertThat(served).isLessThan(lossOfTrained + 0.5 / 255);
      assertThat(served).isGreaterThan(lossOfTrained - 0.05);
    }
  }

  private static TrainingBatch towardsGrey(byte[] pixels) {
    float[] degraded = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      degraded[i] = (pixels[i] & 0xff) / 255f;
    }
    float[] clean = new float[degraded.length];
    Arrays.fill(clean, 0.5f);
    return TrainingBatch.of(0, "noise", 1, SIDE, degraded, clean);
  }

  private static double distanceToGrey(RgbImage image) {
    double sum = 0;
    byte[] rgb = image.rgb();
    for (byte b : rgb) {
      sum += Math.abs((b & 0xff) / 255.0 - 0.5);
    }
    return sum / rgb.length;
  }

  @Test
  void shouldHaveNoParametersOfWhatIsSwitchedOff() {
    try (Graph graph = new Graph()) {
      TrainingGraph net =
          new TrainingGraph(
              graph, RESTORMER.without(EnumSet.allOf(Module.class)), AdamWConfig.defaults());
      assertThat(net.initialWeights(1).keySet())
          .noneMatch(name -> name.matches("(cfe|pgm|etb)\\..*"));
    }
  }
}
