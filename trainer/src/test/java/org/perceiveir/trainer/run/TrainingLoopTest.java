package org.perceiveir.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.trainer.checkpoint.Checkpoint;
import org.perceiveir.trainer.checkpoint.CheckpointException;
import org.perceiveir.trainer.checkpoint.CheckpointFile;
import org.perceiveir.trainer.listener.TrainingListener;
import org.perceiveir.trainer.listener.TrainingStart;
import org.perceiveir.trainer.listener.ValidationReport;

/** The loop with something to train that is one number. */
final class TrainingLoopTest {
  private static final int STEPS = 12;

  @TempDir Path out;

  /** Its weight is a sum over the steps; what it does wrong can be chosen. */
  private static final class Sum implements Trainee {
    private float weight;
    private int seen;
    private int nanAt = -1;
    private int fullAt = -1;
    private boolean fullInCheckpoint;
    private int spoiltAt = -1;
    private int remarkAt = -1;

    @Override
    public ObjectNode identity() {
      return JsonNodeFactory.instance.objectNode().put("seed", 1);
    }

    @Override
    public ObjectNode facts() {
      return JsonNodeFactory.instance.objectNode().put("command", "sum");
    }

    @Override
    public void begin() {
      weight = 0.5f;
    }

    @Override
    public void resume(CheckpointFile checkpoint) throws IOException {
      FloatTensor saved = checkpoint.weights().get("w");
      weight = saved == null ? Float.NaN : saved.values()[0];
      seen = checkpoint.state().path("seen").intValue();
    }

    @Override
    public TrainingStart about(int step, int maxSteps) {
      return new TrainingStart(1, 1, List.of(), List.of("rec"), step, maxSteps);
    }

    @Override
    public StepResult step(int step) {
      weight = weight * 0.9f + step;
      seen++;
      return new StepResult(
          "noise",
          8,
          2,
          step == nanAt ? Float.NaN : weight,
          Map.of("rec", weight / 3),
          1e-3,
          1,
          0,
          step == remarkAt ? Optional.of("a loss is off") : Optional.empty());
    }

    @Override
    public List<Checkpoint.Group> tensors() {
      if (fullInCheckpoint && seen == fullAt) {
        return List.of(
            new Checkpoint.Group(
                "weight/",
                Map.of("w", new long[] {1}),
                () -> {
                  throw new java.io.UncheckedIOException(
                      new IOException("No space left on device"));
                }));
      }
      FloatTensor tensor = new FloatTensor(new long[] {1}, new float[] {weight});
      return List.of(
          new Checkpoint.Group("weight/", Map.of("w", new long[] {1}), () -> Map.of("w", tensor)));
    }

    @Override
    public ObjectNode state() {
      return JsonNodeFactory.instance.objectNode().put("seen", seen);
    }

