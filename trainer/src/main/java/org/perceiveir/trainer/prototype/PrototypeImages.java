package org.perceiveir.trainer.prototype;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.TaskDegradation;
import org.perceiveir.trainer.data.CleanImages;

/**
 * Photographs and what is done to them, with labels: {@code clean}, and the type of each
 * degradation whatever its strength. Image i of the folder, in the order of the names, is degraded
 * as a whole with seed i.
 */
public final class PrototypeImages {
  /** Label of a photograph as it is. */
  public static final String CLEAN = "clean";

  private final CleanImages images;
  private final int count;
  private final List<Kind> kinds;

  /**
   * What is done to the photographs.
   *
   * @param label what the prototype is called
   * @param notation the degradation and its strength; {@code none} for nothing
   * @param degradation null for nothing
   */
  private record Kind(String label, String notation, @Nullable Degradation degradation) {}

  /** Gets one labelled image after the other. */
  @FunctionalInterface
  public interface Visitor {
    /** One image: its label, what was done to it, its pixels. */
    void image(String label, String notation, RgbImage image);
  }

  private PrototypeImages(CleanImages images, int count, List<Kind> kinds) {
    this.images = images;
    this.count = count;
    this.kinds = kinds;
  }

  /**
   * The photographs of a folder.
   *
   * @param degradations what to do to them; every one must be a single {@linkplain TaskDegradation
   *     task}
   * @param maxImages at most this many, the first by name; 0 for all
   * @throws IOException if the folder cannot be read
   * @throws IllegalArgumentException if a degradation is a mixture or JPEG alone
   */
  public static PrototypeImages of(Path folder, List<Degradation> degradations, int maxImages)
      throws IOException {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(new Kind(CLEAN, "none", null));
    for (Degradation degradation : degradations) {
      if (!(degradation instanceof TaskDegradation task)) {
        throw new IllegalArgumentException(
            degradation.notation()
                + " is no single degradation: a prototype stands for one of "
                + String.join(", ", DegradationType.ids()));
      }
      kinds.add(new Kind(task.type().id(), degradation.notation(), degradation));
    }
    CleanImages images = CleanImages.load(folder, 1);
    int count = maxImages == 0 ? images.size() : Math.min(images.size(), maxImages);
    return new PrototypeImages(images, count, kinds);
  }

  /** Number of photographs. */
  public int count() {
    return count;
  }

  /** Name of the folder. */
  public String folder() {
    return images.folderName();
  }

  /**
   * Shows each photograph in each of its states.
   *
   * @throws IOException if a photograph cannot be read
   */
  public void forEach(Visitor visitor) throws IOException {
    for (int i = 0; i < count; i++) {
      RgbImage clean = images.image(i);
      for (Kind kind : kinds) {
        Degradation degradation = kind.degradation();
        visitor.image(
            kind.label(),
            kind.notation(),
            degradation == null ? clean : degradation.apply(clean, i));
      }
    }
  }
}
