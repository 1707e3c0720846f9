package org.perceiveir.trainer.evaluation;

import java.util.List;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.TaskDegradation;
import org.perceiveir.trainer.data.CleanImages;
import org.perceiveir.trainer.data.ImagePairs;

/**
 * Images of one setting, which get one row of a report.
 *
 * @param name the data set, for instance {@code CBSD68}
 * @param setting the degradation's {@linkplain Degradation#notation notation}, {@link #PAIRS} or
 *     {@link #REAL}
 * @param words how the degraded images came about, for the protocol
 * @param hasTruth whether the images have one
 * @param images the images
 * @param skipped files that were found to be unusable beforehand
 */
public record TestSet(
    String name,
    String setting,
    String words,
    boolean hasTruth,
    TestImages images,
    List<CleanImages.Skipped> skipped) {
  /** The setting of degraded images that came as files, with their truth. */
  public static final String PAIRS = "pairs";

  /** The setting of degraded images that came as files, without a truth. */
  public static final String REAL = "no truth";

  private static final String OF_FILES = "degraded images as their files have them";

  /** Copies the list. */
  public TestSet {
    skipped = List.copyOf(skipped);
  }

  /**
   * Clean images that were degraded by a model.
   *
   * @param pairs image i degraded with seed i, as {@link
   *     org.perceiveir.trainer.data.PairSets#degraded} makes them
   */
  public static TestSet degraded(ImagePairs pairs, Degradation degradation) {
    return new TestSet(
        pairs.title(),
        degradation.notation(),
        synthetic(degradation),
        true,
        TestImages.of(pairs),
        pairs.skipped());
  }

  /** Degraded images and their truth, both from files. */
  public static TestSet pairs(ImagePairs pairs) {
    return new TestSet(
        pairs.title(),
        PAIRS,
        OF_FILES + ", with their truth",
        true,
        TestImages.of(pairs),
        pairs.skipped());
  }

  /**
   * Images that nobody knows the truth of, so that only metrics without one can be had.
   *
   * @param name what the set is called in reports
   */
  public static TestSet real(String name, TestImages images) {
    return new TestSet(name, REAL, OF_FILES + ", no truth", false, images, List.of());
  }

  private static String synthetic(Degradation degradation) {
    boolean noise =
        degradation instanceof TaskDegradation task && task.type() == DegradationType.NOISE;
    return (noise ? "" : "degraded by a model of this project, not by the paper's data: ")
        + degradation
        + (noise ? " (8-bit units), clipped and truncated to uint8 before restoring" : ", uint8")
        + ", seed = index of the image by name";
  }
}