    @Override
    public void writeBundle(Path directory, Progress progress) throws IOException {
      if (!fullInCheckpoint && seen == fullAt) {
        throw new IOException("No space left on device");
      }
      if (seen == spoiltAt) {
        throw new SafeTensorsException("weight w holds NaN");
      }
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("weight"), progress.step() + " " + weight);
      Files.writeString(directory.resolve("record"), progress.validation().toString());
    }
  }

  /** Best at step 6. */
  private static Validation.Result measured(int step) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("psnr", 30.0 - Math.abs(step - 6));
    return new Validation.Result(
        30.0 - Math.abs(step - 6), "psnr", figures, Optional.of(RgbImage.wrap(2, 2, new byte[12])));
  }

  private RunEnd run(Path to, Sum sum, boolean resume, int keep, boolean validate, int stopAt)
      throws IOException, InterruptedException {
    StopRequest stop = new StopRequest();
    Optional<Validation.Plan> plan =
        validate
            ? Optional.of(new Validation.Plan((bundle, step) -> measured(step), 3, 0, 2))
            : Optional.empty();
    RunLimits limits = new RunLimits(Optional.empty(), Duration.ofHours(1), 2, keep, 1);
    TrainingListener stopper =
        new TrainingListener() {
          @Override
          public void onStep(org.perceiveir.trainer.listener.StepReport report) {
            if (report.step() == stopAt) {
              stop.request("told to");
            }
          }
        };
    return new TrainingLoop(to, STEPS, limits, plan, stop).run(sum, resume, List.of(stopper));
  }

  private static int saved(Path out) throws IOException {
    return Checkpoint.read(TrainingLoop.checkpointFile(out)).step();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.map(f -> String.valueOf(f.getFileName())).sorted().toList();
    }
  }

  private static List<String> exact(Path out) throws IOException {
    return Files.readAllLines(out.resolve("log.csv")).stream()
        .map(line -> line.replaceFirst("(,[^,]*){3}$", ""))
        .toList();
  }

  private static JsonNode record(Path out) throws IOException {
    return new ObjectMapper().readTree(out.resolve("run.json").toFile());
  }

  @Test
  void shouldChooseTheBundleOfTheBestValidationWhenAllStepsAreDone() throws Exception {
    RunEnd end = run(out, new Sum(), false, 1, true, -1);

    assertThat(end).isEqualTo(new RunEnd(STEPS, Optional.empty(), Optional.of(6)));
    assertThat(out.resolve("bundle/weight")).content().startsWith("6 ");
    assertThat(out.resolve("bundle/record")).content().contains("\"by\":\"psnr\"", "30.0");
    assertThat(out.resolve("best/weight")).content().startsWith("6 ");
    assertThat(saved(out)).isEqualTo(STEPS);
    assertThat(Files.readAllLines(out.resolve("validation.csv")))
        .containsExactly(
            "step,best,psnr",
            "3,true,27.0000",
            "6,true,30.0000",
            "9,false,27.0000",
            "12,false,24.0000");
    assertThat(names(out.resolve("validation")))
        .containsExactly("step-00000009.png", "step-00000012.png");
    assertThat(names(out))
        .doesNotContain(".bundle.new", ".bundle.old", "log.csv.new", "run.json.new");
  }

  @Test
  void shouldKeepTheNewestBundleWhilePausedAndTheBestOverAResume() throws Exception {
    RunEnd paused = run(out, new Sum(), false, 1, true, 8);

    assertThat(paused.paused()).contains("told to");
    assertThat(out.resolve("bundle/weight")).content().startsWith("8 ");
    assertThat(out.resolve("best/weight")).content().startsWith("6 ");

    RunEnd end = run(out, new Sum(), true, 1, true, -1);

    assertThat(end.bestStep()).contains(6);
    assertThat(out.resolve("bundle/weight")).content().startsWith("6 ");
    assertThat(Files.readAllLines(out.resolve("validation.csv"))).hasSize(5);
    JsonNode record = record(out);
    assertThat(record.path("outcome").textValue()).isEqualTo("finished");
    assertThat(record.path("firstStep").intValue()).isEqualTo(8);
    assertThat(record.path("command").textValue()).isEqualTo("sum");
    assertThat(record.path("machine").path("tensorflow").textValue()).startsWith("2.");
    assertThat(record.path("earlierRuns")).hasSize(1);
    assertThat(record.path("earlierRuns").get(0).path("outcome").textValue())
        .isEqualTo("paused: told to");
  }

  @Test
  void shouldMakeTheSameLogWhenPausedAndResumed() throws Exception {
    run(out.resolve("a"), new Sum(), false, 1, false, -1);
    run(out.resolve("b"), new Sum(), false, 1, false, 5);
    run(out.resolve("b"), new Sum(), true, 1, false, -1);

    assertThat(exact(out.resolve("b"))).isEqualTo(exact(out.resolve("a"))).hasSize(STEPS + 1);
    assertThat(exact(out.resolve("a")).get(0)).contains(",loss,rec,learning_rate");
    assertThat(Checkpoint.read(TrainingLoop.checkpointFile(out.resolve("b"))).weights())
        .isEqualTo(Checkpoint.read(TrainingLoop.checkpointFile(out.resolve("a"))).weights());
  }

  @Test
  void shouldKeepNoMoreCheckpointsThanAsked() throws Exception {
    run(out, new Sum(), false, 3, false, -1);

    assertThat(names(out.resolve("checkpoint")))
        .containsExactly(
            "checkpoint-00000008.safetensors",
            "checkpoint-00000010.safetensors",
            "checkpoint.safetensors");
    Path older = out.resolve("checkpoint/checkpoint-00000008.safetensors");
    assertThat(Checkpoint.read(older).step()).isEqualTo(8);
  }

  @Test
  void shouldLeaveTheCheckpointBeforeAndSayWhatToDoWhenTheDiskIsFull() throws Exception {
    for (boolean inCheckpoint : new boolean[] {false, true}) {
      Path to = out.resolve(String.valueOf(inCheckpoint));
      Sum sum = new Sum();
      sum.fullAt = 6;
      sum.fullInCheckpoint = inCheckpoint;
      assertThatThrownBy(() -> run(to, sum, false, 1, false, -1))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("step 6 cannot be written to " + to)
          .hasMessageContaining("No space left on device")
          .hasMessageContaining("MiB free")
          .hasMessageContaining("the checkpoint at step 4 is untouched: make room and --resume");
      assertThat(saved(to)).isEqualTo(4);
      assertThat(names(to.resolve("checkpoint"))).containsExactly("checkpoint.safetensors");
      assertThat(record(to).path("outcome").textValue()).startsWith("failed: ");
      run(to, new Sum(), true, 1, false, -1);
      assertThat(saved(to)).isEqualTo(STEPS);
    }
  }

  @Test
  void shouldStopBeforeAnythingIsWrittenWhenAFigureIsNotFinite() throws Exception {
    Sum sum = new Sum();
    sum.nanAt = 6;
    assertThatThrownBy(() -> run(out, sum, false, 1, false, -1))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("diverged at step 7 (noise): loss NaN")
        .hasMessageContaining("the checkpoint at step 6 is untouched")
        .hasMessageContaining("lower learning rate")
        .hasMessageContaining("--init " + out.resolve("bundle"));
    assertThat(saved(out)).isEqualTo(6);
    assertThat(exact(out)).hasSize(7);
  }

  @Test
  void shouldNotSpoilTheCheckpointWithAWeightThatIsNotFinite() throws Exception {
    Sum sum = new Sum();
    sum.spoiltAt = 6;
    assertThatThrownBy(() -> run(out, sum, false, 1, false, -1))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("after step 6 weight w holds NaN")
        .hasMessageContaining("the checkpoint at step 4 is untouched");
    assertThat(saved(out)).isEqualTo(4);
  }

  @Test
  void shouldTellListenersRemarksAndValidations() throws Exception {
    Sum sum = new Sum();
    sum.remarkAt = 2;
    List<String> told = new ArrayList<>();
    Validation.Plan plan = new Validation.Plan((bundle, step) -> measured(step), 6, 0, 0);
    new TrainingLoop(out, STEPS, RunLimits.defaults(), Optional.of(plan), new StopRequest())
        .run(
            sum,
            false,
            List.of(
                new TrainingListener() {
                  @Override
                  public void onRemark(String remark) {
                    told.add(remark);
                  }

                  @Override
                  public void onValidation(ValidationReport report) {
                    told.add(report.step() + " " + report.best());
                  }
                }));
    assertThat(told).containsExactly("a loss is off", "6 true", "12 false");
    assertThat(out.resolve("validation")).doesNotExist();
  }
}
