package org.perceiveir.trainer.mediocre;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.metric.Psnr;
import org.perceiveir.trainer.data.DataException;
import org.perceiveir.trainer.data.WholeImages;

/**
 * Writes the images of the three quality tiers (section III-B of the paper): I_d degraded, I_m
 * restored from it to medium quality, I_g the truth.
 *
 * <pre>
 *   OUT/clean/NAME.png               I_g
 *   OUT/degraded/TASK/NAME.png       I_d
 *   OUT/mediocre/TASK/NAME.png       I_m
 * </pre>
 *
 * <p>An image that the restorer hardly improved is no image of medium quality: it shows what I_d
 * shows, under another label. Such images have no file in {@code mediocre} and are counted.
 */
public final class MediocreImages {
  private static final int SAY_EVERY = 50;

  private final Path out;
  private final Settings settings;
  private final Consumer<String> progress;
  private final Map<String, Sums> tasks = new TreeMap<>();
  private final Map<String, Integer> taken = new HashMap<>();
  private int done;

  /**
   * How they are made.
   *
   * @param maxImages at most so many images of each task in a call of {@link #add}, 0 for all
   * @param minGainDb least gain of PSNR in dB, at least 0
   */
  public record Settings(int maxImages, double minGainDb) {
    /** Checks the ranges. */
    public Settings {
      if (maxImages < 0) {
        throw new IllegalArgumentException(
            "max images is " + maxImages + ", it must be at least 0");
      }
      if (!(minGainDb >= 0 && minGainDb <= 100)) {
        throw new IllegalArgumentException(
            "least gain is " + minGainDb + " dB, it must lie in 0 to 100");
      }
    }
  }

  /** What became of the images of a task. */
  private static final class Sums {
    private int images;
    private int mediocre;
    private int notRestored;
    private int hardlyBetter;
    private double psnrDegraded;
    private double psnrRestored;
  }

  /**
   * Nothing written yet.
   *
   * @param out the folder
   * @param progress told a line now and then
   */
  public MediocreImages(Path out, Settings settings, Consumer<String> progress) {
    this.out = out;
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Restores and writes images.
   *
   * @param images damaged ones with their truth
   * @param source restores them; it must not have been trained on them
   * @throws IOException if an image cannot be read or written
   */
  public void add(WholeImages images, MediocreSource source) throws IOException {
    Map<String, Integer> here = new HashMap<>();
    for (int i = 0; i < images.size(); i++) {
      String task = images.task(i);
      if (settings.maxImages() > 0 && here.merge(task, 1, Integer::sum) > settings.maxImages()) {
        continue;
      }
      Sums sums = tasks.computeIfAbsent(task, key -> new Sums());
      sums.images++;
      one(images, i, task, sums, source);
      done++;
      if (done % SAY_EVERY == 0) {
        progress.accept(done + " images, now " + images.name(i));
      }
    }
  }

  private void one(WholeImages images, int i, String task, Sums sums, MediocreSource source)
      throws IOException {
    RgbImage clean = images.clean(i);
    RgbImage degraded = images.degraded(i);
    String file = fileOf(images.name(i));
    String name = nameOf(images.name(i), file, clean);
    double before = Psnr.between(clean, degraded);
    sums.psnrDegraded += capped(before);
    write(out.resolve("degraded").resolve(task), name, degraded);
    write(out.resolve("clean"), name, clean);
    Optional<RgbImage> restored = source.restore(task, file, degraded);
    Path mediocre = out.resolve("mediocre").resolve(task);
    if (restored.isEmpty()) {
      sums.notRestored++;
      sums.psnrRestored += capped(before);
      Files.deleteIfExists(mediocre.resolve(name + ".png"));
      return;
    }
    double after = Psnr.between(clean, restored.get());
    sums.psnrRestored += capped(after);
    if (after - before < settings.minGainDb()) {
      sums.hardlyBetter++;
      // Of a run before, with a smaller least gain.
      Files.deleteIfExists(mediocre.resolve(name + ".png"));
    } else {
      sums.mediocre++;
      write(mediocre, name, restored.get());
    }
  }

  /** An image that equals its truth has no finite PSNR and would drown the mean. */
  private static double capped(double psnr) {
    return Math.min(psnr, 100);
  }

  /** A name is SET/TASK/FILE, and the file of a data set may lie in folders of its own. */
  private static String fileOf(String name) {
    return name.split("/", 3)[2];
  }

  /**
   * One name for each truth, in all tasks: partners are found by it. Of two truths with one file
   * name the first keeps it.
   */
  private String nameOf(String fullName, String file, RgbImage clean) throws DataException {
    String set = fullName.substring(0, fullName.indexOf('/'));
    String stem = Stems.of(file).replace('/', '-');
    int content = Arrays.hashCode(clean.rgb());
    for (String name : List.of(stem, set + "-" + stem)) {
      Integer owner = taken.putIfAbsent(name, content);
      if (owner == null || owner == content) {
        return name;
      }
    }
    throw new DataException(
        fullName + " has the name of another image: rename one of the files or of their folders");
  }

  private static void write(Path folder, String name, RgbImage image) throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve(name + ".png"), ImageEncoder.encode(image, ImageFormat.PNG));
  }

  /** What was written so far. */
  public MediocreReport report() {
    Map<String, MediocreReport.Task> found = new TreeMap<>();
    tasks.forEach(
        (task, sums) ->
            found.put(
                task,
                new MediocreReport.Task(
                    sums.images,
                    sums.mediocre,
                    sums.hardlyBetter,
                    sums.notRestored,
                    sums.psnrDegraded / sums.images,
                    sums.psnrRestored / sums.images)));
    return new MediocreReport(settings.minGainDb(), found);
  }
}
