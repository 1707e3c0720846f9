package org.perceiveir.cli.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelSlotName;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.control.InstanceAnswer;
import org.perceiveir.streams.control.ModelOrders;

/**
 * An operator who exchanges the model after a quarter of the frames, and exchanges it back after
 * three quarters, as {@code ./perceive model load} and {@code unload} do. Half of the frames go on
 * while a model is loaded; the others {@linkplain #traffic wait} for it, so that some are its own
 * however long it takes.
 */
final class ModelSwap implements AutoCloseable {
  private static final String NAME = "next";
  private static final Duration ANSWER = Duration.ofMinutes(2);
  private static final long LOOK_MS = 50;

  private final ServiceConfig config;
  private final FrameSender sender;
  private final int frames;
  private final Consumer<String> say;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "demo-operator");
  private final AtomicBoolean loaded;
  private volatile @Nullable RuntimeException failure;

  private ModelSwap(
      ServiceConfig config,
      FrameSender sender,
      int frames,
      AtomicBoolean loaded,
      Consumer<String> say) {
    this.loaded = loaded;
    this.config = config;
    this.sender = sender;
    this.frames = frames;
    this.say = say;
  }

  /** Writes the bundle that will take the place of another: its weights under another name. */
  static void prepare(ModelBundle bundle, Path models) throws IOException {
    String version = bundle.version();
    ModelBundle unused =
        ModelBundle.write(
            models.resolve(NAME),
            bundle.name() + "-" + NAME,
            version.substring(0, version.indexOf('+')),
            bundle.preset(),
            bundle.weights(),
            bundle.encoder(),
            bundle.trainingRecord());
  }

  /**
   * When the frames leave.
   *
   * @param loaded tells that the model was exchanged; {@link #begin} sets it
   */
  static Traffic traffic(Traffic usual, int frames, AtomicBoolean loaded) {
    return new HeldBack(usual, frames / 2, loaded::get);
  }

  /** Begins to watch. */
  static ModelSwap begin(
      ServiceConfig config,
      FrameSender sender,
      int frames,
      AtomicBoolean loaded,
      Consumer<String> say) {
    ModelSwap swap = new ModelSwap(config, sender, frames, loaded, say);
    swap.thread.start();
    return swap;
  }

  /**
   * Gives no further order, waits for the answer to one that was given, and throws what went wrong,
   * if anything did.
   */
  void finish() {
    close();
    RuntimeException thrown = failure;
    if (thrown != null) {
      throw thrown;
    }
  }

  private void run() {
    try {
      if (awaitSent(frames / 4)) {
        give(ModelOrders.load(ModelSlotName.FULL, NAME, Optional.empty(), null));
        loaded.set(true);
      }
      if (awaitSent(3 * frames / 4)) {
        give(ModelOrders.unload(ModelSlotName.FULL));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
    } finally {
      loaded.set(true);
    }
  }

  private boolean awaitSent(int count) throws InterruptedException {
    while (sender.sent() < count) {
      if (closed.await(LOOK_MS, TimeUnit.MILLISECONDS) || sender.isDone()) {
        return false;
      }
    }
    return true;
  }

  private void give(ModelOrder order) {
    long start = System.nanoTime();
    say.accept("  order: " + order.getAction().name().toLowerCase(Locale.ROOT) + " the model");
    List<InstanceAnswer> answers = ModelOrders.of(config).send(order, ANSWER);
    for (InstanceAnswer answer : answers) {
      if (!answer.succeeded()) {
        String why =
            answer.statuses().stream()
                .map(ModelStatus::getMessage)
                .filter(message -> message != null && !message.isEmpty())
                .findFirst()
                .orElse("no answer within " + ANSWER.toMinutes() + " minutes");
        throw new CommandFailure(
            "the model was not exchanged: " + why, "the machine may be too busy: try again");
      }
      for (ModelStatus status : answer.statuses()) {
        say.accept(
            String.format(
                Locale.ROOT,
                "  model %s %s in use after %.1f s, frames went on meanwhile",
                status.getBundleName(),
                status.getBundleVersion(),
                (System.nanoTime() - start) / 1e9));
      }
    }
  }

  /** Gives no further order, and waits for the answer to one that was given. */
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
