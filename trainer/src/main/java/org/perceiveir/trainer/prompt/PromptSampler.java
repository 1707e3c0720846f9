package org.perceiveir.trainer.prompt;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.perceiver.Views;
import org.perceiveir.trainer.data.DataException;
import org.perceiveir.trainer.data.SplitMix64;

/**
 * Makes the batch of any step from the seed and the step's number alone.
 *
 * <p>The tiers of a batch take turns over the same scenes, at the same places: what differs between
 * them is quality and nothing else. A scene is drawn from a task drawn first, each as likely; its
 * windows lie anywhere, and all is flipped and turned by one of the eight symmetries of the square.
 * A scene that cannot be read is passed over and counted.
 */
final class PromptSampler {
  private static final float SCALE = 1f / 255f;
  private static final int MOST_REDRAWS = 100;

  private final PromptExamples examples;
  private final List<Example> tiers;
  private final Views views;
  private final int windows;
  private final int size;
  private final int count;
  private final long seed;
  private final Set<String> unreadable = ConcurrentHashMap.newKeySet();

  /**
   * A sampler of a whole training.
   *
   * @param tiers what stands for each tier
   * @param views which kinds of views there are
   * @param windows windows of each image, where there are any
   * @param size side of a view in pixels
   * @param count images in a batch
   */
  PromptSampler(
      PromptExamples examples,
      List<Example> tiers,
      Views views,
      int windows,
      int size,
      int count,
      long seed) {
    this.examples = examples;
    this.tiers = tiers;
    this.views = views;
    this.windows = views.hasWindows() ? windows : 0;
    this.size = size;
    this.count = count;
    this.seed = seed;
  }

  /** Why scenes were passed over so far. */
  List<String> unreadable() {
    return unreadable.stream().sorted().toList();
  }

  /**
   * The batch of a step from 0.
   *
   * @throws DataException if scene after scene cannot be read
   */
  PromptBatch sample(int step) throws DataException {
    SplittableRandom random =
        new SplittableRandom(SplitMix64.mix(seed + SplitMix64.mix(step + 1L)));
    int each = windows + (views.whole() ? 1 : 0);
    int viewFloats = size * size * 3;
    float[] pixels = new float[count * each * viewFloats];
    float[] labels = new float[count * tiers.size()];
    PromptExamples.Triple scene = null;
    List<Window> places = List.of();
    int symmetry = 0;
    for (int i = 0; i < count; i++) {
      int tier = i % tiers.size();
      if (scene == null || tier == 0) {
        scene = draw(random);
        symmetry = random.nextInt(8);
        places = new ArrayList<>();
        for (int w = 0; w < windows; w++) {
          places.add(Window.draw(scene.clean(), size, random));
        }
      }
      RgbImage image = tiers.get(tier).of(scene.degraded(), scene.restored(), scene.clean());
      int at = i * each * viewFloats;
      for (Window place : places) {
        place.cut(image, symmetry, size, pixels, at);
        at += viewFloats;
      }
      if (views.whole()) {
        resize(image, (symmetry & 1) != 0, size, pixels, at);
      }
      labels[i * tiers.size() + tier] = 1;
    }
    return new PromptBatch(step, count, each, pixels, labels);
  }

  private PromptExamples.Triple draw(SplittableRandom random) throws DataException {
    String last = "";
    for (int attempt = 0; attempt < MOST_REDRAWS; attempt++) {
      PromptExamples.Task task = examples.tasks().get(random.nextInt(examples.tasks().size()));
      PromptExamples.Scene scene = task.scenes().get(random.nextInt(task.scenes().size()));
      try {
        return examples.decode(scene);
      } catch (IOException e) {
        last = String.valueOf(e.getMessage());
        unreadable.add(last);
      }
    }
    throw new DataException(
        MOST_REDRAWS + " scenes in a row cannot be read, the last: " + last + "; check the images");
  }

  /**
   * A square of native pixels; where the image is smaller it is mirrored, as {@link Views} does.
   */
  private record Window(int left, int top) {
    static Window draw(RgbImage image, int size, SplittableRandom random) {
      return new Window(
          random.nextInt(Math.max(1, image.width() - size + 1)),
          random.nextInt(Math.max(1, image.height() - size + 1)));
    }

    /** Symmetry bits: 1 mirrors columns, 2 mirrors rows, 4 swaps rows and columns. */
    void cut(RgbImage image, int symmetry, int size, float[] to, int at) {
      byte[] from = image.rgb();
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          int u = (symmetry & 1) == 0 ? x : size - 1 - x;
          int v = (symmetry & 2) == 0 ? y : size - 1 - y;
          int column = folded(left + ((symmetry & 4) == 0 ? u : v), image.width());
          int row = folded(top + ((symmetry & 4) == 0 ? v : u), image.height());
          int source = 3 * (row * image.width() + column);
          for (int c = 0; c < 3; c++) {
            to[at++] = (from[source + c] & 0xff) * SCALE;
          }
        }
      }
    }

    private static int folded(int i, int n) {
      int m = i % (2 * n);
      return Math.min(m, 2 * n - 1 - m);
    }
  }

  /** The whole image by {@code Interpolation.BILINEAR}, mirrored from left to right or not. */
  private static void resize(RgbImage image, boolean mirrored, int size, float[] to, int at) {
    for (int y = 0; y < size; y++) {
      double fromY = (y + 0.5) * image.height() / size - 0.5;
      int top = (int) Math.floor(fromY);
      for (int x = 0; x < size; x++) {
        double fromX = ((mirrored ? size - 1 - x : x) + 0.5) * image.width() / size - 0.5;
        int left = (int) Math.floor(fromX);
        double right = fromX - left;
        double down = fromY - top;
        for (int c = 0; c < 3; c++) {
          double upper =
              sample(image, left, top, c) * (1 - right) + sample(image, left + 1, top, c) * right;
          double lower =
              sample(image, left, top + 1, c) * (1 - right)
                  + sample(image, left + 1, top + 1, c) * right;
          to[at++] = (float) ((upper * (1 - down) + lower * down) * SCALE);
        }
      }
    }
  }

  private static int sample(RgbImage image, int x, int y, int channel) {
    int column = Math.max(0, Math.min(image.width() - 1, x));
    int row = Math.max(0, Math.min(image.height() - 1, y));
    return image.rgb()[3 * (row * image.width() + column) + channel] & 0xff;
  }
}
