package org.perceiveir.trainer.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.clip.ClipTextEncoder;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverForm;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.PublicWeights;
import org.perceiveir.model.weights.RecognisedWeights;
import org.perceiveir.trainer.checkpoint.CheckpointException;
import org.perceiveir.trainer.listener.StepReport;
import org.perceiveir.trainer.listener.TrainingListener;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;

/** Trains perceivers of a few thousand parameters on windows of 16 pixels. */
final class PromptTrainingTest {
  private static final String THREE_STEPS = "schedule: {steps: 3, warmup: 0}\n";

  @TempDir Path folder;

  @BeforeEach
  void makeImages() throws IOException {
    TinyPrompts.write(folder, 3);
  }

  private static FloatTensor tensor(PerceiverBundle bundle, String name) {
    FloatTensor tensor = bundle.weights().get(name);
    if (tensor == null) {
      throw new AssertionError("no " + name + " in " + bundle.weights().keySet());
    }
    return tensor;
  }

  @ParameterizedTest
  @CsvSource({"fixed, 2", "fixed, 3", "random, 2", "random, 4", "partial, 3", "partial, 4"})
  void shouldOverfitOneBatchWhateverThePromptsBeginAs(String initialisation, int count)
      throws IOException {
    PromptTrainingConfig config =
        TinyPrompts.config(
            folder,
            "prompts: {length: 4, initialisation: " + initialisation + ", count: " + count + "}");
    float[] losses = TinyPrompts.overfit(config, 120, 1e-2);
    assertThat(losses[losses.length - 1]).isLessThan(0.9f * (float) Math.log(count));
  }

  @Test
  void shouldEndWithTheSameBitsWhenStoppedAndResumed() throws IOException, InterruptedException {
    String six = "schedule: {steps: 6, warmup: 0}\n";
    PerceiverBundle whole =
        new PromptTraining(TinyPrompts.config(folder, six + "name: a")).run(List.of()).bundle();
    Files.move(folder.resolve("out"), folder.resolve("whole"));

    PromptTrainingConfig config = TinyPrompts.config(folder, six + "name: a");
    PromptTraining first = new PromptTraining(config);
    PromptTraining.Outcome paused =
        first.run(
            List.of(
                new TrainingListener() {
                  @Override
                  public void onStep(StepReport report) {
                    if (report.step() == 2) {
                      first.requestStop("test");
                    }
                  }
                }));
    assertThat(paused.step()).isEqualTo(2);
    assertThat(paused.paused()).contains("test");
    assertThatThrownBy(() -> new PromptTraining(config).run(List.of()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("--resume");

    PromptTraining.Outcome resumed = new PromptTraining(config.withResume(true)).run(List.of());
    assertThat(resumed.step()).isEqualTo(6);
    assertThat(resumed.bundle().sha256()).isEqualTo(whole.sha256());
    assertThat(Files.readAllLines(folder.resolve("out/log.csv"))).hasSize(7);
  }

  @Test
  void shouldRefuseToResumeWithOtherSettings() throws IOException, InterruptedException {
    new PromptTraining(TinyPrompts.config(folder, THREE_STEPS)).run(List.of());
    PromptTrainingConfig other = TinyPrompts.config(folder, THREE_STEPS + "logitScale: 10\n");
    assertThatThrownBy(() -> new PromptTraining(other.withResume(true)).run(List.of()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("logitScale was 100.0, now 10.0");
  }

  @Test
  void shouldSayInTheBundleThatItsEncoderWasTrainedFromScratch()
      throws IOException, InterruptedException {
    PerceiverBundle bundle =
        new PromptTraining(TinyPrompts.config(folder, THREE_STEPS)).run(List.of()).bundle();
    assertThat(bundle.form().origin()).isEqualTo(PerceiverForm.Origin.FROM_SCRATCH);
    assertThat(bundle.form().tiers()).containsExactly("terrible", "mediocre", "excellent");
    assertThat(bundle.context().orElseThrow().shape()).containsExactly(3, 16, 8);
    assertThat(bundle.trainingRecord().path("steps").intValue()).isEqualTo(3);
    assertThat(bundle.trainingRecord().path("initialisation").asText()).isEqualTo("partial");
  }

  private void importClip(Map<String, FloatTensor> to) throws IOException {
    ClipConfig clip = new ClipConfig(16, 8, 8, 1, 2, 6, 4, 1, 1, 20, 49408);
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      new ClipImageEncoder(tf, params, clip);
      new ClipTextEncoder(tf, params, clip);
      to.putAll(params.initialValues(4));
    }
    EncoderDirectory.write(
        folder.resolve("clip"),
        new RecognisedWeights(PublicWeights.Kind.CLIP, clip.toJson(), to),
        new EncoderDirectory.Source("clip.safetensors", "0".repeat(64)));
  }

  private PromptTrainingConfig onClip(String more) {
    return PromptTrainingConfig.fromConfig(
        org.perceiveir.trainer.config.ConfigSection.parse(
            "test",
            folder,
            "{clean: clean, mediocre: ., out: out, clip: clip, batch: 3, limits: {threads: 1}, "
                + more
                + "}"));
  }

  @Test
  void shouldTrainNothingButTheContextOnPublicClip() throws IOException, InterruptedException {
    Map<String, FloatTensor> clip = new LinkedHashMap<>();
    importClip(clip);
    PerceiverBundle bundle =
        new PromptTraining(onClip("schedule: {steps: 2, learningRate: 1e-2}, prompts: {length: 3}"))
            .run(List.of())
            .bundle();
    assertThat(bundle.form().origin()).isEqualTo(PerceiverForm.Origin.PUBLIC);
    bundle
        .weights()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith("visual.")) {
                assertThat(tensor).as(name).isEqualTo(clip.get(name));
              }
            });
    // The last of the three was the word's own embedding and has moved by two steps of Adam.
    FloatTensor table = clip.get("token_embedding.weight");
    FloatTensor context = bundle.context().orElseThrow();
    int excellent = 4239;
    for (int i = 0; i < 4; i++) {
      float before = table == null ? Float.NaN : table.values()[excellent * 4 + i];
      float moved = Math.abs(context.values()[(2 * 3 + 2) * 4 + i] - before);
      assertThat(moved).isBetween(1e-4f, 3e-2f);
    }
  }

  @Test
  void shouldWriteAPerceiverWithoutAStepWhenFixedPromptsMeetPublicClip()
      throws IOException, InterruptedException {
    importClip(new LinkedHashMap<>());
    PromptTraining.Outcome outcome =
        new PromptTraining(onClip("prompts: {initialisation: fixed}")).run(List.of());
    assertThat(outcome.step()).isZero();
    assertThat(outcome.bundle().context()).isEmpty();
    FloatTensor features = tensor(outcome.bundle(), PerceiverBundle.TEXT_FEATURES);
    assertThat(features.shape()).containsExactly(3, 6);
    assertThat(java.util.Arrays.copyOf(features.values(), 6))
        .isNotEqualTo(java.util.Arrays.copyOfRange(features.values(), 6, 12));
  }
}
