package org.perceiveir.trainer.prompt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.model.perceiver.PerceiverBundle;
import org.perceiveir.trainer.config.ConfigSection;
import org.tensorflow.Graph;
import org.tensorflow.Session;

/** A few small scenes, and settings that train in a second. */
final class TinyPrompts {
  private TinyPrompts() {}

  /** Writes {@code clean}, {@code degraded/noise} and {@code mediocre/noise} into a folder. */
  static void write(Path folder, int scenes) throws IOException {
    for (int i = 0; i < scenes; i++) {
      RgbImage clean = SyntheticScene.landscape(i, 40, 30).frame(0);
      RgbImage noisy = new GaussianNoise(40).apply(clean, i);
      put(folder.resolve("clean/" + i + ".png"), clean);
      put(folder.resolve("degraded/noise/" + i + ".png"), noisy);
      put(folder.resolve("mediocre/noise/" + i + ".png"), smoothed(noisy));
    }
  }

  static void put(Path file, RgbImage image) throws IOException {
    Files.createDirectories(file.resolveSibling(""));
    Files.write(file, ImageEncoder.encode(image, ImageFormat.PNG));
  }

  /** What the plainest of restorers leaves: the mean of 3x3 pixels. */
  static RgbImage smoothed(RgbImage image) {
    int width = image.width();
    int height = image.height();
    byte[] rgb = new byte[image.rgb().length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < 3; c++) {
          int sum = 0;
          for (int v = -1; v <= 1; v++) {
            for (int u = -1; u <= 1; u++) {
              int row = Math.max(0, Math.min(height - 1, y + v));
              int column = Math.max(0, Math.min(width - 1, x + u));
              sum += image.rgb()[3 * (row * width + column) + c] & 0xff;
            }
          }
          rgb[3 * (y * width + x) + c] = (byte) (sum / 9);
        }
      }
    }
    return RgbImage.wrap(width, height, rgb);
  }

  static PromptTrainingConfig config(Path folder, String more) {
    return PromptTrainingConfig.fromConfig(
        ConfigSection.parse(
            "test",
            folder,
            """
            clean: clean
            mediocre: .
            out: out
            encoder: {imageSize: 16, patch: 8, width: 16, layers: 1, heads: 2, embedDim: 8, \
            textWidth: 8, textLayers: 1, textHeads: 2}
            batch: 12
            windows: 2
            limits: {threads: 1}
            """
                + more));
  }

  /** Losses of so many steps on the batch of step 0, the first before any update. */
  static float[] overfit(PromptTrainingConfig config, int steps, double learningRate)
      throws IOException {
    PromptTrainingConfig.EncoderSource.FromScratch scratch =
        (PromptTrainingConfig.EncoderSource.FromScratch) config.encoder();
    PromptTokens tokens = PromptTokens.own(config.prompts());
    PromptBatch batch = sampler(config).sample(0);
    float[] losses = new float[steps];
    try (Graph graph = new Graph()) {
      PromptGraph net =
          new PromptGraph(
              graph,
              config,
              scratch.clip(tokens.contextLength(), tokens.vocabulary()),
              tokens,
              Map.of());
      try (Session session = new Session(graph)) {
        net.start(session);
        for (int i = 0; i < steps; i++) {
          losses[i] =
              net.step(
                      session,
                      new PromptBatch(
                          i, batch.count(), batch.views(), batch.pixels(), batch.labels()),
                      learningRate)
                  .loss();
        }
      }
    }
    return losses;
  }

  static PromptSampler sampler(PromptTrainingConfig config) throws IOException {
    return new PromptSampler(
        PromptExamples.load(config.clean(), config.mediocre()),
        Example.forTiers(config.prompts().words().size()),
        config.views(),
        config.windows(),
        16,
        config.batch(),
        config.seed());
  }

  /** A perceiver that was trained for a few steps. */
  static PerceiverBundle trained(Path folder) throws IOException, InterruptedException {
    write(folder, 3);
    return new PromptTraining(config(folder, "schedule: {steps: 3, warmup: 0}"))
        .run(List.of())
        .bundle();
  }
}
