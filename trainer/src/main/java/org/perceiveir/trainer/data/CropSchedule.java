package org.perceiveir.trainer.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The side of the training crops over the course of the training: small crops first, which are
 * cheap, larger ones later, from which haze and exposure can be judged.
 *
 * @param stages in order; the last one ends at 1
 */
public record CropSchedule(List<Stage> stages) {

  /**
   * One stretch of the training.
   *
   * @param size side of the crops in pixels, 8 to 1024
   * @param until share of all steps at which the stretch ends, above the one before, up to 1
   */
  public record Stage(int size, double until) {}

  /** 64 pixels for 60 % of the steps, 96 up to 80 %, then 128. */
  public static final CropSchedule DEFAULT =
      new CropSchedule(List.of(new Stage(64, 0.6), new Stage(96, 0.8), new Stage(128, 1)));

  /**
   * Checks the stages.
   *
   * @throws IllegalArgumentException naming the stage that is wrong
   */
  public CropSchedule {
    stages = List.copyOf(stages);
    double before = 0;
    for (Stage stage : stages) {
      if (stage.size() < 8 || stage.size() > 1024) {
        throw new IllegalArgumentException(
            "crop size " + stage.size() + " is outside 8 to 1024 pixels");
      }
      if (!(stage.until() > before && stage.until() <= 1)) {
        throw new IllegalArgumentException(
            "crops of "
                + stage.size()
                + " end at "
                + stage.until()
                + ", expected above "
                + before
                + " and at most 1");
      }
      before = stage.until();
    }
    if (before != 1) {
      throw new IllegalArgumentException("the last crop size must end at 1, as in 64:0.6,128:1");
    }
  }

  /**
   * Reads for instance {@code 64:0.6,96:0.8,128:1}, or one number for the whole training.
   *
   * @throws IllegalArgumentException naming the part that is wrong
   */
  public static CropSchedule parse(String text) {
    List<Stage> stages = new ArrayList<>();
    String[] parts = text.split(",", -1);
    for (String part : parts) {
      String[] sides = part.strip().split(":", -1);
      try {
        if (sides.length > 2 || (sides.length == 1 && parts.length > 1)) {
          throw new NumberFormatException("size:share expected");
        }
        stages.add(
            new Stage(
                Integer.parseInt(sides[0].strip()),
                sides.length == 1 ? 1 : Double.parseDouble(sides[1].strip())));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "crop schedule '" + text + "': '" + part.strip() + "' is not like 64:0.6", e);
      }
    }
    return new CropSchedule(stages);
  }

  /** Side of the crops at a step from 0 of {@code maxSteps}. */
  public int sizeAt(int step, int maxSteps) {
    for (Stage stage : stages) {
      if (step < Math.round(stage.until() * maxSteps)) {
        return stage.size();
      }
    }
    return stages.get(stages.size() - 1).size();
  }

  /** Crops in a batch of that size, so that the batch has about the pixels of the first stage's. */
  public int batchAt(int size, int firstBatch) {
    double first = stages.get(0).size();
    return Math.max(1, (int) Math.round(firstBatch * first * first / ((double) size * size)));
  }

  /** The largest side. */
  public int largest() {
    return stages.stream().mapToInt(Stage::size).max().orElseThrow();
  }

  @Override
  public String toString() {
    return stages.stream()
        .map(s -> s.size() + ":" + String.format(Locale.ROOT, "%s", s.until()))
        .collect(Collectors.joining(","));
  }
}
