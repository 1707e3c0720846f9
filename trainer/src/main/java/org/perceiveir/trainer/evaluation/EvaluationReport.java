package org.perceiveir.trainer.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.trainer.data.CleanImages;

/**
 * What an evaluation found.
 *
 * @param bundle name of the bundle
 * @param version its version
 * @param device what computed
 * @param clean name of the folder of clean images
 * @param skipped files of it that could not be used
 * @param items one for each degradation
 */
public record EvaluationReport(
    String bundle,
    String version,
    String device,
    String clean,
    List<CleanImages.Skipped> skipped,
    List<Item> items) {
  /** Copies the lists. */
  public EvaluationReport {
    skipped = List.copyOf(skipped);
    items = List.copyOf(items);
  }

  /**
   * A mean over the images, before and after.
   *
   * @param degraded of the input against the truth
   * @param restored of the output against the truth
   */
  public record Figure(double degraded, double restored) {
    /** What the restorer gained. */
    public double gain() {
      return restored - degraded;
    }
  }

  /**
   * The figures of one degradation.
   *
   * @param degradation its type
   * @param strength model and parameters in words
   * @param images number of images
   * @param psnrDb mean PSNR in dB
   * @param ssim mean SSIM
   * @param millisPerImage mean time of the restorer's call
   * @param protocol how it was measured
   */
  public record Item(
      DegradationType degradation,
      String strength,
      int images,
      Figure psnrDb,
      Figure ssim,
      double millisPerImage,
      String protocol) {}

  /** The report as JSON; a figure that is not finite (identical images) is the string "inf". */
  public ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("bundle", bundle).put("version", version).put("device", device);
    ObjectNode data = root.putObject("clean");
    data.put("folder", clean);
    ArrayNode unused = data.putArray("skipped");
    skipped.forEach(s -> unused.addObject().put("file", s.file()).put("reason", s.reason()));
    ArrayNode list = root.putArray("items");
    for (Item item : items) {
      ObjectNode node = list.addObject();
      node.put("degradation", item.degradation().id());
      node.put("strength", item.strength());
      node.put("images", item.images());
      put(node.putObject("psnrDb"), item.psnrDb(), 1e3);
      put(node.putObject("ssim"), item.ssim(), 1e5);
      node.put("msPerImage", Math.round(item.millisPerImage() * 10) / 10.0);
      node.put("protocol", item.protocol());
    }
    return root;
  }

  private static void put(ObjectNode node, Figure figure, double scale) {
    put(node, "degraded", figure.degraded(), scale);
    put(node, "restored", figure.restored(), scale);
  }

  private static void put(ObjectNode node, String key, double value, double scale) {
    if (Double.isFinite(value)) {
      node.put(key, Math.round(value * scale) / scale);
    } else {
      node.put(key, "inf");
    }
  }
}
