package org.perceiveir.streams.pass;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.session.RestoredImage;
import org.perceiveir.model.session.Restorer;

/**
 * One bundle in several sessions, on several GPUs for instance. Each takes its part of a batch, all
 * at the same time, and a pass ends when the last of them has:
 *
 * <pre>
 *   batch of 8 --+-- frames 1 to 4 -- gpu:0 --+--&gt; 8 restored
 *                +-- frames 5 to 8 -- gpu:1 --+
 * </pre>
 *
 * <p>To whoever runs passes it is one device that is faster with full batches, so what is measured
 * and derived from passes stays true. A batch with fewer frames than sessions takes turns. Thread-
 * safe.
 */
public final class ParallelRestorer implements Restorer {
  private final List<Restorer> sessions;
  private final ExecutorService threads;
  private final AtomicInteger turn = new AtomicInteger();

  private ParallelRestorer(List<Restorer> sessions) {
    this.sessions = List.copyOf(sessions);
    this.threads =
        Executors.newFixedThreadPool(
            sessions.size() - 1,
            work -> {
              Thread thread = new Thread(work, "perceive-session");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Joins sessions, which belong to the result from now on.
   *
   * @param sessions at least one, all of the same bundle
   */
  public static Restorer of(List<Restorer> sessions) {
    return sessions.size() == 1 ? sessions.get(0) : new ParallelRestorer(sessions);
  }

  @Override
  public List<RgbImage> restore(List<RgbImage> frames) {
    return restoreAndEstimate(frames).stream().map(RestoredImage::image).toList();
  }

  @Override
  public List<RestoredImage> restoreAndEstimate(List<RgbImage> frames) {
    int parts = Math.max(1, Math.min(frames.size(), sessions.size()));
    int first = Math.floorMod(turn.getAndAdd(parts), sessions.size());
    List<Future<List<RestoredImage>>> others = new ArrayList<>();
    for (int part = 1; part < parts; part++) {
      Restorer session = sessions.get((first + part) % sessions.size());
      List<RgbImage> share = share(frames, part, parts);
      others.add(threads.submit(() -> session.restoreAndEstimate(share)));
    }
    List<RestoredImage> restored = new ArrayList<>(frames.size());
    RuntimeException failure = null;
    try {
      restored.addAll(sessions.get(first).restoreAndEstimate(share(frames, 0, parts)));
    } catch (RuntimeException e) {
      failure = e;
    }
    // All parts are waited for: what has thrown must not leave frames behind in another session.
    for (Future<List<RestoredImage>> other : others) {
      try {
        restored.addAll(await(other));
      } catch (RuntimeException e) {
        if (failure == null || e instanceof IllegalStateException) {
          failure = e;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return restored;
  }

  private static List<RgbImage> share(List<RgbImage> frames, int part, int parts) {
    return frames.subList(frames.size() * part / parts, frames.size() * (part + 1) / parts);
  }

  private static List<RestoredImage> await(Future<List<RestoredImage>> part) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return part.get();
        } catch (InterruptedException e) {
          // A pass cannot be interrupted, and its result is a moment away.
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public String bundleName() {
    return sessions.get(0).bundleName();
  }

  @Override
  public String bundleVersion() {
    return sessions.get(0).bundleVersion();
  }

  @Override
  public Optional<String> bundleSha256() {
    return sessions.get(0).bundleSha256();
  }

  /** All devices, separated by commas. */
  @Override
  public String device() {
    return sessions.stream().map(Restorer::device).collect(Collectors.joining(","));
  }

  @Override
  public void close() {
    threads.shutdown();
    sessions.forEach(Restorer::close);
  }
}
