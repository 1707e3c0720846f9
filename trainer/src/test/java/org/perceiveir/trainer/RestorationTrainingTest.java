package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.clip.ClipTextEncoder;
import org.perceiveir.model.dinov2.DinoV2Config;
import org.perceiveir.model.dinov2.DinoV2Encoder;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.model.vit.PositionTable;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.PublicWeights;
import org.perceiveir.model.weights.RecognisedWeights;
import org.perceiveir.trainer.RestorationTrainingConfig.Start;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.checkpoint.CheckpointException;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.data.CropSchedule;
import org.perceiveir.trainer.data.Sampling;
import org.perceiveir.trainer.data.TaskMix;
import org.perceiveir.trainer.listener.StepReport;
import org.perceiveir.trainer.listener.TrainingListener;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.optimizer.CosineSchedule;
import org.perceiveir.trainer.run.RunLimits;
import org.perceiveir.trainer.run.TrainingDivergedException;
import org.perceiveir.trainer.validation.ValidationConfig;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;

/** Trains a network of a few thousand parameters on crops of 32 pixels. */
final class RestorationTrainingTest {
  private static final int STEPS = 10;

  @TempDir Path temporary;
  private Path data = Path.of("");

  @BeforeEach
  void makeImages() throws IOException {
    data = Files.createDirectory(temporary.resolve("images"));
    for (int i = 0; i < 3; i++) {
      Files.write(
          data.resolve("image" + i + ".png"), ImageEncoder.encode(scene(i), ImageFormat.PNG));
    }
  }

