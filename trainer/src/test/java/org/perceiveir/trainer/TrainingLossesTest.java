package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverForm;
import org.perceiveir.model.perceiver.Views;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.vgg.Vgg16Config;
import org.perceiveir.model.vgg.Vgg16Features;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.data.TrainingBatch;
import org.perceiveir.trainer.loss.DifficultyBook;
import org.perceiveir.trainer.loss.LossConfig;
import org.perceiveir.trainer.loss.LossConfig.Negative;
import org.perceiveir.trainer.loss.LossSources;
import org.perceiveir.trainer.loss.LossTerms;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.run.TrainingSession;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** What the losses do to a small network, one by one and together. */
final class TrainingLossesTest {
  private static final int SIDE = 16;
  private static final ClipConfig CLIP = new ClipConfig(8, 4, 8, 4, 2, 6, 4, 1, 1, 6, 9);
  private static final List<String> TERMS =
      List.of(
          LossTerms.RECONSTRUCTION, LossTerms.CONTRASTIVE, LossTerms.CLIP, LossTerms.PERCEPTUAL);

  private static final Preset PRESET =
      new Preset(
          "tiny",
          new Backbone.NafNet(8, List.of(1), 1, List.of(1)),
          new Preset.Cfe(List.of(8), 1, 6),
          null,
          new Preset.Pgm(true, Preset.Projection.LINEAR),
          null);

  @TempDir Path temporary;

