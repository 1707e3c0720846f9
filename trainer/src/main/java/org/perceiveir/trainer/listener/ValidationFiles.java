package org.perceiveir.trainer.listener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;

/**
 * Writes one line of {@code validation.csv} for each validation and its pictures, of which the
 * newest stay:
 *
 * <pre>
 *   OUT/validation.csv
 *   OUT/validation/step-00001000.png
 * </pre>
 *
 * <p>On a resumed training the lines beyond the checkpoint are dropped first.
 */
public final class ValidationFiles implements TrainingListener {
  private static final Pattern SHEET = Pattern.compile("step-\\d{8,10}\\.png");

  private final Path csv;
  private final Path folder;
  private final int keep;
  private final List<String> lines = new ArrayList<>();

  /**
   * Files in a training's folder.
   *
   * @param keep pictures of how many validations stay
   */
  public ValidationFiles(Path out, int keep) {
    this.csv = out.resolve("validation.csv");
    this.folder = out.resolve("validation");
    this.keep = keep;
  }

  @Override
  public void onStart(TrainingStart start) throws IOException {
    lines.clear();
    if (start.step() == 0 || !Files.exists(csv)) {
      Files.deleteIfExists(csv);
      return;
    }
    List<String> there = Files.readAllLines(csv);
    for (int i = 0; i < there.size(); i++) {
      if (i == 0 || CsvFile.isUpTo(there.get(i), start.step())) {
        lines.add(there.get(i));
      }
    }
    CsvFile.replace(csv, lines);
  }

  @Override
  public void onValidation(ValidationReport r) throws IOException {
    if (lines.isEmpty()) {
      lines.add("step,best," + String.join(",", r.figures().keySet()));
    }
    StringBuilder line = new StringBuilder().append(r.step()).append(',').append(r.best());
    r.figures().values().forEach(v -> line.append(String.format(Locale.ROOT, ",%.4f", v)));
    lines.add(line.toString());
    CsvFile.replace(csv, lines);
    if (r.sheet().isPresent() && keep > 0) {
      Files.createDirectories(folder);
      Files.write(
          folder.resolve(String.format(Locale.ROOT, "step-%08d.png", r.step())),
          ImageEncoder.encode(r.sheet().get(), ImageFormat.PNG));
      dropOld();
    }
  }

  private void dropOld() throws IOException {
    List<Path> sheets;
    try (Stream<Path> list = Files.list(folder)) {
      sheets =
          list.filter(f -> SHEET.matcher(String.valueOf(f.getFileName())).matches())
              .sorted()
              .toList();
    }
    for (Path old : sheets.subList(0, Math.max(0, sheets.size() - keep))) {
      Files.delete(old);
    }
  }
}
