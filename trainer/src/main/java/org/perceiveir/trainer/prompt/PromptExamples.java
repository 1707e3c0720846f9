package org.perceiveir.trainer.prompt;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.storage.HashedFile;
import org.perceiveir.trainer.data.CleanImages;
import org.perceiveir.trainer.data.DataException;
import org.perceiveir.trainer.data.ImageCache;
import org.perceiveir.trainer.data.layout.Folders;

/**
 * The images of stage 1: each clean image with what a degradation made of it and what a mediocre
 * restorer made of that, as {@code ./perceive train mediocre} leaves them.
 *
 * <pre>
 *   CLEAN/NAME.png                       I_g
 *   MEDIOCRE/degraded/TASK/NAME.png      I_d
 *   MEDIOCRE/mediocre/TASK/NAME.png      I_m
 * </pre>
 *
 * <p>Any folder may stand for a task; names are compared without what follows their last dot. A
 * file that lacks one of its two partners is left out and named. Images are decoded when they are
 * drawn, as they would fill gigabytes, and the last ones are kept in a share of the heap.
 *
 * <p>Thread-safe.
 */
public final class PromptExamples {
  private final String name;
  private final List<Task> tasks;
  private final List<CleanImages.Skipped> skipped;
  private final ImageCache images;

  /**
   * One scene.
   *
   * @param name of its files, without extension
   * @param degraded I_d
   * @param restored I_m
   * @param clean I_g
   */
  public record Scene(String name, Path degraded, Path restored, Path clean) {}

  /**
   * The scenes of one degradation.
   *
   * @param name of its folder
   * @param scenes in the order of their names
   */
  public record Task(String name, List<Scene> scenes) {
    /** Copies the list. */
    public Task {
      scenes = List.copyOf(scenes);
    }
  }

  /** A decoded scene: three images of one size. */
  record Triple(RgbImage degraded, RgbImage restored, RgbImage clean) {}

  private PromptExamples(String name, List<Task> tasks, List<CleanImages.Skipped> skipped) {
    this.name = name;
    this.tasks = List.copyOf(tasks);
    this.skipped = List.copyOf(skipped);
    this.images = new ImageCache(Runtime.getRuntime().maxMemory() * 2 / 5);
  }

  /**
   * Finds the images of all tasks.
   *
   * @param clean folder of clean images
   * @param mediocre folder with {@code degraded} and {@code mediocre}
   * @throws DataException if a folder is missing or nothing fits together
   * @throws IOException if a folder cannot be listed
   */
  public static PromptExamples load(Path clean, Path mediocre) throws IOException {
    Path degradedRoot = folder(mediocre.resolve("degraded"), "degraded images");
    Path restoredRoot = folder(mediocre.resolve("mediocre"), "restored images");
    SortedMap<String, Path> truths = files(folder(clean, "clean images"));
    List<Task> tasks = new ArrayList<>();
    List<CleanImages.Skipped> skipped = new ArrayList<>();
    List<Path> folders;
    try (Stream<Path> list = Files.list(restoredRoot)) {
      folders = list.filter(Files::isDirectory).sorted().toList();
    }
    for (Path restoredFolder : folders) {
      String task = String.valueOf(restoredFolder.getFileName());
      Path degradedFolder = degradedRoot.resolve(task);
      Map<String, Path> degraded =
          Files.isDirectory(degradedFolder) ? files(degradedFolder) : Map.of();
      List<Scene> scenes = new ArrayList<>();
      for (Map.Entry<String, Path> restored : files(restoredFolder).entrySet()) {
        Path before = degraded.get(restored.getKey());
        Path truth = truths.get(restored.getKey());
        if (before == null || truth == null) {
          skipped.add(
              new CleanImages.Skipped(
                  task + "/" + restored.getValue().getFileName(),
                  before == null ? "no degraded image of its name" : "no clean image of its name"));
        } else {
          scenes.add(new Scene(restored.getKey(), before, restored.getValue(), truth));
        }
      }
      if (!scenes.isEmpty()) {
        tasks.add(new Task(task, scenes));
      }
    }
    if (tasks.isEmpty()) {
      throw new DataException(
          mediocre
              + " holds no images that fit together with "
              + clean
              + ": make them with ./perceive train mediocre, which leaves degraded/TASK/NAME.png"
              + " and mediocre/TASK/NAME.png");
    }
    return new PromptExamples(
        String.valueOf(clean.toAbsolutePath().normalize().getFileName()), tasks, skipped);
  }

  private static Path folder(Path path, String what) throws DataException {
    if (!Files.isDirectory(path)) {
      throw new DataException(path + " is not a folder of " + what);
    }
    return path;
  }

  private static SortedMap<String, Path> files(Path folder) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    try (Stream<Path> list = Files.list(folder)) {
      list.filter(Folders::isImage)
          .sorted()
          .forEach(file -> files.putIfAbsent(Folders.stem(file), file));
    }
    return files;
  }

  /** Last part of the clean folder's name. */
  public String name() {
    return name;
  }

  /** The tasks in the order of their names, at least one. */
  public List<Task> tasks() {
    return tasks;
  }

  /** Number of scenes of all tasks. */
  public int size() {
    return tasks.stream().mapToInt(t -> t.scenes().size()).sum();
  }

  /** Files that have no partners, with the reason. */
  public List<CleanImages.Skipped> skipped() {
    return skipped;
  }

  /**
   * Decodes a scene.
   *
   * @throws IOException if an image cannot be read, or their sizes differ; the message names it
   */
  Triple decode(Scene scene) throws IOException {
    RgbImage clean = image(scene.clean());
    RgbImage degraded = image(scene.degraded());
    RgbImage restored = image(scene.restored());
    checkSize(scene.degraded(), degraded, clean);
    checkSize(scene.restored(), restored, clean);
    return new Triple(degraded, restored, clean);
  }

  private RgbImage image(Path file) throws IOException {
    try {
      return images.image(file);
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static void checkSize(Path file, RgbImage image, RgbImage clean) throws DataException {
    if (image.width() != clean.width() || image.height() != clean.height()) {
      throw new DataException(
          file
              + " is "
              + image.width()
              + "x"
              + image.height()
              + ", its clean image "
              + clean.width()
              + "x"
              + clean.height());
    }
  }

  /** What decides the batches: the names of all scenes, not their pixels. */
  ObjectNode identity() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode names = json.putArray("tasks");
    StringBuilder all = new StringBuilder();
    for (Task task : tasks) {
      names.add(task.name());
      task.scenes().forEach(s -> all.append(task.name()).append('/').append(s.name()).append('\n'));
    }
    byte[] hash = HashedFile.sha256Digest().digest(all.toString().getBytes(StandardCharsets.UTF_8));
    return json.put("images", HexFormat.of().formatHex(hash));
  }
}
