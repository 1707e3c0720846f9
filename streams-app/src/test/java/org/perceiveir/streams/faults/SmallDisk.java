package org.perceiveir.streams.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;

/** A file system in memory whose size can be changed while it is in use (Linux, root). */
public final class SmallDisk implements AutoCloseable {
  private final Path dir;

  private SmallDisk(Path dir) {
    this.dir = dir;
  }

  /** Mounts one on a directory; empty where that is not allowed. */
  public static Optional<SmallDisk> mount(Path dir, int mebibytes) {
    return run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", dir.toString())
        ? Optional.of(new SmallDisk(dir))
        : Optional.empty();
  }

  public Path dir() {
    return dir;
  }

  /** Leaves so much beyond what is used now. */
  void leave(int kibibytes) {
    try {
      long used =
          Files.getFileStore(dir).getTotalSpace() - Files.getFileStore(dir).getUnallocatedSpace();
      resize(used / 1024 + kibibytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void enlarge(int mebibytes) {
    resize(mebibytes * 1024L);
  }

  private void resize(long kibibytes) {
    if (!run("mount", "-o", "remount,size=" + kibibytes + "k", dir.toString())) {
      throw new IllegalStateException("the file system cannot be resized");
    }
  }

  private static boolean run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    // Lazily: a file that is still open must not keep it.
    run("umount", "-l", dir.toString());
  }
}