  private static float[] noise(long seed, int count) {
    Random random = new Random(seed);
    float[] values = new float[count * SIDE * SIDE * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return values;
  }

  /** Three noisy crops and two dark ones, and what another restorer made of them. */
  private static TrainingBatch batch(int step, int folders) {
    int count = 5;
    int each = SIDE * SIDE * 3;
    float[] clean = new float[count * each];
    float[] degraded = new float[count * each];
    float[] second = new float[count * each];
    float[] other = new float[count * each];
    float[] noise = noise(1, count);
    float[] noise2 = noise(2, count);
    for (int i = 0; i < clean.length; i++) {
      int x = i / 3 % SIDE;
      int y = i / (3 * SIDE) % SIDE;
      boolean noisy = i / each < 3;
      clean[i] = 0.2f + 0.6f * (i % 3 == 0 ? x : y) / SIDE;
      degraded[i] = noisy ? 0.7f * clean[i] + 0.3f * noise[i] : 0.4f * clean[i];
      second[i] = noisy ? 0.7f * clean[clean.length - 1 - i] + 0.3f * noise2[i] : 0.3f * clean[i];
      other[i] = (clean[i] + degraded[i]) / 2;
    }
    return new TrainingBatch(
        step,
        List.of("noise", "noise", "noise", "lowlight", "lowlight"),
        SIDE,
        degraded,
        clean,
        second,
        IntStream.range(0, folders).mapToObj(i -> other).toList());
  }

  private static TrainingBatch oneType(TrainingBatch of) {
    return TrainingBatch.of(of.step(), "noise", of.count(), SIDE, of.degraded(), of.clean());
  }

  /** One term with weight 1 or all with the paper's. */
  private static LossConfig losses(@Nullable String only, List<Negative> negatives) {
    LossConfig.Perceptual perceptual =
        LossConfig.Perceptual.of(weight(only, LossTerms.PERCEPTUAL, 0.1));
    return new LossConfig(
        LossConfig.Reconstruction.of(weight(only, LossTerms.RECONSTRUCTION, 1)),
        LossConfig.Contrastive.of(weight(only, LossTerms.CONTRASTIVE, 0.1)),
        new LossConfig.Clip(weight(only, LossTerms.CLIP, 0.05)),
        new LossConfig.Perceptual(
            perceptual.weight(),
            perceptual.lambda(),
            perceptual.gamma(),
            perceptual.features(),
            perceptual.layers(),
            Optional.empty(),
            negatives),
        Optional.empty());
  }

  private static double weight(@Nullable String only, String term, double paper) {
    return only == null ? paper : only.equals(term) ? 1 : 0;
  }

  private static final List<Negative> FOLDER =
      List.of(new Negative.Folder("folder", Path.of("folder")));

  private List<Negative> folderAndBundle() {
    return List.of(
        new Negative.Bundle("bundle", temporary.resolve("bundle")),
        new Negative.Folder("folder", Path.of("folder")));
  }

  private LossSources sources(LossConfig config, boolean vgg) throws IOException {
    Map<String, ModelBundle> restorers = new LinkedHashMap<>();
    for (Negative negative : config.perceptual().negatives()) {
      if (negative instanceof Negative.Bundle) {
        restorers.put(
            negative.name(),
            ModelBundle.write(
                negative.path(),
                "other",
                "0",
                PRESET,
                PerceiveIrNetwork.initialWeights(PRESET, 8),
                JsonNodeFactory.instance.objectNode()));
      }
    }
    return new LossSources(
        config,
        LossSources.of(perceiver()),
        vgg ? new LossSources.Vgg("vgg16 of a test", vggWeights()) : null,
        restorers);
  }

  private PerceiverBundle perceiver() throws IOException {
    Map<String, FloatTensor> weights;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      new ClipImageEncoder(tf, params, CLIP);
      weights = new LinkedHashMap<>(params.initialValues(3));
    }
    Random random = new Random(6);
    float[] texts = new float[3 * CLIP.embedDim()];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = (float) random.nextGaussian();
    }
    weights.put(
        PerceiverBundle.TEXT_FEATURES, new FloatTensor(new long[] {3, CLIP.embedDim()}, texts));
    return PerceiverBundle.write(
        temporary.resolve("perceiver"),
        "tiny",
        "0",
        new PerceiverForm(
            CLIP,
            List.of("terrible", "mediocre", "excellent"),
            10,
            new Views(2, 2, true),
            PerceiverForm.Origin.FROM_SCRATCH),
        weights,
        JsonNodeFactory.instance.objectNode());
  }

  private static Map<String, FloatTensor> vggWeights() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      new Vgg16Features(tf, params, new Vgg16Config(List.of(16, 16, 16, 16, 16)))
          .apply(
              tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, -1, -1, 3))),
              List.of(Vgg16Features.LAST));
      return params.initialValues(2);
    }
  }

  /** A graph with its session. */
  private static final class Training implements AutoCloseable {
    private final Graph graph = new Graph();
    final TrainingGraph net;
    final Session session;

    Training(LossSources sources, TrainingGraph.Options options) {
      this(PRESET, sources, options);
    }

    Training(Preset preset, LossSources sources, TrainingGraph.Options options) {
      AdamWConfig adamW = new AdamWConfig(0.9, 0.999, 1e-8, 0, 1, 0.9);
      net = new TrainingGraph(graph, preset, null, sources, adamW, options);
      session = new Session(graph, TrainingSession.config(1));
      net.load(session);
      net.start(session, net.initialWeights(1));
    }

    TrainingGraph.StepResult step(TrainingBatch batch) {
      // With 5e-3 L_dpl jumps off its slope into a flat place, on some processors for good.
      return net.step(session, batch, 1e-3);
    }

    @Override
    public void close() {
      session.close();
      graph.close();
    }
  }

  private static TrainingGraph.Options options(boolean recompute, int accumulation) {
    return new TrainingGraph.Options(recompute, accumulation, 2);
  }

  static Stream<Arguments> lossesAlone() {
    return Stream.of(
        Arguments.of(LossTerms.RECONSTRUCTION, true, List.of(), true),
        Arguments.of(LossTerms.CONTRASTIVE, true, List.of(), true),
        Arguments.of(LossTerms.CLIP, true, List.of(), false),
        Arguments.of(LossTerms.PERCEPTUAL, true, List.of(), false),
        Arguments.of(LossTerms.PERCEPTUAL, true, FOLDER, true),
        Arguments.of(LossTerms.PERCEPTUAL, false, FOLDER, false));
  }

  /** A loss whose gradient did not reach what it is about would stay where it is. */
  @ParameterizedTest(name = "{0}, VGG-16 {1}, negatives {2}")
  @MethodSource("lossesAlone")
  void shouldFallBelowHalfWhenALossAloneOverfitsOneBatch(
      String term, boolean vgg, List<Negative> negatives, boolean recompute) throws IOException {
    try (Training training =
        new Training(sources(losses(term, negatives), vgg), options(recompute, 1))) {
      // L_cl alone trains the feature extraction, the others all of the network.
      assertThat(training.net.untrained())
          .allMatch(p -> term.equals(LossTerms.CONTRASTIVE) && !p.startsWith("cfe."));
      TrainingGraph.StepResult first = training.step(batch(0, negatives.size()));
      assertThat(first.terms()).containsOnlyKeys(term).containsEntry(term, first.loss());
      TrainingGraph.StepResult last = first;
      int step = 1;
      while (last.loss() >= first.loss() / 2 && step < 300) {
        last = training.step(batch(step++, negatives.size()));
      }
      assertThat(last.loss()).isNotNegative().isLessThan(first.loss() / 2);
    }
  }

  @Test
  void shouldAddTheTermsWithTheirWeightsAndKeepFrozenNetworksOutWhenAllAreOn() throws IOException {
    try (Training training =
        new Training(sources(losses(null, folderAndBundle()), true), options(false, 1))) {
      TrainingGraph.StepResult result = training.step(batch(0, 1));
      assertThat(result.terms().keySet()).containsExactlyElementsOf(TERMS);
      float[] t = new float[4];
      for (int i = 0; i < 4; i++) {
        t[i] = result.terms().getOrDefault(TERMS.get(i), Float.NaN);
      }
      assertThat((double) result.loss())
          .isCloseTo(t[0] + 0.1 * t[1] + 0.05 * t[2] + 0.1 * t[3], within(1e-6));
      assertThat(result.remark()).isEmpty();
      Map<String, FloatTensor> network = PerceiveIrNetwork.initialWeights(PRESET, 1);
      assertThat(training.net.weights(training.session)).containsOnlyKeys(network.keySet());
      assertThat(training.net.state(training.session))
          .allSatisfy(g -> assertThat(g.shapes()).containsOnlyKeys(network.keySet()));
    }
  }

  /** The recomputing differentiates piece by piece; the second crops go through the same pieces. */
  @Test
  void shouldTrainTheSameWhenBlocksAreRecomputed() throws IOException {
    List<List<Float>> runs = new ArrayList<>();
    for (boolean recompute : List.of(false, true)) {
      try (Training training =
          new Training(sources(losses(null, FOLDER), true), options(recompute, 1))) {
        List<Float> losses = new ArrayList<>();
        for (int step = 0; step < 4; step++) {
          losses.add(training.step(batch(step, 1)).loss());
        }
        runs.add(losses);
      }
    }
    for (int step = 0; step < 4; step++) {
      assertThat(runs.get(1).get(step)).isCloseTo(runs.get(0).get(step), within(2e-6f));
    }
    assertThat(runs.get(0).get(3)).isLessThan(runs.get(0).get(0));
  }

  @Test
  void shouldSayOnceThatContrastIsOffWhenABatchHasOneDegradation() throws IOException {
    LossConfig config =
        new LossConfig(
            LossConfig.Reconstruction.of(1),
            LossConfig.Contrastive.of(0.1),
            new LossConfig.Clip(0),
            LossConfig.Perceptual.of(0),
            Optional.empty());
    try (Training training = new Training(sources(config, false), options(true, 1))) {
      Map<String, FloatTensor> before = training.net.weights(training.session);
      TrainingGraph.StepResult first = training.step(oneType(batch(0, 0)));
      assertThat(first.terms()).containsEntry(LossTerms.CONTRASTIVE, 0f);
      assertThat(first.remark()).hasValueSatisfying(r -> assertThat(r).contains("L_cl", "noise"));
      assertThat(first.gradientNorm()).isFinite();
      TrainingGraph.StepResult second = training.step(oneType(batch(1, 0)));
      assertThat(second.remark()).isEmpty();
      TrainingGraph.StepResult mixed = training.step(batch(2, 0));
      assertThat(mixed.terms().get(LossTerms.CONTRASTIVE)).isPositive();
      assertThat(training.net.weights(training.session)).isNotEqualTo(before);
      assertThat(training.net.weights(training.session).values())
          .allSatisfy(
              w -> {
                for (float value : w.values()) {
                  assertThat(value).isFinite();
                }
              });
    }
  }

  /** Two epochs of two steps; the bundle is of random numbers, the folder near the truth. */
  @Test
  void shouldWeighNegativesByDifficultyAndResumeWithTheSameBits() throws IOException {
    LossSources sources = sources(losses(null, folderAndBundle()), true);
    List<Float> straight = new ArrayList<>();
    List<Float> resumed = new ArrayList<>();
    try (Training training = new Training(sources, options(false, 1))) {
      for (int step = 0; step < 6; step++) {
        straight.add(training.step(batch(step, 1)).loss());
      }
      DifficultyBook book = training.net.difficulty().orElseThrow();
      assertThat(book.weights()).hasSize(2).doesNotContain(1f);
      assertThat(book.standings().get(2).name()).isEqualTo("folder");
      assertThat(book.standings().get(2).psnr()).isBetween(10.0, 40.0);
    }
    String book;
    Map<String, Map<String, FloatTensor>> state = new LinkedHashMap<>();
    try (Training training = new Training(sources, options(false, 1))) {
      for (int step = 0; step < 3; step++) {
        resumed.add(training.step(batch(step, 1)).loss());
      }
      book = training.net.difficulty().orElseThrow().toJson().toString();
      training
          .net
          .state(training.session)
          .forEach(group -> state.put(group.prefix(), group.tensors().get()));
    }
    try (Training training = new Training(sources, options(false, 1))) {
      training.net.setWeights(training.session, state.getOrDefault("weight/", Map.of()));
      training
          .net
          .optimizer()
          .setFirstMoments(training.session, state.getOrDefault("m/", Map.of()));
      training
          .net
          .optimizer()
          .setSecondMoments(training.session, state.getOrDefault("v/", Map.of()));
      training.net.difficulty().orElseThrow().restore(new ObjectMapper().readTree(book));
      for (int step = 3; step < 6; step++) {
        resumed.add(training.step(batch(step, 1)).loss());
      }
    }
    assertThat(resumed).isEqualTo(straight);
  }

  private static TrainingBatch part(TrainingBatch of, int from, int count) {
    int each = SIDE * SIDE * 3;
    return TrainingBatch.of(
        of.step(),
        "noise",
        count,
        SIDE,
        Arrays.copyOfRange(of.degraded(), from * each, (from + count) * each),
        Arrays.copyOfRange(of.clean(), from * each, (from + count) * each));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldEqualOneLargeBatchWhenGradientsAreAccumulated(boolean recompute) {
    List<Map<String, FloatTensor>> ends = new ArrayList<>();
    List<List<Float>> figures = new ArrayList<>();
    for (int accumulation : List.of(1, 2)) {
      try (Training training = new Training(LossSources.none(), options(recompute, accumulation))) {
        List<Float> found = new ArrayList<>();
        for (int step = 0; step < 3; step++) {
          TrainingBatch all = part(batch(step, 0), 0, 4);
          List<TrainingBatch> batches =
              accumulation == 1 ? List.of(all) : List.of(part(all, 0, 2), part(all, 2, 2));
          TrainingGraph.StepResult result =
              training.net.step(training.session, step, batches, 1e-3);
          found.add(result.loss());
          found.add(result.gradientNorm());
        }
        figures.add(found);
        ends.add(training.net.weights(training.session));
        assertThatThrownBy(() -> training.net.step(training.session, 3, List.of(), 1e-3))
            .hasMessageContaining("0 batches for an update of " + accumulation);
      }
    }
    for (int i = 0; i < figures.get(0).size(); i++) {
      assertThat(figures.get(1).get(i)).isCloseTo(figures.get(0).get(i), within(1e-6f));
    }
    double worst = 0;
    double moved = 0;
    Map<String, FloatTensor> start = PerceiveIrNetwork.initialWeights(PRESET, 1);
    for (Map.Entry<String, FloatTensor> e : ends.get(0).entrySet()) {
      float[] one = e.getValue().values();
      float[] two = value(ends.get(1), e.getKey());
      float[] first = value(start, e.getKey());
      for (int i = 0; i < one.length; i++) {
        worst = Math.max(worst, Math.abs(one[i] - two[i]));
        moved = Math.max(moved, Math.abs(one[i] - first[i]));
      }
    }
    // Adam divides by the root of v: a gradient that is all but zero turns rounding into a step.
    assertThat(worst).isLessThan(1e-6);
    assertThat(moved).isGreaterThan(1e-3);
  }

  private static float[] value(Map<String, FloatTensor> of, String name) {
    FloatTensor tensor = of.get(name);
    assertThat(tensor).isNotNull();
    return tensor == null ? new float[0] : tensor.values();
  }

  @Test
  void shouldSayWhatIsMissingWhenALossCannotBe() throws IOException {
    LossSources all = sources(losses(null, FOLDER), true);
    assertThatThrownBy(
            () ->
                new Training(PRESET.without(EnumSet.of(Preset.Module.CFE)), all, options(false, 1)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("losses.contrastive.weight is 0.1")
        .hasMessageContaining("cfe");
    assertThatThrownBy(() -> new LossSources(losses(null, List.of()), null, null, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("losses.clip");
    try (Training training = new Training(all, options(false, 1))) {
      TrainingBatch whole = batch(0, 1);
      assertThatThrownBy(() -> training.step(batch(0, 0)))
          .hasMessageContaining("0 restored versions")
          .hasMessageContaining("1 folders");
      assertThatThrownBy(
              () ->
                  training.step(
                      new TrainingBatch(
                          0,
                          whole.tasks(),
                          SIDE,
                          whole.degraded(),
                          whole.clean(),
                          new float[0],
                          whole.negatives())))
          .hasMessageContaining("0 numbers of second crops for L_cl");
    }
  }

  @Test
  void shouldRecordWhereFeaturesComeFromAndWhatIsOff() throws IOException {
    LossConfig dpl = losses(LossTerms.PERCEPTUAL, folderAndBundle());
    assertThat(sources(dpl, true).identity().toString())
        .contains("\"features\":\"vgg16 of a test\"", "\"folder\":\"folder\"")
        .containsPattern("\"bundle\":\"bundle other [0-9a-f]{64}\"");
    assertThat(sources(dpl, false).identity().toString())
        .contains("\"features\":\"image encoder of the perceiver\"", "perceiver tiny 0+");
    LossSources off =
        new LossSources(losses(LossTerms.PERCEPTUAL, List.of()), null, null, Map.of());
    assertThat(off.identity().toString()).contains("none: the loss is off");
    assertThat(off.remarks()).singleElement().asString().contains("L_dpl is off", "vgg");
    assertThat(LossSources.none().remarks()).isEmpty();
    assertThat(LossSources.none().identity().toString()).isEqualTo("{\"reconstruction\":1.0}");
  }
}
