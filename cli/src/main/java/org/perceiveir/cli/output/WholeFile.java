package org.perceiveir.cli.output;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.perceiveir.cli.failure.CommandFailure;

/** Files that a command leaves for others: whole or not there at all. */
public final class WholeFile {
  private WholeFile() {}

  /** Writes beside the file and moves into place. */
  public static void write(Path file, byte[] content) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path directory = absolute.getParent();
    if (directory == null || Files.isDirectory(absolute)) {
      throw new CommandFailure(file + " is a directory", "name a file");
    }
    Files.createDirectories(directory);
    Path draft = Files.createTempFile(directory, ".perceive-", ".part");
    try {
      Files.write(draft, content);
      // A temporary file is private to its owner, what is asked for is not.
      if (Files.getFileStore(draft).supportsFileAttributeView("posix")) {
        Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-r--r--"));
      }
      Files.move(
          draft, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Writes indented JSON in UTF-8. */
  public static void write(Path file, JsonNode json) throws IOException {
    write(file, (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
