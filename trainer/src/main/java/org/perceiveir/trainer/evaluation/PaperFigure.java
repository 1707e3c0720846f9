package org.perceiveir.trainer.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A figure that the paper reports for a test set, from {@code paper-figures.json}.
 *
 * <p>It stands only beside a figure of the same set in the same setting, and never without {@link
 * #differences}: what one's own images or options have that the paper's protocol has not.
 *
 * @param method the network
 * @param trainedOn the paper's training setting
 * @param source where it stands in the paper
 * @param images number of images of the test set
 * @param psnrDb PSNR in dB, RGB
 * @param ssim SSIM with scikit-image's default window, where the paper gives it
 */
public record PaperFigure(
    String method,
    String trainedOn,
    String source,
    int images,
    double psnrDb,
    @Nullable Double ssim) {
  private static final JsonNode FIGURES = read();

  private static JsonNode read() {
    try (InputStream in = PaperFigure.class.getResourceAsStream("paper-figures.json")) {
      if (in == null) {
        throw new IllegalStateException("the build lacks paper-figures.json");
      }
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException("paper-figures.json cannot be read", e);
    }
  }

  /**
   * The figures for a set in a setting.
   *
   * @param set name of the data set, in capitals or not, with hyphens or without
   * @param setting a degradation's notation or {@link TestSet#PAIRS}
   */
  static List<PaperFigure> of(String set, String setting) {
    List<PaperFigure> found = new ArrayList<>();
    for (JsonNode known : FIGURES.path("sets")) {
      if (!isNamed(known, set)) {
        continue;
      }
      for (JsonNode figure : known.path("figures")) {
        if (figure.path("setting").asText().equals(setting)) {
          found.add(
              new PaperFigure(
                  figure.path("method").asText(),
                  figure.path("trainedOn").asText(),
                  figure.path("source").asText(),
                  known.path("images").asInt(),
                  figure.path("psnrDb").asDouble(),
                  figure.has("ssim") ? figure.path("ssim").asDouble() : null));
        }
      }
    }
    return found;
  }

  private static boolean isNamed(JsonNode known, String set) {
    for (JsonNode name : known.path("names")) {
      if (plain(name.asText()).equals(plain(set))) {
        return true;
      }
    }
    return false;
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  /** What of an item is not as in the paper's protocol, so that the two do not compare fully. */
  public List<String> differences(EvaluationReport.Item item) {
    List<String> found = new ArrayList<>();
    if (item.images().size() != images) {
      found.add(
          "ours over "
              + item.images().size()
              + (item.images().size() == 1 ? " image" : " images")
              + ", the paper's set has "
              + images);
    }
    if (item.multiple() > 1) {
      found.add("ours cropped to multiples of " + item.multiple());
    }
    return found;
  }
}
