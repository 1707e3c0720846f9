package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.model.perceiver.PerceiverForm;
import org.perceiveir.model.perceiver.Views;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Graph;
import org.tensorflow.op.Ops;

/** The commands around a perceiver, with one of random weights. */
final class AssessCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  @BeforeEach
  void makePerceiverAndImages() throws IOException {
    PerceiverForm form =
        new PerceiverForm(
            new ClipConfig(8, 4, 8, 1, 2, 2, 4, 1, 1, 6, 9),
            List.of("terrible", "mediocre", "excellent"),
            100,
            Views.windows(2, 2),
            PerceiverForm.Origin.FROM_SCRATCH);
    Map<String, FloatTensor> weights;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      new ClipImageEncoder(tf, params, form.clip());
      weights = new LinkedHashMap<>(params.initialValues(3));
    }
    weights.put(
        PerceiverBundle.TEXT_FEATURES,
        new FloatTensor(new long[] {3, 2}, new float[] {1, 0, 0, 1, -1, -1}));
    PerceiverBundle.write(
        directory.resolve("perceiver"),
        "random",
        "0",
        form,
        weights,
        JsonNodeFactory.instance.objectNode());
    Files.createDirectories(directory.resolve("images"));
    for (int i = 0; i < 2; i++) {
      Files.write(
          directory.resolve("images/" + i + ".png"),
          ImageEncoder.encode(SyntheticScene.street(i, 40, 24).frame(0), ImageFormat.PNG));
    }
  }

  private CommandLineRun assess(String... more) {
    String[] args = new String[3 + more.length];
    args[0] = "assess";
    args[1] = "--perceiver";
    args[2] = path("perceiver");
    System.arraycopy(more, 0, args, 3, more.length);
    return CommandLineRun.of(args);
  }

  @Test
  void shouldPrintATableAndWriteJsonWhenFilesAreAssessed() throws IOException {
    CommandLineRun run = assess("--input", path("images"), "--json", path("tiers.json"));

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("perceiver random 0+", "terrible", "0.png", "1.png");
    assertThat(run.out()).hasLineCount(4);
    JsonNode images = JSON.readTree(directory.resolve("tiers.json").toFile()).path("images");
    assertThat(images).hasSize(2);
    JsonNode first = images.get(0);
    assertThat(first.path("file").asText()).isEqualTo(path("images/0.png"));
    double best = 0;
    double sum = 0;
    for (JsonNode p : first.path("probabilities")) {
      best = Math.max(best, p.doubleValue());
      sum += p.doubleValue();
    }
    assertThat(first.path("probabilities").path(first.path("tier").asText()).doubleValue())
        .isEqualTo(best);
    assertThat(sum).isBetween(0.9999, 1.0001);
  }

  @Test
  void shouldCountAndNameWhatCannotBeReadAndAssessTheRest() throws IOException {
    Files.write(directory.resolve("images/bad.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G'});

    CommandLineRun run = assess("--input", path("images"), "--json", path("tiers.json"));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("bad.png is left out", "1 of 3 files").hasLineCount(2);
    assertThat(JSON.readTree(directory.resolve("tiers.json").toFile()).path("images")).hasSize(2);
  }

  @Test
  void shouldRefuseAnEmptyFolderAndAMissingPerceiver() throws IOException {
    Files.createDirectories(directory.resolve("empty"));
    CommandLineRun empty = assess("--input", path("empty"));
    assertThat(empty.exitCode()).isEqualTo(1);
    assertThat(empty.err()).contains("holds no frames").hasLineCount(1);

    CommandLineRun missing =
        CommandLineRun.of("assess", "--perceiver", path("images"), "--input", path("images"));
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("holds no perceiver", "train prompts").hasLineCount(1);
  }

  @Test
  void shouldPrintTheConfusionMatrixWhenTiersAreMeasured() throws IOException {
    CommandLineRun run =
        CommandLineRun.of(
            "assess-tiers",
            "--perceiver",
            path("perceiver"),
            "--val",
            path("images"),
            "--restorer",
            "../models/compact",
            "--degradation",
            "noise:25,low-light",
            "--json",
            path("matrix.json"));

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("noise:25", "low-light:", "| all");
    JsonNode report = JSON.readTree(directory.resolve("matrix.json").toFile());
    assertThat(report.path("rows")).hasSize(5);
    assertThat(report.path("rule").asText()).contains("softmax");
  }

  @Test
  void shouldNameTheOptionWhenHeldOutImagesCannotBeMade() {
    CommandLineRun kind =
        CommandLineRun.of(
            "assess-tiers",
            "--perceiver",
            path("perceiver"),
            "--val",
            path("images"),
            "--restorer",
            "nonsense=../models/compact");
    assertThat(kind.exitCode()).isEqualTo(1);
    assertThat(kind.err()).contains("--restorer nonsense=", "low-light").hasLineCount(1);
    CommandLineRun val =
        CommandLineRun.of("assess-tiers", "--perceiver", path("perceiver"), "--val", path("no"));
    assertThat(val.err()).contains("is no directory").hasLineCount(1);
  }

  @Test
  void shouldExitTwoWhenASettingOfTheTrainingIsWrong() {
    CommandLineRun run =
        CommandLineRun.of(
            "train",
            "prompts",
            "--clean",
            path("images"),
            "--mediocre",
            path("images"),
            "--out",
            path("out"),
            "--set",
            "prompts.lenght=4");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("prompts.lenght", "did you mean length").hasLineCount(1);
  }

  @Test
  void shouldMakeVariantsInANewFolderOnly() {
    CommandLineRun run =
        CommandLineRun.of(
            "train",
            "variants",
            "--clean",
            path("images"),
            "--out",
            path("variants"),
            "--count",
            "3");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("6 variants");
    assertThat(directory.resolve("variants/1-2.png")).isNotEmptyFile();
    CommandLineRun again =
        CommandLineRun.of(
            "train", "variants", "--clean", path("images"), "--out", path("variants"));
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("is not empty").hasLineCount(1);
  }
}
