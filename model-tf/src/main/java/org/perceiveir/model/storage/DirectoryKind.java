package org.perceiveir.model.storage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsException;

/**
 * A kind of directory that holds a few known files and is never seen half written.
 *
 * <pre>
 * check      nothing there, an empty directory or one of this kind, else a refusal
 * fill       a temporary directory beside it, files of the umask, directory rwxr-xr-x
 * replace    old one aside, new one in place, each an atomic rename; then the old one is deleted
 * </pre>
 *
 * <p>Only known files are deleted, ever. Files are read without following symbolic links, and
 * descriptions with a bound on their size and depth: a directory may come from a stranger.
 */
public final class DirectoryKind {
  private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(32).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final String article;
  private final String noun;
  private final String remedy;
  private final NavigableSet<Path> known = new TreeSet<>();
  private final Refusal refusal;

  /** Makes the exception of the kind, so that callers can tell a bad bundle from a bad encoder. */
  @FunctionalInterface
  public interface Refusal {
    /** An exception with the message, and the failure that led to it if there was one. */
    IOException of(String message, @Nullable Throwable cause);
  }

  /** Writes the files of a directory. */
  @FunctionalInterface
  public interface Contents<T> {
    /**
     * Writes all files.
     *
     * @param fresh an empty directory
     * @return whatever the caller wants to know of them
     */
    T writeTo(Path fresh) throws IOException;
  }

  /**
   * Describes the kind.
   *
   * @param article of the noun, {@code a} or {@code an}
   * @param noun for messages, for instance {@code bundle}
   * @param remedy what to do where a file is missing
   * @param files their paths in the directory, with {@code /} between folder and name
   * @param refusal makes the kind's exception
   */
  public DirectoryKind(
      String article, String noun, String remedy, Set<String> files, Refusal refusal) {
    this.article = article;
    this.noun = noun;
    this.remedy = remedy;
    this.refusal = refusal;
    for (String file : files) {
      for (Path path = Path.of(file); path != null; path = path.getParent()) {
        known.add(path);
      }
    }
  }

