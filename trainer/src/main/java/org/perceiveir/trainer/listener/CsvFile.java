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
            : Files.readAllLines(file).stream()
                .filter(line -> line.equals(header) || isUpTo(line, step))
                .toList();
    replace(file, kept);
    return Files.newBufferedWriter(file, StandardOpenOption.APPEND);
  }

  /** Replaces a file whole or not at all. */
  static void replace(Path file, List<String> lines) throws IOException {
    Path draft = file.resolveSibling(file.getFileName() + ".new");
    Files.write(draft, lines);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Whether a line is whole enough to have a step, and that is not beyond another. */
  static boolean isUpTo(String line, int step) {
    try {
      return Integer.parseInt(line.substring(0, Math.max(0, line.indexOf(',')))) <= step;
    } catch (NumberFormatException e) {
      // The last line of a killed run may be cut off.
      return false;
    }
  }
}
