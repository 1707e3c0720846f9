package org.perceiveir.trainer.listener;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A CSV file whose first column is the step. */
final class CsvFile {
  private CsvFile() {}

  /**
   * Opens a file to append lines, less those beyond a step. The file that was there is replaced
   * whole or not at all.
   *
   * @param step steps done; with 0 the file begins anew
   */
  static BufferedWriter open(Path file, String header, int step) throws IOException {
    List<String> kept =
        step == 0 || !Files.exists(file)
            ? List.of(header)
            : Files.readAllLines(file).stream().filter(line -> isUpTo(line, header, step)).toList();
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      Files.write(file, kept);
    } else {
      Path draft = file.resolveSibling(file.getFileName() + ".new");
      Files.write(draft, kept);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
    return Files.newBufferedWriter(file, StandardOpenOption.APPEND);
  }

  private static boolean isUpTo(String line, String header, int step) {
    if (line.equals(header)) {
      return true;
    }
    try {
      return Integer.parseInt(line.substring(0, Math.max(0, line.indexOf(',')))) <= step;
    } catch (NumberFormatException e) {
      // The last line of a killed run may be cut off.
      return false;
    }
  }
}
