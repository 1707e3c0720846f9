package org.perceiveir.streams.payload;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.Sha256;
import org.perceiveir.streams.config.ConfigurationException;

/**
 * Writes payloads under a directory, for records to refer to. Thread-safe, also between processes.
 *
 * <p><u>Whole or not at all.</u> The bytes go to a hidden file beside their place, which is forced
 * to the disk, then renamed, and the directory is forced too. When {@link #write} returns, the file
 * is there and stays there through a power failure; only then may a record refer to it. A crash
 * before leaves at most a hidden {@code .part} file or a file that no record refers to.
 */
public final class PayloadStore {
  private static final String DEVICE = "unix:dev";

  private final Path root;
  private final Path real;

  /** Whether a disk of its own is mounted there. */
  private final boolean mounted;

  private PayloadStore(Path root, Path real, boolean mounted) {
    this.root = root;
    this.real = real;
    this.mounted = mounted;
  }

  /** Whether a directory lies on another device than the one above; false where none can tell. */
  private static boolean isMountPoint(Path directory) throws IOException {
    Path above = directory.getParent();
    return above != null
        && directory.getFileSystem().supportedFileAttributeViews().contains("unix")
        && !Files.getAttribute(directory, DEVICE).equals(Files.getAttribute(above, DEVICE));
  }

  /**
   * A store under a directory that exists.
   *
   * @param key names the directory in an error
   * @throws ConfigurationException if it is none, or cannot be written
   */
  public static PayloadStore open(String key, Path directory) {
    Path root = directory.toAbsolutePath().normalize();
    Path real = FileRoots.realDirectory(key, root);
    if (!Files.isWritable(real)) {
      throw new ConfigurationException(
          key, directory.toString(), "cannot be written", "give the service the right to");
    }
    try {
      return new PayloadStore(root, real, isMountPoint(real));
    } catch (IOException e) {
      throw new ConfigurationException(
          key, directory.toString(), "cannot be looked at: " + e, "give the service the right to");
    }
  }

  /**
   * Writes a frame; a file of the same name has the same bytes and is replaced.
   *
   * @param bundle name of the bundle that restored the frame; null where none did
   * @param version version of that bundle
   * @return the reference for its record
   * @throws PayloadsUnavailableException if it cannot be written
   */
  public ExternalPayload write(
      FrameIdentity identity,
      @Nullable String bundle,
      @Nullable String version,
      FrameEncoding encoding,
      byte[] bytes) {
    byte[] sha256 = Sha256s.of(bytes);
    Path name = StoredName.of(identity, bundle, version, encoding, sha256);
    try {
      write(name, bytes);
    } catch (IOException e) {
      throw new PayloadsUnavailableException(
          "the frame cannot be written to " + root + ": " + e, e);
    }
    return new ExternalPayload(
        root.resolve(name).toUri().toString(), (long) bytes.length, new Sha256(sha256));
  }

  private void write(Path name, byte[] bytes) throws IOException {
    if (mounted && !isMountPoint(real)) {
      // The empty directory below: what is written there nobody sees once the disk is back.
      throw new IOException("the disk that was mounted on " + real + " is not there");
    }
    Path directory = real.resolve(name).getParent();
    if (directory == null) {
      throw new IllegalArgumentException(name + " has no directory");
    }
    if (!Files.isDirectory(directory)) {
      // Not the root: where it has gone, say with its disk, it must not come back on another.
      create(directory);
      force(real);
    }
    if (!directory.toRealPath().equals(directory)) {
      throw new IOException(directory + " is a symbolic link; nothing is written through it");
    }
    Path place = real.resolve(name);
    Path draft =
        directory.resolve(
            "."
                + place.getFileName()
                + "."
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong())
                + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      Files.move(draft, place, StandardCopyOption.ATOMIC_MOVE);
      force(directory);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private static void create(Path directory) throws IOException {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
