package org.perceiveir.imaging.degrade;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Mixtures of any models at any strength of the training range. */
final class RandomMixtures {
  private RandomMixtures() {}

  /** Two or three parts, each set of that size as likely. */
  static Mixture draw(RandomGenerator random) {
    List<Degradation> models = new ArrayList<>();
    for (DegradationType type : DegradationType.values()) {
      models.add(Degradations.random(type, random));
    }
    models.add(new JpegCompression(random.nextInt(20, 96)));
    int parts = random.nextInt(2, 4);
    while (models.size() > parts) {
      models.remove(random.nextInt(models.size()));
    }
    return new Mixture(models);
  }
}
