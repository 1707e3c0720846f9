package org.perceiveir.trainer.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** One folder of clean photographs that are degraded while training. */
public final class Photographs implements TrainingData {
  private final CleanImages images;
  private final Sampling sampling;

  private Photographs(CleanImages images, Sampling sampling) {
    this.images = images;
    this.sampling = sampling;
  }

  /**
   * Decodes the folder.
   *
   * @throws DataException if the folder is missing or holds no usable image
   * @throws IOException if the folder cannot be listed
   */
  public static Photographs load(Path folder, Sampling sampling) throws IOException {
    return new Photographs(CleanImages.load(folder, sampling.crops().largest()), sampling);
  }

  @Override
  public BatchSource batches(int maxSteps, long seed) {
    return new BatchSampler(
        images, sampling.tasks(), sampling.crops(), sampling.batch(), maxSteps, seed);
  }

  @Override
  public int size() {
    return images.size();
  }

  @Override
  public String name() {
    return images.folderName();
  }

  @Override
  public List<CleanImages.Skipped> skipped() {
    return images.skipped();
  }

  @Override
  public ObjectNode identity() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("tasks", sampling.tasks().toString());
    json.put("crops", sampling.crops().toString());
    json.put("batch", sampling.batch());
    json.put("images", images.fingerprint());
    return json;
  }
}
