package org.perceiveir.streams.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perceiveir.model.storage.BundleLabels;
import org.perceiveir.streams.config.ModelControlSettings;

/**
 * Finds bundles by name in {@code models.directory}, and nowhere else: whoever may write orders
 * names a bundle, never a path.
 */
public final class ModelFolder {
  private static final int NAMED = 20;

  /** Characters of a wrong name in a message. */
  private static final int SHOWN = 100;

  private final Path directory;

  /** A folder that is looked at when a name is resolved, so that bundles may come and go. */
  public ModelFolder(Path directory) {
    this.directory = directory;
  }

  /**
   * The directory of a bundle.
   *
   * @param name of its directory in the folder
   * @return its real path, a child of the folder's
   * @throws ModelRefusedException if the name is not one, there is no such directory, or it lies
   *     elsewhere
   */
  public Path resolve(String name) {
    if (!BundleLabels.isName(name)) {
      throw new ModelRefusedException(
          "'"
              + name.substring(0, Math.min(name.length(), SHOWN)).replaceAll("[^\\x20-\\x7e]", "?")
              + (name.length() > SHOWN ? "..." : "")
              + "' is no name of a bundle; it has lower-case letters, digits, '.', '_' and '-',"
              + " at most 64, and begins with a letter or digit");
    }
    try {
      Path root = directory.toRealPath();
      Path real = root.resolve(name).toRealPath();
      if (!root.equals(real.getParent())) {
        throw new ModelRefusedException(
            ModelControlSettings.DIRECTORY
                + "="
                + directory
                + ": '"
                + name
                + "' is a link to somewhere else; copy the bundle into the directory");
      }
      if (!Files.isDirectory(real)) {
        throw new ModelRefusedException(
            ModelControlSettings.DIRECTORY + "=" + directory + ": '" + name + "' is no directory");
      }
      return real;
    } catch (NoSuchFileException e) {
      throw new ModelRefusedException(
          ModelControlSettings.DIRECTORY
              + "="
              + directory
              + " has no bundle '"
              + name
              + "'; it has "
              + names(),
          e);
    } catch (IOException e) {
      throw new ModelRefusedException(
          ModelControlSettings.DIRECTORY + "=" + directory + " cannot be read: " + e, e);
    }
  }

  private String names() {
    try (Stream<Path> entries = Files.list(directory)) {
      String names =
          entries
              .filter(Files::isDirectory)
              .map(entry -> String.valueOf(entry.getFileName()))
              .filter(BundleLabels::isName)
              .sorted()
              .limit(NAMED)
              .collect(Collectors.joining(", "));
      return names.isEmpty() ? "none" : names;
    } catch (IOException e) {
      return "none, for it cannot be listed: " + e;
    }
  }
}
