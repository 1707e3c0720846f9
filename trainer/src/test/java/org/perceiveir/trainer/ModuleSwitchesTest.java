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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.Preset.Module;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.trainer.data.TrainingBatch;
import org.perceiveir.trainer.gradient.BackwardPass;
import org.perceiveir.trainer.gradient.ParameterGradients;
import org.perceiveir.trainer.optimizer.AdamW;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Table VI: every combination of modules on both backbones trains, is saved and comes back. */
final class ModuleSwitchesTest {
  private static final int SIDE = 16;
  private static final int COUNT = 2;

  @TempDir Path temporary;

  private static Preset whole(String name, Backbone backbone) {
    return new Preset(
        name,
        backbone,
        new Preset.Cfe(List.of(4), 1, 5),
        new Preset.Sgm("given", 7),
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
        all.add(Arguments.of(preset.name() + " without " + off, preset.without(off)));
      }
    }
    return all.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("combinations")
  void shouldTrainAndComeBackFromABundle(String name, Preset preset) throws IOException {
    Map<String, FloatTensor> trained;
    float[] output;
    float[] losses = new float[2];
    List<String> untrained;
    try (Graph graph = new Graph()) {
      Network net = new Network(graph, preset);
      ParameterGradients gradients =
          BackwardPass.keeping(graph).gradients(net.loss, net.params.params());
      untrained = gradients.untrained().stream().map(Param::name).toList();
      AdamW optimizer =
          new AdamW(net.tf, gradients.trained(), gradients.gradients(), AdamWConfig.defaults());
      try (Session session = new Session(graph, TrainingGraph.sessionConfig(1))) {
        Map<String, FloatTensor> start = net.params.initialValues(3);
        net.params.assign(session, start);
        optimizer.clearMoments(session);
        Map<String, FloatTensor> trainedStart = net.params.fetch(session);
        trainedStart.keySet().removeAll(untrained);
        optimizer.setAverage(session, trainedStart);
        for (int step = 0; step < 2; step++) {
          losses[step] = optimizer.step(session.runner(), step, 1e-3, List.of(net.loss))[0];
        }
        trained = net.params.fetch(session);
        output = net.run(session);
      }
      for (Param p : gradients.trained()) {
        assertThat(values(trained, p.name())).as(p.name()).doesNotContain(Float.NaN);
      }
    }
    assertThat(losses[0]).isFinite().isPositive();
    assertThat(losses[1]).isLessThan(losses[0]);
    // Z guides nothing without prompt guidance; every other parameter of any combination is used.
    assertThat(untrained)
        .allMatch(p -> p.startsWith("cfe."))
        .matches(list -> list.isEmpty() == (preset.pgm() != null || preset.cfe() == null));

    Path directory = temporary.resolve("bundle");
    ModelBundle.write(
        directory, "tiny", "0", preset, trained, JsonNodeFactory.instance.objectNode());
    ModelBundle read = ModelBundle.read(directory);
    assertThat(read.preset()).isEqualTo(preset);
    try (Graph graph = new Graph()) {
      Network net = new Network(graph, read.preset());
      try (Session session = new Session(graph, TrainingGraph.sessionConfig(1))) {
        net.params.assign(session, read.weights());
        assertThat(net.run(session)).isEqualTo(output);
      }
    }
  }

  private static float[] values(Map<String, FloatTensor> tensors, String name) {
    FloatTensor tensor = tensors.get(name);
    return tensor == null ? new float[] {Float.NaN} : tensor.values();
  }

  /** A network on fixed images and, where the preset asks for them, fixed semantic features. */
  private static final class Network {
    final Ops tf;
    final ParamStore params;
    final Operand<TFloat32> restored;
    final Operand<TFloat32> loss;

