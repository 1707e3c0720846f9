package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.trainer.mediocre.CleanVariants;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive train variants}. */
@Command(
    name = "variants",
    description = {
      "Makes clean images as other cameras would have taken them: other sharpness, grain, JPEG.",
      "Stage 1 needs them where all clean images come from one set, whose look it would take for",
      "a sign of quality. Give the result to ./perceive train mediocre."
    })
public final class TrainVariantsCommand implements Callable<Integer> {
  private static final int SAY_EVERY = 100;

  @Spec private CommandSpec spec;

  @Option(
      names = "--clean",
      paramLabel = "DIR",
      required = true,
      description = "Folder of clean photographs (PNG, JPEG).")
  private Path clean;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the variants; missing or empty.")
  private Path out;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1",
      description = "Variants of each photograph. Default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of every random choice. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    if (count < 1) {
      throw new CommandFailure("--count is " + count, "give at least 1");
    }
    if (Files.isDirectory(out)) {
      try (var there = Files.list(out)) {
        if (there.findAny().isPresent()) {
          throw new CommandFailure("--out " + out + " is not empty", "name a new folder");
        }
      }
    }
    PrintWriter printer = spec.commandLine().getOut();
    int made =
        CleanVariants.write(
            clean,
            out,
            count,
            seed,
            done -> {
              if (done % SAY_EVERY == 0) {
                printer.println(done + " photographs");
                printer.flush();
              }
            });
    printer.println(made + " variants in " + out);
    printer.flush();
    return 0;
  }
}
