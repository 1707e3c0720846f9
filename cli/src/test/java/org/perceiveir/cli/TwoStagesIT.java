package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.scene.SyntheticScene;

/**
 * Both training stages on tiny data, each command on what the one before left, as a user goes
 * through them.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TwoStagesIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PRESET =
      """
      {
        "name": "tiny",
        "backbone": {"type": "nafnet", "width": 4, "encoder": [1], "middle": 1, "decoder": [1]},
        "cfe": {"channels": [4, 4], "unshuffle": 1, "features": 8},
        "pgm": {"per": "block", "projection": "linear"}
      }
      """;
  private static final String STAGE_1 =
      """
      clean: mediocre/clean
      mediocre: mediocre
      out: stage1
      encoder:
        {imageSize: 32, patch: 8, width: 16, layers: 4, heads: 2, embedDim: 16, textWidth: 16,
         textLayers: 1, textHeads: 2}
      prompts: {length: 4}
      views: {rows: 1, columns: 2}
      batch: 6
      schedule: {steps: 5, warmup: 1}
      """;
  private static final String STAGE_2 =
      """
      preset: {file: tiny.json}
      out: stage2
      data:
        sets:
          - {kind: clean, root: clean, tasks: "noise,haze"}
        batches: mixed
        crops: "32"
        batch: 4
      losses:
        perceiver: stage1/bundle
        contrastive: {weight: 0.1}
        clip: {weight: 0.05}
        perceptual:
          weight: 0.1
          features: perceiver
          negatives:
            - {name: plain, bundle: mediocre/fold-0/bundle}
      schedule: {steps: 6, warmup: 1}
      validation: {clean: clean, degradations: ["noise:25"], steps: 3, images: 1, crop: 64}
      """;

  @TempDir private static Path directory;

  private static String path(String name) {
    return directory.resolve(name).toString();
  }

  private static CommandLineRun run(String... args) {
    CommandLineRun run = CommandLineRun.of(args);
    assertThat(run.err()).as(String.join(" ", args)).isEmpty();
    assertThat(run.exitCode()).as(String.join(" ", args)).isZero();
    return run;
  }

  @Test
  @Order(1)
  void shouldFindTheDataWhenItIsChecked() throws IOException {
    Path clean = Files.createDirectories(directory.resolve("clean"));
    for (int i = 0; i < 4; i++) {
      RgbImage scene = SyntheticScene.street(i, 96, 72).frame(i);
      Files.write(clean.resolve(i + ".png"), ImageEncoder.encode(scene, ImageFormat.PNG));
    }
    Files.writeString(directory.resolve("tiny.json"), PRESET);
    Files.writeString(directory.resolve("stage1.yaml"), STAGE_1);
    Files.writeString(directory.resolve("stage2.yaml"), STAGE_2);

    CommandLineRun run = run("data", "check", "--config", path("stage2.yaml"));

    assertThat(run.out()).contains("clean", "4");
  }

  @Test
  @Order(2)
  void shouldMakeMediocreImagesByCrossValidation() throws IOException {
    run(
        "train",
        "mediocre",
        "--clean",
        path("clean"),
        "--tasks",
        "noise,low-light",
        "--preset",
        path("tiny.json"),
        "--crops",
        "32",
        "--batch",
        "2",
        "--max-steps",
        "4",
        "--min-gain",
        "0",
        "--out",
        path("mediocre"));

    JsonNode report = JSON.readTree(directory.resolve("mediocre/mediocre.json").toFile());
    JsonNode noise = report.path("tasks").path("noise");
    assertThat(noise.path("images").intValue()).isEqualTo(4);
    assertThat(noise.path("mediocre").intValue() + noise.path("hardlyBetter").intValue())
        .isEqualTo(4);
    assertThat(directory.resolve("mediocre/degraded/noise/0.png")).exists();
    assertThat(directory.resolve("mediocre/clean/0.png")).exists();
    assertThat(directory.resolve("mediocre/fold-1/bundle/model.json")).exists();
  }

  @Test
  @Order(3)
  void shouldLearnPromptsAndAssessImages() throws IOException {
    run("train", "prompts", "--config", path("stage1.yaml"));
    run(
        "assess",
        "--perceiver",
        path("stage1/bundle"),
        "--input",
        path("clean"),
        "--json",
        path("tiers.json"));

    JsonNode images = JSON.readTree(directory.resolve("tiers.json").toFile()).path("images");
    assertThat(images).hasSize(4);
    double sum = 0;
    for (JsonNode probability : images.get(0).path("probabilities")) {
      sum += probability.doubleValue();
    }
    assertThat(sum).isBetween(0.99, 1.01);
  }

  @Test
  @Order(4)
  void shouldTrainWithEveryLossAndKeepTheBest() throws IOException {
    run("train", "restoration", "--config", path("stage2.yaml"));

    String header = Files.readAllLines(directory.resolve("stage2/log.csv")).get(0);
    assertThat(header).contains(",rec,cl,clip,dpl,");
    assertThat(Files.readAllLines(directory.resolve("stage2/log.csv"))).hasSize(1 + 6);
    assertThat(directory.resolve("stage2/best")).isDirectory();
    JsonNode record = JSON.readTree(directory.resolve("stage2/run.json").toFile());
    assertThat(record.path("outcome").asText()).isEqualTo("finished");
    JsonNode training =
        JSON.readTree(directory.resolve("stage2/bundle/model.json").toFile()).path("training");
    assertThat(training.toString()).contains("perceptual", "plain");
  }

  @Test
  @Order(5)
  void shouldEvaluateAndExportWhatWasTrained() throws IOException {
    run(
        "evaluate",
        "--bundle",
        path("stage2/bundle"),
        "--clean",
        path("clean"),
        "--noise",
        "25",
        "--json",
        path("evaluation.json"),
        "--markdown",
        path("evaluation.md"),
        "--sheet",
        path("sheet.png"));
    run(
        "export",
        "--bundle",
        path("stage2/bundle"),
        "--format",
        "savedmodel",
        "--perceiver",
        path("stage1/bundle"),
        "--out",
        path("exported"));

    JsonNode items = JSON.readTree(directory.resolve("evaluation.json").toFile()).path("items");
    assertThat(items).hasSize(1);
    assertThat(Files.readString(directory.resolve("evaluation.md"))).contains("PSNR");
    assertThat(directory.resolve("sheet.png")).isNotEmptyFile();
    assertThat(directory.resolve("exported/saved_model.pb")).isNotEmptyFile();
  }
}
