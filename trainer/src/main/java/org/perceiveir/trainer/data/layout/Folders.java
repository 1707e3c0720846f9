package org.perceiveir.trainer.data.layout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds folders and image files whatever capitals and hyphens their names are written with. */
public final class Folders {
  private static final List<String> READ = List.of(".png", ".jpg", ".jpeg", ".bmp");
  private static final List<String> NOT_READ =
      List.of(".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm", ".jp2", ".npy", ".mat", ".exr");
  private static final int MAX_DEPTH = 4;

  private Folders() {}

  /**
   * The folders below {@code root} that a path names; letters and digits alone are compared.
   *
   * @param path names with slashes between them; {@code "."} is the root, {@code *} at the end of a
   *     name stands for anything
   * @return in the order of their names, empty if there is none
   */
  static List<Path> find(Path root, String path) throws IOException {
    List<Path> found = Files.isDirectory(root) ? List.of(root) : List.of();
    if (path.equals(".")) {
      return found;
    }
    for (String name : path.split("/", -1)) {
      List<Path> next = new ArrayList<>();
      for (Path folder : found) {
        next.addAll(children(folder, name));
      }
      found = next;
    }
    return found;
  }

  private static List<Path> children(Path folder, String name) throws IOException {
    boolean open = name.endsWith("*");
    String wanted = plain(name);
    try (Stream<Path> list = Files.list(folder)) {
      return list.filter(Files::isDirectory)
          .filter(
              child -> {
                String has = plain(fileName(child));
                return open ? has.startsWith(wanted) : has.equals(wanted);
              })
          .sorted()
          .toList();
    }
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  /** The image files directly in a folder, in the order of their names. */
  static List<Path> images(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.filter(Folders::isImage).filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** The image files in a folder and below it, in the order of their paths. */
  static List<Path> imagesBelow(Path folder) throws IOException {
    try (Stream<Path> list = Files.walk(folder, MAX_DEPTH)) {
      return list.filter(Folders::isImage).filter(Files::isRegularFile).sorted().toList();
    }
  }

  /**
   * The image of a name without extension, whose extension is written in small or in capital
   * letters; where there are several the PNG.
   */
  public static Optional<Path> image(Path folder, String stem) {
    return READ.stream()
        .flatMap(extension -> Stream.of(extension, extension.toUpperCase(Locale.ROOT)))
        .map(extension -> folder.resolve(stem + extension))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** The folders directly in a folder, in the order of their names. */
  static List<Path> folders(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.filter(Files::isDirectory).sorted().toList();
    }
  }

  /** What to say of files that look like images of a format that is not read. */
  static List<Finding> otherFormats(Path folder) throws IOException {
    List<Path> others;
    try (Stream<Path> list = Files.list(folder)) {
      others = list.filter(file -> ends(file, NOT_READ)).sorted().toList();
    }
    if (others.isEmpty()) {
      return List.of();
    }
    return List.of(
        new Finding(
            Finding.Kind.OTHER_FORMAT,
            String.valueOf(folder),
            others.size()
                + " files of formats that are not read, such as "
                + fileName(others.get(0))
                + ": make PNG of them"));
  }

  /**
   * Whether a file's name says that it is an image of a format that is read; capitals may differ.
   */
  public static boolean isImage(Path file) {
    return ends(file, READ);
  }

  private static boolean ends(Path file, List<String> extensions) {
    String name = fileName(file).toLowerCase(Locale.ROOT);
    return !name.startsWith(".") && extensions.stream().anyMatch(name::endsWith);
  }

  /** The last part of a path. */
  public static String fileName(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** The last part of a path without what follows its last dot. */
  public static String stem(Path file) {
    String name = fileName(file);
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  /** A path below a folder, with slashes on every system. */
  static String relative(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }
}
