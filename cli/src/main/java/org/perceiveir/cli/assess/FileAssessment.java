package org.perceiveir.cli.assess;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.model.perceiver.PerceiverSession;

/** What a perceiver says of image files. */
public final class FileAssessment {
  private final String perceiver;
  private final Map<Path, Assessment> assessments = new LinkedHashMap<>();
  private int failed;

  private FileAssessment(String perceiver) {
    this.perceiver = perceiver;
  }

  /**
   * Judges files one by one, a line each; one that cannot be read is reported and left out.
   *
   * @param files the files, each read once
   * @param out gets the table
   * @param err gets what is left out
   */
  public static FileAssessment of(
      PerceiverSession session, List<Path> files, PrintWriter out, PrintWriter err) {
    FileAssessment all = new FileAssessment(session.bundle().toString());
    ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
    List<String> tiers = session.bundle().form().tiers();
    int width = files.stream().mapToInt(file -> ImageFiles.name(file).length()).max().orElse(4);
    width = Math.max(width, 4);
    out.println("perceiver " + all.perceiver);
    out.println(row(width, "file", "tier", tiers));
    for (Path file : files) {
      RgbImage image;
      try {
        image = decoder.decode(ImageFiles.read(file));
      } catch (IOException e) {
        all.failed++;
        err.println("perceive: " + file + " is left out: " + reason(e));
        err.flush();
        continue;
      }
      Assessment assessment = session.assess(image);
      all.assessments.put(file, assessment);
      out.println(
          row(
              width,
              ImageFiles.name(file),
              assessment.tier(),
              assessment.probabilities().stream()
                  .map(p -> String.format(Locale.ROOT, "%.4f", p))
                  .toList()));
      out.flush();
    }
    return all;
  }

  private static String row(int width, String file, String tier, List<String> figures) {
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "%-" + width + "s  %-10s", file, tier));
    figures.forEach(figure -> line.append(String.format(Locale.ROOT, "  %10s", figure)));
    return line.toString();
  }

  /** File system exceptions hold the file's name only; their class says what is wrong. */
  private static String reason(IOException e) {
    return e instanceof FileSystemException
        ? e.getClass().getSimpleName() + " " + e.getMessage()
        : String.valueOf(e.getMessage());
  }

  /** Number of files that could not be read. */
  public int failed() {
    return failed;
  }

  /** All assessments as JSON. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("perceiver", perceiver);
    ArrayNode images = json.putArray("images");
    assessments.forEach(
        (file, assessment) -> {
          ObjectNode image = images.addObject();
          image.put("file", file.toString()).put("tier", assessment.tier());
          ObjectNode probabilities = image.putObject("probabilities");
          for (int i = 0; i < assessment.tiers().size(); i++) {
            double p = Math.round(assessment.probabilities().get(i) * 1e6) / 1e6;
            probabilities.put(assessment.tiers().get(i), p);
          }
        });
    return json;
  }
}
