package org.perceiveir.trainer.mediocre;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@link MediocreImages} made.
 *
 * @param minGainDb least gain of an image of medium quality in dB
 * @param tasks by what the images are damaged by
 */
public record MediocreReport(double minGainDb, Map<String, Task> tasks) {
  /** Copies the map. */
  public MediocreReport {
    tasks = Collections.unmodifiableMap(new TreeMap<>(tasks));
  }

  /**
   * The images of a task.
   *
   * @param images damaged images
   * @param mediocre of them restored and clearly better
   * @param hardlyBetter of them restored, but below the least gain
   * @param notRestored of them without a restored image
   * @param psnrDegraded mean PSNR in dB before, each image at most 100
   * @param psnrRestored mean PSNR in dB after, with what was hardly improved
   */
  public record Task(
      int images,
      int mediocre,
      int hardlyBetter,
      int notRestored,
      double psnrDegraded,
      double psnrRestored) {}

  /** Number of images of medium quality. */
  public int mediocre() {
    return tasks.values().stream().mapToInt(Task::mediocre).sum();
  }

  /** As JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("minGainDb", minGainDb);
    ObjectNode all = json.putObject("tasks");
    tasks.forEach(
        (name, task) -> {
          ObjectNode node = all.putObject(name);
          node.put("images", task.images());
          node.put("mediocre", task.mediocre());
          node.put("hardlyBetter", task.hardlyBetter());
          node.put("notRestored", task.notRestored());
          node.put("psnrDegraded", Math.round(task.psnrDegraded() * 1e3) / 1e3);
          node.put("psnrRestored", Math.round(task.psnrRestored() * 1e3) / 1e3);
        });
    return json;
  }
}
