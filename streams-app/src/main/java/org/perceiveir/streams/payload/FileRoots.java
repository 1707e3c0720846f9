package org.perceiveir.streams.payload;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.PayloadSettings;
import org.perceiveir.streams.payload.PayloadException.Reason;

/**
 * Files under configured directories. Thread-safe.
 *
 * <p><u>Containment.</u> A path that does not begin with a root is refused before any file is
 * looked at, so nobody can ask what exists elsewhere. Then its symbolic links are resolved, and the
 * real path must lie under the real root.
 *
 * <p><u>Between check and open</u> somebody may put a symbolic link where a directory was. The real
 * path is therefore opened part by part, each relative to the directory that is open already and
 * without following links ({@link SecureDirectoryStream}, openat with O_NOFOLLOW): what is swapped
 * fails to open. Systems without openat open the path at once and follow no link in its last part.
 *
 * <p><u>Regular files only.</u> To open a FIFO waits for its writer; if one is put there in the
 * very moment, the time limit of {@link PayloadReader} gives the reading thread up.
 */
final class FileRoots implements PayloadSource {
  /** A root as it is configured, and where it really is. */
  private record Root(Path named, Path real) {
    boolean holds(Path path) {
      return path.startsWith(named) || path.startsWith(real);
    }
  }

  private final List<Root> roots;

  private FileRoots(List<Root> roots) {
    this.roots = roots;
  }

  /**
   * Roots that exist.
   *
   * @throws ConfigurationException if one is no directory
   */
  static FileRoots open(List<Path> directories) {
    List<Root> roots = new ArrayList<>();
    for (Path directory : directories) {
      roots.add(
          new Root(directory.normalize(), realDirectory(PayloadSettings.FILE_ROOTS, directory)));
    }
    return new FileRoots(List.copyOf(roots));
  }

  static Path realDirectory(String key, Path directory) {
    try {
      Path real = directory.toRealPath();
      if (Files.isDirectory(real)) {
        return real;
      }
    } catch (IOException e) {
      throw new ConfigurationException(
          key + "=" + directory + ": cannot be read (" + e + "); create the directory", e);
    }
    throw new ConfigurationException(
        key, directory.toString(), "is no directory", "name one, or leave the key out");
  }

  @Override
  public byte[] read(URI uri, int size, Fetch fetch) throws PayloadException, IOException {
    Path path = FileUri.path(uri);
    if (roots.stream().noneMatch(root -> root.holds(path))) {
      throw new PayloadException(
          Reason.NOT_ALLOWED,
          "the file lies under none of the directories of " + PayloadSettings.FILE_ROOTS);
    }
    try {
      Path real = path.toRealPath();
      for (Root root : roots) {
        if (real.startsWith(root.real())) {
          return readInside(root.real(), root.real().relativize(real), size);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw new PayloadException(Reason.MISSING, "there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new PayloadException(
          Reason.UNREACHABLE, "the service has no right to read the file; give it to it", e);
    }
    throw new PayloadException(
        Reason.NOT_ALLOWED,
        "the file leads out of the directories of "
            + PayloadSettings.FILE_ROOTS
            + " by a symbolic link");
  }

  /** Opens a path without links inside a root, following none. */
  static byte[] readInside(Path root, Path inside, int size) throws PayloadException, IOException {
    if (inside.toString().isEmpty()) {
      throw notRegular();
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      if (entries instanceof SecureDirectoryStream<Path> at) {
        return readAt(at, inside, size);
      }
      Path file = root.resolve(inside);
      checkRegular(
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
      try (SeekableByteChannel channel =
          Files.newByteChannel(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
        return bytes(channel, size);
      }
    }
  }

  private static byte[] readAt(SecureDirectoryStream<Path> at, Path inside, int size)
      throws PayloadException, IOException {
    Path first = inside.getName(0);
    if (inside.getNameCount() > 1) {
      try (SecureDirectoryStream<Path> next =
          at.newDirectoryStream(first, LinkOption.NOFOLLOW_LINKS)) {
        return readAt(next, inside.subpath(1, inside.getNameCount()), size);
      }
    }
    checkRegular(
        at.getFileAttributeView(first, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS));
    try (SeekableByteChannel channel =
        at.newByteChannel(first, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      return bytes(channel, size);
    }
  }

  private static void checkRegular(@Nullable BasicFileAttributeView view)
      throws PayloadException, IOException {
    if (view == null) {
      throw new IOException("the file system tells nothing about its files");
    }
    checkRegular(view.readAttributes());
  }

  private static void checkRegular(BasicFileAttributes attributes) throws PayloadException {
    if (!attributes.isRegularFile()) {
      throw notRegular();
    }
  }

  private static PayloadException notRegular() {
    return new PayloadException(
        Reason.NOT_ALLOWED,
        "the reference names a directory, link, pipe or device; only regular files are read");
  }

  private static byte[] bytes(SeekableByteChannel channel, int size)
      throws PayloadException, IOException {
    long found = channel.size();
    if (found != size) {
      throw new PayloadException(
          Reason.SIZE_MISMATCH, "the file has " + found + " bytes, the reference declares " + size);
    }
    ByteBuffer bytes = ByteBuffer.allocate(size);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // Until it is full or the file ends.
    }
    if (bytes.hasRemaining() || channel.read(ByteBuffer.allocate(1)) > 0) {
      throw new PayloadException(
          Reason.SIZE_MISMATCH,
          "the file changed its size of " + size + " bytes while it was read");
    }
    return bytes.array();
  }
}
