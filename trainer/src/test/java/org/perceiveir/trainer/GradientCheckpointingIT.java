package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.trainer.data.TrainingBatch;
import org.perceiveir.trainer.optimizer.AdamWConfig;
import org.perceiveir.trainer.run.TrainingSession;
import org.tensorflow.Graph;
import org.tensorflow.Session;

/** The paper's network in training steps, in processes of their own whose memory can be told. */
final class GradientCheckpointingIT {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** 3 GB for 128x128 and batch 1: graph, session and optimizer in a heap of at most 1 GB. */
  private static final long LIMIT_BYTES = 3_000_000_000L;

  /** The process: {@code preset side batch steps recompute}; prints losses, seconds and memory. */
  static final class Trainee {
    private Trainee() {}

    public static void main(String[] args) throws IOException {
      Preset preset = Preset.named(args[0]).withoutSgm();
      int side = Integer.parseInt(args[1]);
      int count = Integer.parseInt(args[2]);
      int steps = Integer.parseInt(args[3]);
      boolean recompute = Boolean.parseBoolean(args[4]);
      long started = System.nanoTime();
      try (Graph graph = new Graph()) {
        TrainingGraph net =
            new TrainingGraph(graph, preset, null, AdamWConfig.defaults(), recompute);
        say("built", seconds(started));
        try (Session session = new Session(graph, TrainingSession.config(0))) {
          net.start(session, net.initialWeights(1));
          say("idle", peakBytes());
          Random random = new Random(2);
          float[] clean = pixels(random, count * side * side * 3);
          float[] degraded = pixels(random, clean.length);
          for (int step = 0; step < steps; step++) {
            long begin = System.nanoTime();
            TrainingGraph.StepResult result =
                net.step(
                    session, TrainingBatch.of(step, "noise", count, side, degraded, clean), 1e-4);
            say("loss", result.loss());
            say("step", seconds(begin));
          }
        }
      }
      say("peak", peakBytes());
    }

    /** The most that this process has held at once so far. */
    private static double peakBytes() throws IOException {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmHWM:")) {
          return Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
      throw new IllegalStateException("no VmHWM in " + STATUS);
    }

    private static float[] pixels(Random random, int count) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = random.nextFloat();
      }
      return values;
    }

    private static double seconds(long since) {
      return (System.nanoTime() - since) / 1e9;
    }

    private static void say(String what, double value) {
      System.out.printf(Locale.ROOT, "%s %.9g%n", what, value);
    }
  }

  private record Run(double built, List<Double> losses, List<Double> steps, long idle, long peak) {

    /** What the steps took beyond the process before the first of them, in bytes. */
    long taken() {
      return peak - idle;
    }
  }

  private static Run train(String... args) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                Trainee.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    // As the launchers start it.
    builder.environment().put("MALLOC_ARENA_MAX", "2");
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    double built = 0;
    List<Double> losses = new ArrayList<>();
    List<Double> steps = new ArrayList<>();
    long idle = 0;
    long peak = 0;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        double value = Double.parseDouble(words[1]);
        switch (words[0]) {
          case "built" -> built = value;
          case "loss" -> losses.add(value);
          case "step" -> steps.add(value);
          case "idle" -> idle = (long) value;
          case "peak" -> peak = (long) value;
          default -> throw new IllegalStateException(line);
        }
      }
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
    return new Run(built, losses, steps, idle, peak);
  }

  @Test
  void shouldTrainThePapersNetworkIn3GigabytesWhenBlocksAreRecomputed() throws Exception {
    Assumptions.assumeTrue(Files.isReadable(STATUS), "no " + STATUS + " here: skipped");
    Run run = train("paper", "128", "1", "3", "true");

    assertThat(run.losses).hasSize(3).allMatch(Double::isFinite);
    assertThat(run.losses.get(2)).isLessThan(run.losses.get(0));
    assertThat(run.peak).isPositive().isLessThan(LIMIT_BYTES);
    assertThat(run.built).as("seconds to build the graph").isLessThan(60);
  }

  /** On some processors the sums of a gradient come in another order: the last bit differs. */
  @Test
  void shouldHaveTheSameLossesWithLessMemoryWhenBlocksAreRecomputed() throws Exception {
    Assumptions.assumeTrue(Files.isReadable(STATUS), "no " + STATUS + " here: skipped");
    Run plain = train("compact", "128", "8", "3", "false");
    Run recomputed = train("compact", "128", "8", "3", "true");

    assertThat(recomputed.losses).hasSize(3);
    assertThat(recomputed.losses.get(0)).isEqualTo(plain.losses.get(0));
    for (int i = 1; i < 3; i++) {
      assertThat(recomputed.losses.get(i)).isCloseTo(plain.losses.get(i), within(1e-6));
    }
    assertThat(recomputed.taken()).isLessThan(plain.taken() * 2 / 3);
  }
}