    Network(Graph graph, Preset preset) {
      tf = Ops.create(graph);
      params = new ParamStore(tf);
      Random random = new Random(11);
      Operand<TFloat32> images = constant(random, COUNT, SIDE, SIDE, 3);
      Operand<TFloat32> clean = constant(random, COUNT, SIDE, SIDE, 3);
      List<Operand<TFloat32>> semantic = new ArrayList<>();
      Preset.Sgm sgm = preset.sgm();
      for (int l = 0; sgm != null && l < 4; l++) {
        semantic.add(constant(random, COUNT, sgm.features()));
      }
      PerceiveIrNetwork network = PerceiveIrNetwork.build(tf, params, preset);
      restored =
          network.restore(images, preset.cfe() == null ? null : network.features(images), semantic);
      loss = tf.math.mean(tf.math.abs(tf.math.sub(restored, clean)), tf.array(0, 1, 2, 3));
    }

    private Operand<TFloat32> constant(Random random, long... shape) {
      float[] values = new float[(int) Shape.of(shape).size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat();
      }
      return tf.constant(Shape.of(shape), DataBuffers.of(values));
    }

    float[] run(Session session) {
      try (Result result = session.runner().fetch(restored).run()) {
        float[] values = new float[(int) result.get(0).size()];
        result.get(0).asRawTensor().data().asFloats().read(values);
        return values;
      }
    }
  }

  /**
   * Both backbones train and serve. Semantic guidance has no part in it: neither side has its
   * encoder.
   */
  @ParameterizedTest
  @MethodSource("servable")
  void shouldServeWhatWasTrained(Preset preset, boolean gradientCheckpointing) throws IOException {
    Path directory = temporary.resolve("bundle");
    float[] degraded = new float[SIDE * SIDE * 3];
    byte[] pixels = new byte[degraded.length];
    new Random(5).nextBytes(pixels);
    for (int i = 0; i < pixels.length; i++) {
      degraded[i] = (pixels[i] & 0xff) / 255f;
    }
    float[] clean = new float[degraded.length];
    Arrays.fill(clean, 0.5f);
    Map<String, FloatTensor> start;
    try (Graph graph = new Graph()) {
      TrainingGraph net =
          new TrainingGraph(graph, preset, AdamWConfig.defaults(), gradientCheckpointing);
      start = net.initialWeights(1);
      try (Session session = new Session(graph, TrainingGraph.sessionConfig(1))) {
        net.start(session, start);
        float first = 0;
        float last = 0;
        for (int step = 0; step < 20; step++) {
          TrainingBatch batch =
              new TrainingBatch(step, DegradationType.NOISE, 1, SIDE, degraded, clean);
          last = net.step(session, batch, 2e-3).loss();
          first = step == 0 ? last : first;
        }
        assertThat(last).isLessThan(first);
        ModelBundle.write(
            directory,
            "tiny",
            "0",
            preset,
            net.weights(session),
            JsonNodeFactory.instance.objectNode());
      }
    }
    RgbImage frame = RgbImage.wrap(SIDE, SIDE, pixels);
    double before = error(frame);
    try (RestorationSession session =
        RestorationSession.open(ModelBundle.read(directory), SessionOptions.defaults())) {
      assertThat(error(session.restore(frame))).isLessThan(before);
    }
  }

  static Stream<Arguments> servable() {
    return Stream.of(
        Arguments.of(RESTORMER.withoutSgm(), false),
        Arguments.of(RESTORMER.withoutSgm(), true),
        Arguments.of(NAFNET.withoutSgm(), false),
        Arguments.of(NAFNET.withoutSgm(), true));
  }

  /** Mean distance to the grey that the network is trained towards. */
  private static double error(RgbImage image) {
    double sum = 0;
    byte[] rgb = image.rgb();
    for (byte b : rgb) {
      sum += Math.abs((b & 0xff) - 127.5);
    }
    return sum / rgb.length;
  }

  @Test
  void shouldHaveNoParametersOfWhatIsSwitchedOff() {
    try (Graph graph = new Graph()) {
      Network net = new Network(graph, RESTORMER.without(EnumSet.allOf(Module.class)));
      assertThat(net.params.params())
          .extracting(Param::name)
          .noneMatch(name -> name.matches("(cfe|pgm|etb)\\..*"));
    }
  }
}
