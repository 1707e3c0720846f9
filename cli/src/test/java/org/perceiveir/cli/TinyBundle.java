package org.perceiveir.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.scene.SyntheticScene;

/**
 * A network that takes next to no time, trained by the command in four steps.
 *
 * @param clean a folder with the three pictures of 96x72 that it was trained on
 * @param bundle the bundle
 * @param training what the command printed and returned
 */
record TinyBundle(Path clean, Path bundle, CommandLineRun training) {
  private static final String PRESET =
      """
      {
        "name": "tiny",
        "backbone": {"type": "nafnet", "width": 4, "encoder": [1], "middle": 1, "decoder": [1]}
      }
      """;

  /** Trains it in {@code directory}: {@code clean}, {@code tiny.json} and {@code training}. */
  static TinyBundle train(Path directory) throws IOException {
    Path clean = Files.createDirectories(directory.resolve("clean"));
    for (int i = 0; i < 3; i++) {
      RgbImage scene = SyntheticScene.street(i, 96, 72).frame(i);
      Files.write(clean.resolve(i + ".png"), ImageEncoder.encode(scene, ImageFormat.PNG));
    }
    Path preset = Files.writeString(directory.resolve("tiny.json"), PRESET);
    Path out = directory.resolve("training");
    CommandLineRun training =
        CommandLineRun.of(
            "train",
            "restoration",
            "--preset",
            preset.toString(),
            "--data",
            clean.toString(),
            "--out",
            out.toString(),
            "--max-steps",
            "4",
            "--crops",
            "32",
            "--batch",
            "2");
    return new TinyBundle(clean, out.resolve("bundle"), training);
  }
}
