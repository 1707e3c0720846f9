package org.perceiveir.model.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.model.safetensors.SafeTensorsFile;
import org.perceiveir.model.safetensors.SafeTensorsWriter;

/**
 * A bundle's weights as one safetensors file, with PyTorch's names and layouts, as {@code
 * safetensors.torch.load_file} reads it.
 *
 * <p>The metadata holds {@code format} ("pt", as PyTorch's own writer says), {@code perceive.name},
 * {@code perceive.version} and {@code perceive.preset}, the preset's JSON.
 */
public final class SafeTensorsExport {
  private static final String NAME = "perceive.name";
  private static final String VERSION = "perceive.version";
  private static final String PRESET = "perceive.preset";

  private SafeTensorsExport() {}

  /**
   * Writes the file under a temporary name beside it and renames it into place.
   *
   * @param file an earlier export there is replaced, anything else is refused
   * @throws ExportException if something else is there
   * @throws IOException if the disk refuses
   */
  public static void write(Path file, ModelBundle bundle) throws IOException {
    Path target = file.toAbsolutePath().normalize();
    Path parent = target.getParent();
    if (parent == null) {
      throw new ExportException(file + " is not a file name");
    }
    checkReplaceable(target);
    Files.createDirectories(parent);
    SafeTensorsWriter.write(
        target,
        bundle.weights(),
        Map.of(
            "format",
            "pt",
            NAME,
            bundle.name(),
            VERSION,
            bundle.version(),
            PRESET,
            bundle.preset().toJson().toString()));
    // A temporary file is private to its owner, what is asked for is not.
    if (Files.getFileStore(target).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r--r--"));
    }
  }

  private static void checkReplaceable(Path target) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean ours = false;
    if (Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      try (SafeTensorsFile there = SafeTensorsFile.open(target)) {
        ours = there.metadata().containsKey(PRESET);
      } catch (SafeTensorsException e) {
        // Not safetensors at all, so no export.
      }
    }
    if (!ours) {
      throw new ExportException(
          target + " exists and is no earlier export: choose another file name");
    }
  }
}
