package org.perceiveir.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;
import org.perceiveir.trainer.data.BatchPrefetcher;
import org.perceiveir.trainer.data.CropSchedule;
import org.perceiveir.trainer.data.DataCheck;
import org.perceiveir.trainer.data.LoaderSpeed;
import org.perceiveir.trainer.data.TrainingData;
import org.perceiveir.trainer.data.TrainingDataConfig;
import org.perceiveir.trainer.data.TrainingSet;
import org.perceiveir.trainer.data.layout.DataSet;
import org.perceiveir.trainer.data.layout.PairRule;
import org.perceiveir.trainer.validation.ValidationConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive data check}. */
@Command(
    name = "check",
    description = {
      "Lists what is found in the data sets of a training, and what is missing, unpaired,",
      "unreadable or odd in size. Pixels are not decoded. Ends with 1 if a set cannot be used.",
      "docs/data.md says how the folders of each set are laid out."
    })
public final class DataCheckCommand implements Callable<Integer> {
  private static final double NO_VALIDATION_LIMIT = 0.05;
  private static final int SMALLEST_EVALUATED = 7;
  private static final int STEPS = 1 << 20;

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A training's YAML or JSON file, of which data and validation are read.")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KIND=DIR",
      description = {
        "A set without a file: clean, pairs (with input and target in it), bsd400, wed, ots, sots,",
        "rain100l, gopro, lol, cbsd68, urban100, kodak24 or uieb. May be given several times."
      })
  private Map<String, Path> sets = new LinkedHashMap<>();

  @Option(
      names = "--crop",
      paramLabel = "N",
      defaultValue = "128",
      description = "With --set: side that images need. Default: ${DEFAULT-VALUE}.")
  private int crop;

  @Option(
      names = "--speed",
      paramLabel = "SECONDS",
      arity = "0..1",
      fallbackValue = "3",
      description = {
        "Measure how many crops a second the loader makes, mixed and for each task, for that long",
        "each. Default: 3."
      })
  private @Nullable Double speed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "With --speed: loader threads. Default: as the file says, or half the processors.")
  private @Nullable Integer threads;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if ((config == null) == sets.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "give either --config or one or more --set KIND=DIR");
    }
    List<DataCheck.Wanted> wanted = new ArrayList<>();
    TrainingDataConfig data;
    try {
      data = config == null ? given() : read(config, wanted);
    } catch (ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    List<DataCheck.Wanted> training =
        data.sets().stream()
            .map(
                set ->
                    new DataCheck.Wanted(
                        "train", set, data.crops().largest(), data.loading().mostUnusable()))
            .toList();
    wanted.addAll(0, training);
    DataCheck check = DataCheck.of(wanted);
    PrintWriter out = spec.commandLine().getOut();
    check.lines().forEach(out::println);
    ObjectNode report = check.toJson();
    if (speed != null && check.isUsable()) {
      speed(data, speed, out, report.putArray("loader"));
    }
    out.flush();
    if (json != null) {
      WholeFile.write(json, report);
    }
    return check.isUsable() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private TrainingDataConfig given() {
    List<TrainingSet> list = new ArrayList<>();
    sets.forEach((kind, root) -> list.add(set(kind, root)));
    return TrainingDataConfig.of(list).withCrops(CropSchedule.parse(String.valueOf(crop)), 8);
  }

  private static TrainingSet set(String kind, Path root) {
    if (kind.equals("pairs")) {
      return new TrainingSet(
          TrainingSet.Images.pairs(root.resolve("input"), root.resolve("target"), PairRule.EQUAL),
          List.of(new TrainingSet.Use("pairs", List.of(), 1)),
          List.of());
    }
    if (kind.equals("clean")) {
      return TrainingSet.of(TrainingSet.Images.clean(root));
    }
    DataSet set = DataSet.of(kind);
    return TrainingSet.of(TrainingSet.Images.of(set, root, set.usualSplit()));
  }

  private static TrainingDataConfig read(Path file, List<DataCheck.Wanted> validation)
      throws IOException {
    ConfigSection root = ConfigSection.read(file);
    ConfigSection data = root.section("data");
    TrainingDataConfig config = TrainingDataConfig.fromConfig(data);
    data.done();
    ConfigSection section = root.section("validation");
    Optional<ValidationConfig> given = ValidationConfig.fromConfig(section);
    section.done();
    given.ifPresent(
        images -> {
          images
              .clean()
              .ifPresent(folder -> validation.add(validation(TrainingSet.Images.clean(folder))));
          for (ValidationConfig.Pairs pairs : images.pairs()) {
            validation.add(
                validation(TrainingSet.Images.pairs(pairs.input(), pairs.target(), pairs.rule())));
          }
        });
    return config;
  }

  private static DataCheck.Wanted validation(TrainingSet.Images images) {
    TrainingSet set =
        images.isClean()
            ? TrainingSet.of(images)
            : new TrainingSet(
                images, List.of(new TrainingSet.Use("pairs", List.of(), 1)), List.of());
    return new DataCheck.Wanted("validation", set, SMALLEST_EVALUATED, NO_VALIDATION_LIMIT);
  }

  private void speed(TrainingDataConfig config, double seconds, PrintWriter out, ArrayNode json)
      throws IOException, InterruptedException {
    int count = threads == null ? config.loading().threads() : threads;
    TrainingData all = config.open();
    out.printf(
        Locale.ROOT,
        "loader alone, threads: %d (a training has %d by default), crops of %d pixels:%n",
        count,
        BatchPrefetcher.defaultThreads(),
        config.crops().sizeAt(STEPS - 1, STEPS));
    measure("all", all, count, seconds, out, json);
    for (String task : config.tasks()) {
      measure(task, config.of(task).open(), count, seconds, out, json);
    }
  }

  private static void measure(
      String what, TrainingData data, int threads, double seconds, PrintWriter out, ArrayNode json)
      throws InterruptedException {
    // The last crops of a schedule are the largest.
    int steps = 1 << 20;
    int from = (int) Math.round(steps * 0.999);
    LoaderSpeed speed = LoaderSpeed.measure(data.batches(steps, 1), from, steps, threads, seconds);
    out.printf(
        Locale.ROOT,
        "  %-12s %6.0f crops/s, a batch of %d takes a thread %.1f ms%n",
        what,
        speed.cropsPerSecond(),
        speed.count(),
        speed.batchMillis());
    json.addObject()
        .put("what", what)
        .put("threads", threads)
        .put("size", speed.size())
        .put("count", speed.count())
        .put("cropsPerSecond", Math.round(speed.cropsPerSecond() * 10) / 10.0)
        .put("batchMillis", Math.round(speed.batchMillis() * 100) / 100.0);
  }
}
