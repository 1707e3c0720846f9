package org.perceiveir.trainer.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** Copies a bundle of whatever kind over another one of the same training. */
final class BundleCopy {
  private BundleCopy() {}

  /**
   * Replaces {@code to} by a copy of {@code from}: copied beside it, then renamed. Both directories
   * hold files only.
   */
  static void replace(Path from, Path to) throws IOException {
    Path fresh = to.resolveSibling("." + to.getFileName() + ".new");
    Path old = to.resolveSibling("." + to.getFileName() + ".old");
    delete(fresh);
    delete(old);
    Files.createDirectories(fresh);
    for (Path file : files(from)) {
      Files.copy(file, fresh.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
    }
    if (Files.exists(to)) {
      Files.move(to, old, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(fresh, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (Files.exists(old)) {
        Files.move(old, to, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
    delete(old);
  }

  private static void delete(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      for (Path file : files(directory)) {
        Files.delete(file);
      }
      Files.delete(directory);
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> list = Files.list(directory)) {
      return list.toList();
    }
  }
}
