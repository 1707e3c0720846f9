package org.perceiveir.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.nn.Formulation;
import org.perceiveir.model.session.MemoryBudget;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.SessionOptions;
import org.perceiveir.streams.config.FrameSize;

/**
 * One process of {@link ModelBench}: TensorFlow fixes its threads at its first session, and memory
 * that its allocator once took never goes back.
 *
 * <pre>
 * time   BUNDLE DEVICE THREADS WxH BATCH ROUNDS     both formulations in turn
 * memory BUNDLE DEVICE THREADS WxH BATCH plain|rewritten
 * </pre>
 *
 * <p>The result is one line of JSON on stdout.
 */
public final class ModelTrial {
  /** Passes of one formulation in a round go on for so long. */
  private static final long ROUND_NANOS = 250_000_000L;

  private static final int WARM_UP_PASSES = 2;

  private final ModelBundle bundle;
  private final SessionOptions options;
  private final List<RgbImage> batch;

  private ModelTrial(ModelBundle bundle, SessionOptions options, List<RgbImage> batch) {
    this.bundle = bundle;
    this.options = options;
    this.batch = batch;
  }

  /** Measures and prints; what goes wrong ends the process with its stack trace. */
  public static void main(String[] args) throws IOException {
    FrameSize size = FrameSize.parse(args[4]);
    int count = Integer.parseInt(args[5]);
    FrameSet frames = FrameSet.draw(size, ImageFormat.RGB8, count);
    // The whole batch in one pass: tiles and splits belong to the session, not to the network.
    SessionOptions options =
        SessionOptions.defaults()
            .withDevice(args[2])
            .withThreads(Integer.parseInt(args[3]), 2)
            .withTiles(1 << 14, 0)
            .withMemory(MemoryBudget.unlimited());
    ModelTrial trial =
        new ModelTrial(
            ModelBundle.read(Path.of(args[1])),
            options,
            IntStream.range(0, count).mapToObj(frames::pixels).toList());
    ObjectNode result =
        args[0].equals("time")
            ? trial.time(Integer.parseInt(args[6]))
            : trial.memory(args[6].equals("plain") ? Formulation.PLAIN : Formulation.INFERENCE);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.println(result);
  }

  /** Milliseconds a pass of both formulations in each round, and how far their pixels differ. */
  private ObjectNode time(int rounds) {
    try (RestorationSession plain = open(Formulation.PLAIN);
        RestorationSession rewritten = open(Formulation.INFERENCE)) {
      ObjectNode result = new ObjectMapper().createObjectNode();
      result.put("device", plain.device());
      result.put("levels", difference(plain.restore(batch), rewritten.restore(batch)));
      for (int i = 0; i < WARM_UP_PASSES; i++) {
        plain.restore(batch);
        rewritten.restore(batch);
      }
      ArrayNode plainMillis = result.putArray("plain");
      ArrayNode rewrittenMillis = result.putArray("rewritten");
      for (int round = 0; round < rounds; round++) {
        // Every second round goes backwards: what changes slowly meets both alike.
        if (round % 2 == 0) {
          plainMillis.add(millis(plain));
          rewrittenMillis.add(millis(rewritten));
        } else {
          rewrittenMillis.add(millis(rewritten));
          plainMillis.add(millis(plain));
        }
      }
      return result;
    }
  }

  /** Peak memory in MiB, and seconds from the bundle in memory to the first result. */
  private ObjectNode memory(Formulation formulation) throws IOException {
    long start = System.nanoTime();
    ObjectNode result = new ObjectMapper().createObjectNode();
    try (RestorationSession session = open(formulation)) {
      session.restore(batch);
      result.put("startSeconds", (System.nanoTime() - start) / 1e9);
      for (int i = 0; i < WARM_UP_PASSES; i++) {
        session.restore(batch);
      }
    }
    long peak = TrialProcess.peakMiB();
    if (peak > 0) {
      result.put("peakMiB", peak);
    }
    return result;
  }

  private RestorationSession open(Formulation formulation) {
    return RestorationSession.open(bundle, options, formulation);
  }

  private double millis(RestorationSession session) {
    long start = System.nanoTime();
    long now = start;
    int passes = 0;
    while (now - start < ROUND_NANOS) {
      session.restore(batch);
      passes++;
      now = System.nanoTime();
    }
    return (now - start) / 1e6 / passes;
  }

  private static int difference(List<RgbImage> a, List<RgbImage> b) {
    List<Integer> largest = new ArrayList<>(List.of(0));
    for (int i = 0; i < a.size(); i++) {
      byte[] left = a.get(i).rgb();
      byte[] right = b.get(i).rgb();
      largest.add(
          IntStream.range(0, left.length)
              .map(p -> Math.abs((left[p] & 0xff) - (right[p] & 0xff)))
              .max()
              .orElse(0));
    }
    return largest.stream().mapToInt(Integer::intValue).max().orElse(0);
  }
}
