package org.perceiveir.cli.lifetime;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** A temporary directory that is deleted with all its content at the end. */
public final class ScratchDirectory implements AutoCloseable {
  private final Path path;

  private ScratchDirectory(Path path) {
    this.path = path;
  }

  /**
   * Makes a directory that only this user can enter, in the directory for temporary files. The id
   * of this process is in its name after the prefix: what a kill left behind tells whose it was.
   */
  public static ScratchDirectory create(String prefix) throws IOException {
    return new ScratchDirectory(
        Files.createTempDirectory(prefix + ProcessHandle.current().pid() + "-"));
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Deletes it; what writes into it must be closed before. Links are not followed. */
  @Override
  public void close() throws IOException {
    if (Files.notExists(path)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
