package org.perceiveir.cli.curves;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perceiveir.cli.failure.CommandFailure;

/**
 * What the validations of one training found, as {@code validation.csv} in its folder says.
 *
 * @param name what the picture calls the training
 * @param steps of the validations, in order
 * @param psnr PSNR in dB at each of these steps, by validation set
 */
record ValidationCurve(String name, List<Double> steps, Map<String, List<Double>> psnr) {
  private static final String FILE = "validation.csv";
  private static final String PREFIX = "psnr/";

  ValidationCurve {
    steps = List.copyOf(steps);
    psnr = Collections.unmodifiableMap(new LinkedHashMap<>(psnr));
  }

  /**
   * Reads a training's folder.
   *
   * @throws CommandFailure if no validation is there, or a line that is none
   */
  static ValidationCurve read(String name, Path out) throws IOException {
    Path file = out.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new CommandFailure(
          out + " holds no validations (no " + FILE + ")",
          "name the --out of a training whose file has a section validation");
    }
    List<String> lines = Files.readAllLines(file);
    String[] header = lines.isEmpty() ? new String[0] : lines.get(0).split(",", -1);
    List<Double> steps = new ArrayList<>();
    Map<String, List<Double>> psnr = new LinkedHashMap<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] fields = lines.get(i).split(",", -1);
      try {
        if (fields.length != header.length) {
          throw new NumberFormatException(fields.length + " fields for " + header.length);
        }
        steps.add(Double.parseDouble(fields[0]));
        for (int c = 1; c < fields.length; c++) {
          if (header[c].startsWith(PREFIX)) {
            psnr.computeIfAbsent(header[c].substring(PREFIX.length()), set -> new ArrayList<>())
                .add(Double.parseDouble(fields[c]));
          }
        }
      } catch (NumberFormatException e) {
        throw new CommandFailure(
            file + ", line " + (i + 1) + ": " + e.getMessage(),
            "leave the files of a training as it writes them",
            e);
      }
    }
    if (psnr.isEmpty()) {
      throw new CommandFailure(
          file + " has no validation yet", "wait for the first, see validation.steps");
    }
    return new ValidationCurve(name, steps, psnr);
  }
}
