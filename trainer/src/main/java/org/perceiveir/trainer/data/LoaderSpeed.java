package org.perceiveir.trainer.data;

/**
 * What the loader does on its own, when nobody trains beside it.
 *
 * @param threads that made the batches
 * @param batches that were made
 * @param cropsPerSecond crops handed out a second
 * @param batchMillis time of one thread for one batch
 * @param size side of the crops in pixels
 * @param count crops in a batch
 */
public record LoaderSpeed(
    int threads, int batches, double cropsPerSecond, double batchMillis, int size, int count) {

  /**
   * Takes batches of the same size for a while.
   *
   * @param source of the batches
   * @param from first step
   * @param to step after the last that may be taken
   * @param threads that make them
   * @param seconds after which it ends, once at least one batch was taken
   * @throws InterruptedException if this thread is interrupted meanwhile
   */
  public static LoaderSpeed measure(
      BatchSource source, int from, int to, int threads, double seconds)
      throws InterruptedException {
    // The first batch decodes and loads classes.
    source.sample(from);
    long crops = 0;
    int batches = 0;
    int size = 0;
    int count = 0;
    long start = System.nanoTime();
    long nanos;
    long perBatch;
    try (BatchPrefetcher loader = new BatchPrefetcher(source, from, to, threads)) {
      do {
        TrainingBatch batch = loader.take();
        batches++;
        crops += batch.count();
        size = batch.size();
        count = batch.count();
        nanos = System.nanoTime() - start;
      } while (nanos < seconds * 1e9 && batches < to - from);
      perBatch = loader.nanosPerBatch();
    }
    return new LoaderSpeed(threads, batches, crops / (nanos / 1e9), perBatch / 1e6, size, count);
  }
}