  /**
   * Refuses a place where something of another kind lies; for before long work, too.
   *
   * @throws IOException the kind's, naming what lies there; or if the disk fails
   */
  public void checkReplaceable(Path directory) throws IOException {
    Path target = directory.toAbsolutePath().normalize();
    if (target.getParent() == null) {
      throw refusal.of(
          directory + " cannot be " + article + " " + noun + ": it has no parent directory", null);
    }
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      throw refusal.of(
          directory + " exists and is not a directory: choose another place for the " + noun, null);
    }
    Optional<Path> foreign;
    try (Stream<Path> files = Files.walk(target)) {
      // Lazily: a folder of somebody else is named before it is entered.
      foreign =
          files
              .filter(file -> !file.equals(target))
              .map(target::relativize)
              .filter(file -> !known.contains(file))
              .findFirst();
    } catch (UncheckedIOException e) {
      throw new IOException(directory + " cannot be listed", e);
    }
    if (foreign.isPresent()) {
      throw refusal.of(
          directory
              + " holds "
              + foreign.get()
              + ", which is not part of "
              + article
              + " "
              + noun
              + ": choose another directory",
          null);
    }
  }

  /**
   * Writes a directory under a temporary name beside its place and renames it into place.
   *
   * @param directory nothing, an empty directory or one of this kind, which is replaced
   * @param contents writes the files; if it fails, what lay there before stays
   * @return what {@code contents} returned
   * @throws IOException the kind's, if something else lies there; or if the disk refuses
   */
  public <T> T write(Path directory, Contents<T> contents) throws IOException {
    checkReplaceable(directory);
    Path target = directory.toAbsolutePath().normalize();
    Path parent = target.resolveSibling("");
    Files.createDirectories(parent);
    Path fresh = Files.createTempDirectory(parent, "." + noun);
    try {
      makeReadable(fresh);
      T result = contents.writeTo(fresh);
      moveIntoPlace(fresh, target, parent);
      return result;
    } finally {
      delete(fresh);
    }
  }

  private static void makeReadable(Path directory) throws IOException {
    // A temporary directory is private to its owner, what is asked for is not.
    if (Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private void moveIntoPlace(Path fresh, Path target, Path parent) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    Path old = Files.createTempDirectory(parent, "." + noun + "-old");
    // A rename onto an empty directory is atomic, so the old one leaves in one step.
    Files.move(target, old, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try {
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      throw e;
    }
    delete(old);
  }

  private void delete(Path directory) throws IOException {
    // A folder sorts before what it holds.
    for (Path file : known.descendingSet()) {
      Files.deleteIfExists(directory.resolve(file));
    }
    Files.deleteIfExists(directory);
  }

  /**
   * Opens one of the files.
   *
   * @throws IOException the kind's, if it is missing or a symbolic link; or if the disk fails
   */
  public SeekableByteChannel open(Path directory, String file) throws IOException {
    Path path = directory.resolve(file);
    if (Files.isSymbolicLink(path)) {
      throw refusal.of(
          path + " is a symbolic link: " + article + " " + noun + " holds its files itself", null);
    }
    try {
      return Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    } catch (NoSuchFileException e) {
      throw refusal.of(
          directory + " is not " + article + " " + noun + ": it has no " + file + "; " + remedy, e);
    }
  }

  /**
   * Reads a description: JSON in UTF-8, at most 1 MiB, 32 levels deep, no key twice.
   *
   * @throws IOException the kind's, if it is missing, too long or no JSON; or if the disk fails
   */
  public JsonNode readDescription(Path directory, String file) throws IOException {
    byte[] bytes;
    try (InputStream in = Channels.newInputStream(open(directory, file))) {
      bytes = in.readNBytes(MAX_DESCRIPTION_BYTES + 1);
    }
    Path path = directory.resolve(file);
    if (bytes.length > MAX_DESCRIPTION_BYTES) {
      throw refusal.of(path + " has more than " + MAX_DESCRIPTION_BYTES + " bytes", null);
    }
    try {
      return JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw refusal.of(path + " is not valid JSON: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Reads the tensors of one of the files, whole and finite.
   *
   * @param promised what its description says of the file
   * @param description the name of that file
   * @return float32 tensors by name, sorted and unmodifiable
   * @throws IOException the kind's, if the file is missing, another one or damaged; or if the disk
   *     fails
   */
  public Map<String, FloatTensor> readWeights(
      Path directory, String file, HashedFile promised, String description) throws IOException {
    Path path = directory.resolve(file);
    try {
      Map<String, FloatTensor> weights = promised.readTensors(open(directory, file));
      checkFinite(weights);
      return weights;
    } catch (OtherContentException e) {
      throw refusal.of(
          path
              + " "
              + e.getMessage()
              + ", "
              + description
              + " promises "
              + promised.bytes()
              + " with "
              + promised.sha256()
              + ": the "
              + noun
              + " is damaged, copy it again",
          e);
    } catch (SafeTensorsException e) {
      throw refusal.of(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Checks weights before they are used or written.
   *
   * @throws SafeTensorsException naming one that is not finite
   */
  public static void checkFinite(Map<String, FloatTensor> weights) {
    weights.forEach(
        (name, tensor) -> {
          for (float value : tensor.values()) {
            if (!Float.isFinite(value)) {
              throw new SafeTensorsException("weight " + name + " holds " + value);
            }
          }
        });
  }

  /**
   * Writes a description as a new file.
   *
   * @throws IOException the kind's, if it is longer than can be read; or if the file exists or the
   *     disk refuses
   */
  public void writeDescription(Path file, ObjectNode json) throws IOException {
    byte[] bytes = (JSON.writeValueAsString(json) + "\n").getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_DESCRIPTION_BYTES) {
      throw refusal.of(
          file.getFileName()
              + " would have "
              + bytes.length
              + " bytes, at most "
              + MAX_DESCRIPTION_BYTES
              + " can be read",
          null);
    }
    Files.write(file, bytes, StandardOpenOption.CREATE_NEW);
  }
}