  /** Smooth colours with an edge: something that can be learnt in a few steps. */
  private static RgbImage scene(int index) {
    int width = 56;
    int height = 48;
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int at = 3 * (y * width + x);
        rgb[at] = (byte) (40 + 3 * x + 10 * index);
        rgb[at + 1] = (byte) (x + y < 50 ? 60 : 190);
        rgb[at + 2] = (byte) (200 - 2 * y);
      }
    }
    return RgbImage.wrap(width, height, rgb);
  }

  private static Preset preset() throws IOException {
    return Preset.fromJson(
        new ObjectMapper()
            .readTree(
                """
                {"name": "tiny",
                 "backbone": {"type": "nafnet", "width": 4, "encoder": [1, 1], "middle": 1, "decoder": [1, 1]}}
                """));
  }

  private RestorationTrainingConfig config(String out, int steps) throws IOException {
    return RestorationTrainingConfig.defaults(preset(), data, temporary.resolve(out), steps)
        .withSeed(5)
        .withSampling(new Sampling(TaskMix.DEFAULT, CropSchedule.parse("16:0.5,32:1"), 4))
        .withLimits(new RunLimits(Optional.empty(), Duration.ofHours(1), 1));
  }

  private static TrainingOutcome run(
      RestorationTrainingConfig config, TrainingListener... listeners)
      throws IOException, InterruptedException {
    return new RestorationTraining(config).run(List.of(listeners));
  }

  /** Without this a training that was paused could never be told from one that went wrong. */
  @Test
  void shouldEndWithTheSameBitsWhenPausedAndResumed() throws Exception {
    run(config("straight", STEPS));

    RestorationTrainingConfig paused = config("paused", STEPS);
    RestorationTraining first = new RestorationTraining(paused);
    TrainingOutcome pause =
        first.run(
            List.of(
                new TrainingListener() {
                  @Override
                  public void onStep(StepReport report) {
                    if (report.step() == 5) {
                      first.requestStop("half of the steps are done");
                    }
                  }
                }));
    assertThat(pause).isInstanceOf(TrainingOutcome.Paused.class);
    assertThat(pause.step()).isEqualTo(5);
    TrainingOutcome end = run(paused.withStart(new Start.Resume()));
    assertThat(end).isInstanceOf(TrainingOutcome.Finished.class);

    Checkpoint straight = checkpoint("straight");
    Checkpoint resumed = checkpoint("paused");
    assertThat(resumed.step()).isEqualTo(STEPS);
    assertThat(resumed.weights()).isEqualTo(straight.weights());
    assertThat(resumed.firstMoments()).isEqualTo(straight.firstMoments());
    assertThat(resumed.secondMoments()).isEqualTo(straight.secondMoments());
    assertThat(resumed.average()).isEqualTo(straight.average());
    assertThat(stepsOf("paused")).isEqualTo(stepsOf("straight")).hasSize(STEPS);
  }

  private Checkpoint checkpoint(String out) throws IOException {
    return Checkpoint.read(RestorationTraining.checkpointFile(temporary.resolve(out)));
  }

  /** The log's lines but for the speed. */
  private List<String> stepsOf(String out) throws IOException {
    return Files.readAllLines(temporary.resolve(out).resolve("log.csv")).stream()
        .skip(1)
        .map(line -> line.replaceFirst("(,[^,]*){3}$", ""))
        .toList();
  }

  private static Preset guided() throws IOException {
    return Preset.fromJson(
        new ObjectMapper()
            .readTree(
                """
                {"name": "tiny",
                 "backbone": {"type": "nafnet", "width": 4, "encoder": [1, 1], "middle": 1, "decoder": [1, 1]},
                 "sgm": {"encoder": "tiny", "features": 8, "size": 16, "blocks": [1, 2, 2, 2]},
                 "pgm": {}}
                """));
  }

  /** An encoder as {@code model import} leaves it. */
  private Path encoder(PublicWeights.Kind kind, long seed) throws IOException {
    Path directory = temporary.resolve(kind.id() + seed);
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      ObjectNode config;
      if (kind == PublicWeights.Kind.CLIP) {
        ClipConfig sizes = new ClipConfig(16, 4, 8, 2, 2, 6, 4, 1, 1, 5, 9);
        new ClipImageEncoder(tf, params, sizes);
        new ClipTextEncoder(tf, params, sizes);
        config = sizes.toJson();
      } else {
        DinoV2Config sizes =
            new DinoV2Config(4, 8, 2, 2, 3, 0, PositionTable.Interpolation.OFFSET_0_1);
        new DinoV2Encoder(tf, params, sizes);
        config = sizes.toJson();
      }
      EncoderDirectory.write(
          directory,
          new RecognisedWeights(kind, config, params.initialValues(seed)),
          new EncoderDirectory.Source("public.safetensors", "0".repeat(63) + seed));
    }
    return directory;
  }

  @ParameterizedTest
  @EnumSource(names = {"CLIP", "DINOV2"})
  void shouldKeepTheEncoderThatGuidesInTheBundleAndGoOnWithIt(PublicWeights.Kind kind)
      throws Exception {
    RestorationTrainingConfig fresh =
        config("out", 4).withPreset(guided()).withEncoder(Optional.of(encoder(kind, 1)));
    RestorationTraining first = new RestorationTraining(fresh);
    first.run(
        List.of(
            new TrainingListener() {
              @Override
              public void onStep(StepReport report) {
                if (report.step() == 2) {
                  first.requestStop("half of the steps are done");
                }
              }
            }));

    TrainingOutcome end = run(fresh.withEncoder(Optional.empty()).withStart(new Start.Resume()));

    assertThat(end).isInstanceOf(TrainingOutcome.Finished.class);
    ModelBundle bundle = ModelBundle.read(end.bundleDirectory());
    FrozenEncoder kept = Objects.requireNonNull(bundle.encoder());
    assertThat(kept.kind()).isEqualTo(kind.id());
    assertThat(kept.source()).startsWith("public.safetensors, SHA-256 000");
    // Of CLIP only the half that sees images guides.
    assertThat(kept.weights().keySet()).noneMatch(name -> name.startsWith("transformer."));
    try (RestorationSession session =
        RestorationSession.open(bundle, SessionOptions.defaults().withDevice("cpu"))) {
      assertThat(session.restore(scene(0)).width()).isEqualTo(56);
    }
    // A new training from this bundle needs no encoder either.
    TrainingOutcome next =
        run(
            config("next", 2)
                .withPreset(guided())
                .withStart(new Start.FromBundle(end.bundleDirectory())));
    assertThat(ModelBundle.read(next.bundleDirectory()).encoder()).isEqualTo(kept);
    // Another encoder of the same shape would mean other features.
    assertThatThrownBy(
            () ->
                run(fresh.withEncoder(Optional.of(encoder(kind, 2))).withStart(new Start.Resume())))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("encoder");
  }

  @Test
  void shouldRefuseGuidanceWithoutItsEncoderAndAnEncoderWithoutGuidance() throws Exception {
    assertThatThrownBy(() -> run(config("out", 2).withPreset(guided())))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("preset tiny has semantic guidance by tiny")
        .hasMessageContaining("--encoder DIR")
        .hasMessageContaining("--without sgm");
    Path encoder = encoder(PublicWeights.Kind.DINOV2, 1);
    assertThatThrownBy(() -> run(config("out", 2).withEncoder(Optional.of(encoder))))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("has no semantic guidance")
        .hasMessageContaining(encoder.toString());
    assertThat(temporary.resolve("out")).doesNotExist();
  }

  @Test
  void shouldLowerTheLossAndWriteABundleOfTheAverage() throws Exception {
    RestorationTrainingConfig config =
        config("out", 120)
            .withName("grey")
            .withVersion("7")
            .withSampling(new Sampling(TaskMix.parse("low-light=1"), CropSchedule.parse("32"), 4))
            .withSchedule(new CosineSchedule(120, 10, 5e-3, 1e-6))
            .withProvenance(
                new Provenance(
                    "train --max-steps 120", "", "", new ObjectMapper().createObjectNode()));
    float[] losses = new float[121];
    TrainingOutcome outcome =
        run(
            config,
            new TrainingListener() {
              @Override
              public void onStep(StepReport report) {
                losses[report.step()] = report.loss();
              }
            });
    assertThat(mean(losses, 101, 120)).isLessThan(0.6 * mean(losses, 1, 20));
    ModelBundle bundle = ModelBundle.read(outcome.bundleDirectory());
    assertThat(bundle.version()).isEqualTo(outcome.bundle().version()).startsWith("7+");
    assertThat(bundle.name()).isEqualTo("grey");
    assertThat(bundle.preset()).isEqualTo(preset());
    assertThat(bundle.weights()).isEqualTo(checkpoint("out").average());
    assertThat(bundle.trainingRecord().path("steps").intValue()).isEqualTo(120);
    assertThat(bundle.trainingRecord().path("imageCount").intValue()).isEqualTo(3);
    assertThat(bundle.trainingRecord().path("command").textValue())
        .isEqualTo("train --max-steps 120");
  }

  @Test
  void shouldMakeTheSameStepsWhenBlocksAreRecomputed() throws Exception {
    run(config("kept", STEPS));
    TrainingOutcome recomputed = run(config("recomputed", STEPS).withGradientCheckpointing(true));

    assertThat(stepsOf("recomputed")).isEqualTo(stepsOf("kept")).hasSize(STEPS);
    assertThat(checkpoint("recomputed").weights()).isEqualTo(checkpoint("kept").weights());
    assertThat(recomputed.bundle().trainingRecord().path("gradientCheckpointing").booleanValue())
        .isTrue();
  }

  private static double mean(float[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i <= to; i++) {
      sum += values[i];
    }
    return sum / (to - from + 1);
  }

  @Test
  void shouldPauseWhenTheTimeIsUp() throws Exception {
    TrainingOutcome outcome =
        run(
            config("out", 1_000_000)
                .withLimits(
                    new RunLimits(Optional.of(Duration.ofMillis(1)), Duration.ofHours(1), 1)));
    assertThat(outcome).isInstanceOf(TrainingOutcome.Paused.class);
    assertThat(checkpoint("out").step()).isEqualTo(outcome.step());
  }

  @Test
  void shouldRefuseToOverwriteOrToResumeAnotherTraining() throws Exception {
    run(config("out", 1));
    assertThatThrownBy(() -> run(config("out", 1)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("--resume");
    assertThatThrownBy(() -> run(config("out", 1).withSeed(6).withStart(new Start.Resume())))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("seed was 5, now 6");
    assertThatThrownBy(
            () ->
                run(config("out", 1).withGradientCheckpointing(true).withStart(new Start.Resume())))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("gradientCheckpointing was , now true");
    assertThatThrownBy(() -> run(config("none", 1).withStart(new Start.Resume())))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no checkpoint");
  }

  @Test
  void shouldStopWithoutACheckpointWhenTheLossIsNotFinite() throws Exception {
    ModelBundle made = run(config("made", 1)).bundle();
    Map<String, FloatTensor> huge = new TreeMap<>();
    made.weights()
        .forEach(
            (name, tensor) -> {
              float[] values = new float[tensor.values().length];
              Arrays.fill(values, 1e30f);
              huge.put(name, new FloatTensor(tensor.shape(), values));
            });
    Path bundle = temporary.resolve("huge");
    ModelBundle.write(bundle, "huge", "0", preset(), huge, made.trainingRecord());
    assertThatThrownBy(() -> run(config("out", 3).withStart(new Start.FromBundle(bundle))))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("step 1");
    assertThat(RestorationTraining.checkpointFile(temporary.resolve("out"))).doesNotExist();
  }

  @Test
  void shouldStartFromTheWeightsOfABundle() throws Exception {
    TrainingOutcome made = run(config("made", 1));
    RestorationTrainingConfig config =
        config("out", 1)
            .withStart(new Start.FromBundle(made.bundleDirectory()))
            .withSchedule(new CosineSchedule(1, 0, 1e-12, 0));
    ModelBundle next = run(config).bundle();
    made.bundle()
        .weights()
        .forEach(
            (name, tensor) -> {
              FloatTensor after = next.weights().get(name);
              assertThat(after).isNotNull();
              if (after != null) {
                assertThat(after.values()).containsExactly(tensor.values(), Offset.offset(1e-6f));
              }
            });
  }

  @Test
  void shouldValidateAndRecordWhatWasChosen() throws Exception {
    Path clean = Files.createDirectory(temporary.resolve("clean"));
    Files.write(clean.resolve("a.png"), ImageEncoder.encode(scene(7), ImageFormat.PNG));
    RestorationTrainingConfig config =
        config("out", 6)
            .withTensorBoard(true)
            .withValidation(
                ValidationConfig.fromConfig(
                    ConfigSection.parse(
                        "v",
                        temporary,
                        "{clean: clean, degradations: [noise:25, low-light], steps: 2, crop: 32,"
                            + " pairs: [{name: same, input: clean, target: clean}]}")));

    TrainingOutcome end = run(config);

    Path out = temporary.resolve("out");
    List<String> lines = Files.readAllLines(out.resolve("validation.csv"));
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0))
        .startsWith("step,best,psnr,psnr/noise:25")
        .endsWith(",psnr/same,gain/same");
    double best =
        lines.stream()
            .skip(1)
            .mapToDouble(line -> Double.parseDouble(line.split(",", -1)[2]))
            .max()
            .orElseThrow();
    ModelBundle bundle = ModelBundle.read(out.resolve("bundle"));
    assertThat(bundle.version()).isEqualTo(end.bundle().version());
    assertThat(bundle.sha256()).isEqualTo(ModelBundle.read(out.resolve("best")).sha256());
    assertThat(bundle.trainingRecord().path("validation").path("psnr").doubleValue())
        .isCloseTo(best, Offset.offset(1e-4));
    assertThat(out.resolve("validation/step-00000006.png")).isNotEmptyFile();
    assertThat(out.resolve("tensorboard")).isNotEmptyDirectory();
    JsonNode record = new ObjectMapper().readTree(out.resolve("run.json").toFile());
    assertThat(record.path("outcome").textValue()).isEqualTo("finished");
    assertThat(record.path("seed").longValue()).isEqualTo(5);
    assertThat(record.path("machine").path("device").textValue()).matches("cpu|gpu:\\d+");
    assertThat(record.path("identity").toString()).contains("\"losses\"", "\"preset\"");
    // Looking at the network changes nothing of it.
    run(config("blind", 6));
    assertThat(stepsOf("out")).isEqualTo(stepsOf("blind"));
    assertThat(checkpoint("out").average()).isEqualTo(checkpoint("blind").average());
  }

  @Test
  void shouldRecordTheFirstBundleAlsoAfterAResume() throws Exception {
    TrainingOutcome made = run(config("made", 1));
    RestorationTrainingConfig config =
        config("out", 4).withStart(new Start.FromBundle(made.bundleDirectory()));
    RestorationTraining first = new RestorationTraining(config);
    first.run(
        List.of(
            new TrainingListener() {
              @Override
              public void onStep(StepReport report) {
                first.requestStop("at once");
              }
            }));

    TrainingOutcome end = run(config.withStart(new Start.Resume()));

    assertThat(end.bundle().trainingRecord().path("init").textValue())
        .isEqualTo(made.bundle().toString());
  }

  @Test
  void shouldPutThePlainWeightsIntoTheBundleWithoutAveraging() throws Exception {
    AdamWConfig on = AdamWConfig.defaults();
    TrainingOutcome end =
        run(
            config("out", 4)
                .withOptimizer(
                    new AdamWConfig(
                        on.beta1(), on.beta2(), on.epsilon(), on.weightDecay(), on.clipNorm(), 0)));
    assertThat(end.bundle().weights()).isEqualTo(checkpoint("out").weights());
  }

  /** Two batches a step and a term with a second crop go through loop, log and checkpoint. */
  @Test
  void shouldMakeTheSameStepsWithSeveralLossesAndBatchesWhenResumed() throws Exception {
    String settings =
        """
        out: OUT
        preset: {name: compact, without: [pgm, pgca], override: {backbone: {width: 4, encoder: [1, 1], decoder: [1, 1]}, cfe: {channels: [4], features: 8}}}
        data: {folder: images, batches: mixed, crops: "16", batch: 4}
        schedule: {steps: 6}
        losses: {contrastive: {weight: 0.1}}
        optimizer: {accumulate: 2}
        limits: {threads: 1}
        tensorBoard: false
        """;
    run(parsed(settings, "straight"));
    RestorationTraining first = new RestorationTraining(parsed(settings, "paused"));
    first.run(
        List.of(
            new TrainingListener() {
              @Override
              public void onStep(StepReport report) {
                if (report.step() == 3) {
                  first.requestStop("half of the steps are done");
                }
              }
            }));

    run(parsed(settings, "paused").withStart(new Start.Resume()));

    assertThat(stepsOf("paused")).isEqualTo(stepsOf("straight")).hasSize(6);
    assertThat(stepsOf("straight").get(0)).startsWith("1,mixed,16,8,");
    assertThat(Files.readAllLines(temporary.resolve("straight/log.csv")).get(0))
        .contains(",loss,rec,cl,learning_rate");
    assertThat(checkpoint("paused").weights()).isEqualTo(checkpoint("straight").weights());
  }

  private RestorationTrainingConfig parsed(String settings, String out) throws IOException {
    return RestorationTrainingConfig.fromConfig(
        ConfigSection.parse("run.yaml", temporary, settings.replace("OUT", out)));
  }
}
