package org.perceiveir.cli.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.imaging.codec.DecodeLimits;

/** Finds the PNG and JPEG files of a directory. */
public final class ImageFiles {
  private ImageFiles() {}

  /**
   * The files of a directory that end in .png, .jpg or .jpeg, in the order of their names; its
   * subdirectories are left alone.
   *
   * @throws CommandFailure if it is no directory, cannot be read or holds no such file
   */
  public static List<Path> in(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new CommandFailure(
          "--input " + directory + " is no directory", "name a directory with PNG or JPEG frames");
    }
    List<Path> files;
    try (Stream<Path> entries = Files.list(directory)) {
      files = entries.filter(ImageFiles::isImage).sorted().toList();
    } catch (IOException e) {
      throw new CommandFailure(
          "--input " + directory + " cannot be read: " + e.getMessage(),
          "check its permissions",
          e);
    }
    if (files.isEmpty()) {
      throw new CommandFailure(
          "--input " + directory + " holds no frames",
          "put files that end in .png, .jpg or .jpeg there");
    }
    return files;
  }

  /**
   * The bytes of a file, whose length is checked before any is read.
   *
   * @throws IOException if it is longer than a decoder takes, or cannot be read
   */
  public static byte[] read(Path file) throws IOException {
    long limit = DecodeLimits.defaults().maxEncodedBytes();
    long size = Files.size(file);
    if (size > limit) {
      throw new IOException("it has " + size + " bytes, more than the limit of " + limit);
    }
    return Files.readAllBytes(file);
  }

  private static boolean isImage(Path file) {
    return name(file).toLowerCase(Locale.ROOT).matches(".+\\.(png|jpg|jpeg)")
        && Files.isRegularFile(file);
  }

  /** The last part of a path. */
  public static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** The name of a file without what follows its last dot. */
  public static String baseName(Path file) {
    String name = name(file);
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
