package org.perceiveir.model.session;

import java.util.List;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;

/**
 * Restores degraded frames.
 *
 * <p>Implementations are thread-safe. They keep no frame after the call and close their native
 * memory in {@link #close}.
 */
public interface Restorer extends AutoCloseable {

  /**
   * Restores frames of one size in one batch.
   *
   * @param frames one or more frames, all of the same width and height
   * @return the restored frames, of the same size and in the same order
   * @throws IllegalArgumentException if the list is empty or the sizes differ
   * @throws IllegalStateException if it is closed, or its device cannot compute any more: no fault
   *     of the frames
   */
  List<RgbImage> restore(List<RgbImage> frames);

  /**
   * As {@link #restore}, with the degradation that the network saw in each frame.
   *
   * @throws IllegalArgumentException as {@link #restore}
   * @throws IllegalStateException as {@link #restore}
   */
  default List<RestoredImage> restoreAndEstimate(List<RgbImage> frames) {
    return restore(frames).stream().map(image -> new RestoredImage(image, null)).toList();
  }

  /** Name of the bundle whose weights are used. */
  String bundleName();

  /** Version of that bundle. */
  String bundleVersion();

  /** SHA-256 of the bundle's weights, 64 hex digits; empty where they are in no file. */
  default Optional<String> bundleSha256() {
    return Optional.empty();
  }

  /** The device that computes, for instance {@code cpu} or {@code gpu:0}. */
  String device();

  @Override
  void close();
}
