package org.perceiveir.trainer.prompt;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.TaskDegradation;
import org.perceiveir.model.perceiver.PerceiverSession;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.trainer.data.CleanImages;

/**
 * Judges images whose tier is known: clean ones, what degradations make of them, and what a
 * restorer makes of that.
 *
 * <p>Image i of the folder, in the order of the names, is degraded as a whole with seed i and
 * restored as a whole; nothing is cropped. Clean images count once, whatever the number of
 * degradations.
 */
public final class TierEvaluation {
  private static final String NONE = "none";

  private final PerceiverSession perceiver;
  private final List<String> tiers;
  private final List<Example> examples;
  private final Map<List<String>, int[]> found = new LinkedHashMap<>();

  private TierEvaluation(PerceiverSession perceiver) {
    this.perceiver = perceiver;
    this.tiers = perceiver.bundle().form().tiers();
    this.examples = Example.forTiers(tiers.size());
  }

  /**
   * Who restores what.
   *
   * @param usual for every degradation that has none of its own
   * @param special by type
   */
  public record Restorers(Restorer usual, Map<DegradationType, Restorer> special) {
    /** Copies the map. */
    public Restorers {
      special = Map.copyOf(special);
    }

    Restorer of(Degradation degradation) {
      return degradation instanceof TaskDegradation task
          ? special.getOrDefault(task.type(), usual)
          : usual;
    }
  }

  /**
   * Degrades and restores the images of a folder itself.
   *
   * @param clean folder of clean images
   * @param degradations what to do to them
   * @param maxImages at most this many images, the first by name; 0 for all
   * @throws IOException if the folder cannot be read
   */
  public static TierReport run(
      PerceiverSession perceiver,
      Restorers restorers,
      Path clean,
      List<Degradation> degradations,
      int maxImages)
      throws IOException {
    CleanImages images = CleanImages.load(clean, 1);
    int count = maxImages == 0 ? images.size() : Math.min(images.size(), maxImages);
    TierEvaluation evaluation = new TierEvaluation(perceiver);
    for (int i = 0; i < count; i++) {
      evaluation.judge(NONE, Example.CLEAN, images.image(i));
    }
    for (Degradation degradation : degradations) {
      Restorer restorer = restorers.of(degradation);
      for (int i = 0; i < count; i++) {
        RgbImage truth = images.image(i);
        RgbImage degraded = degradation.apply(truth, i);
        evaluation.judgeAll(
            degradation.notation(), degraded, restorer.restore(List.of(degraded)).get(0), truth);
      }
    }
    return evaluation.report(images.folderName());
  }

  /**
   * Judges images that are there already, laid out as training examples are.
   *
   * @throws IOException if an image cannot be read
   */
  public static TierReport run(PerceiverSession perceiver, PromptExamples images)
      throws IOException {
    TierEvaluation evaluation = new TierEvaluation(perceiver);
    Map<Path, Boolean> judged = new LinkedHashMap<>();
    for (PromptExamples.Task task : images.tasks()) {
      for (PromptExamples.Scene scene : task.scenes()) {
        PromptExamples.Triple three = images.decode(scene);
        if (judged.put(scene.clean(), true) == null) {
          evaluation.judge(NONE, Example.CLEAN, three.clean());
        }
        evaluation.judgeAll(task.name(), three.degraded(), three.restored(), three.clean());
      }
    }
    return evaluation.report(images.name());
  }

  private void judgeAll(String degradation, RgbImage degraded, RgbImage restored, RgbImage clean) {
    for (Example example : examples) {
      if (example != Example.CLEAN) {
        judge(degradation, example, example.of(degraded, restored, clean));
      }
    }
  }

  private void judge(String degradation, Example example, RgbImage image) {
    String right = tiers.get(examples.indexOf(example));
    int at = tiers.indexOf(perceiver.assess(image).tier());
    found.computeIfAbsent(List.of(degradation, right), key -> new int[tiers.size()])[at]++;
  }

  private TierReport report(String images) {
    List<TierReport.Row> rows = new ArrayList<>();
    found.forEach(
        (key, counts) -> {
          List<Integer> list = new ArrayList<>();
          for (int count : counts) {
            list.add(count);
          }
          rows.add(new TierReport.Row(key.get(0), key.get(1), Collections.unmodifiableList(list)));
        });
    return new TierReport(perceiver.bundle().toString(), tiers, images, rows);
  }
}
