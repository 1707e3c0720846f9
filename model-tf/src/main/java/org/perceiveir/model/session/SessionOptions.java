package org.perceiveir.model.session;

/**
 * How a restoration session computes.
 *
 * @param device {@code auto}, {@code cpu} or {@code gpu:N}
 * @param intraOpThreads threads that share one operation; TensorFlow fixes this for the process at
 *     its first session
 * @param interOpThreads operations that may run at a time, over all callers; below 2, concurrent
 *     calls wait for each other
 * @param maxTileSide frames with a longer side are restored in tiles of at most this side, in
 *     pixels
 * @param tileOverlap pixels that neighbouring tiles share and blend over; less where tiles are so
 *     small that it would be more than a quarter
 * @param memory what passes may take on the CPU; where {@code maxTileSide} does not fit into it,
 *     tiles are smaller. Sessions of one process share it
 * @param gpuMemory how TensorFlow takes the memory of GPUs
 */
public record SessionOptions(
    String device,
    int intraOpThreads,
    int interOpThreads,
    int maxTileSide,
    int tileOverlap,
    MemoryBudget memory,
    GpuMemory gpuMemory) {

  /** Checks the values. */
  public SessionOptions {
    if (!device.matches("auto|cpu|gpu:[0-9]{1,3}")) {
      throw new IllegalArgumentException(
          "device is '" + device + "'; choose auto, cpu or gpu:N, for instance gpu:0");
    }
    positive("intraOpThreads", intraOpThreads, 1, 1024);
    positive("interOpThreads", interOpThreads, 1, 1024);
    positive("maxTileSide", maxTileSide, 128, 1 << 14);
    positive("tileOverlap", tileOverlap, 0, maxTileSide / 4);
  }

  private static void positive(String key, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          key + " is " + value + ": it must be from " + min + " to " + max);
    }
  }

  /**
   * All cores for one frame at a time, any device, tiles of at most 1280 pixels with 64 of overlap,
   * smaller ones where the machine has too little memory.
   */
  public static SessionOptions defaults() {
    return new SessionOptions(
        "auto",
        Runtime.getRuntime().availableProcessors(),
        2,
        1280,
        64,
        MemoryBudget.ofMachine(),
        GpuMemory.AS_NEEDED);
  }

  /** These options with another device. */
  public SessionOptions withDevice(String other) {
    return new SessionOptions(
        other, intraOpThreads, interOpThreads, maxTileSide, tileOverlap, memory, gpuMemory);
  }

  /** These options with other thread counts. */
  public SessionOptions withThreads(int intraOp, int interOp) {
    return new SessionOptions(
        device, intraOp, interOp, maxTileSide, tileOverlap, memory, gpuMemory);
  }

  /** These options with other tiles. */
  public SessionOptions withTiles(int maxSide, int overlap) {
    return new SessionOptions(
        device, intraOpThreads, interOpThreads, maxSide, overlap, memory, gpuMemory);
  }

  /** These options with another memory budget. */
  public SessionOptions withMemory(MemoryBudget budget) {
    return new SessionOptions(
        device, intraOpThreads, interOpThreads, maxTileSide, tileOverlap, budget, gpuMemory);
  }

  /** These options with another way to take the memory of GPUs. */
  public SessionOptions withGpuMemory(GpuMemory other) {
    return new SessionOptions(
        device, intraOpThreads, interOpThreads, maxTileSide, tileOverlap, memory, other);
  }
}
