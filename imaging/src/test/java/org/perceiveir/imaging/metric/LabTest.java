package org.perceiveir.imaging.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.perceiveir.testkit.SharedFolder;

/** UCIQE is made of these numbers: one level of L moves a contrast by 0.001. */
final class LabTest {
  @Test
  void shouldGiveTheLabOfOpenCvAndOfScikitImage() throws IOException {
    String json = Files.readString(SharedFolder.require("goldens/metrics/lab_pixels.json"));
    List<Double> rgb = numbers(json, "rgb");
    List<Double> openCv = numbers(json, "opencv_lab_u8");
    List<Double> scikit = numbers(json, "skimage_lab");
    assertThat(rgb).hasSize(48);
    for (int i = 0; i < rgb.size(); i += 3) {
      int red = rgb.get(i).intValue();
      int green = rgb.get(i + 1).intValue();
      int blue = rgb.get(i + 2).intValue();
      int lab = OpenCvLab.of(red, green, blue);
      assertThat(List.of(lab >> 16, lab >> 8 & 0xFF, lab & 0xFF))
          .isEqualTo(openCv.subList(i, i + 3).stream().map(Double::intValue).toList());
      CieLab exact = CieLab.of(red, green, blue);
      assertThat(exact.lightness()).isCloseTo(scikit.get(i), within(1e-12));
      assertThat(exact.a()).isCloseTo(scikit.get(i + 1), within(1e-12));
      assertThat(exact.b()).isCloseTo(scikit.get(i + 2), within(1e-12));
    }
  }

  /**
   * The checksum is that of {@code cv2.cvtColor} over every colour in the order of R, G, B, the
   * same with OpenCV 4.14 and 5.0.
   */
  @Test
  void shouldEqualOpenCvForEveryColour() {
    CRC32 crc = new CRC32();
    byte[] labs = new byte[3 * 65536];
    for (int red = 0; red < 256; red++) {
      for (int i = 0; i < 65536; i++) {
        int lab = OpenCvLab.of(red, i >> 8, i & 0xFF);
        labs[3 * i] = (byte) (lab >> 16);
        labs[3 * i + 1] = (byte) (lab >> 8);
        labs[3 * i + 2] = (byte) lab;
      }
      crc.update(labs);
    }
    assertThat(crc.getValue()).isEqualTo(2730212498L);
  }

  /** The integers follow the formula, but for a few dark colours, where OpenCV is up to 2.5 off. */
  @Test
  void shouldStayNearTheFormula() {
    int colours = 0;
    int beyondOneLevel = 0;
    for (int colour = 0; colour < 1 << 24; colour += 97) {
      int red = colour >> 16;
      int green = colour >> 8 & 0xFF;
      int blue = colour & 0xFF;
      int lab = OpenCvLab.of(red, green, blue);
      CieLab exact = CieLab.of(red, green, blue);
      double off =
          Math.max(
              Math.abs((lab >> 16) - 2.55 * exact.lightness()),
              Math.max(
                  Math.abs((lab >> 8 & 0xFF) - 128 - exact.a()),
                  Math.abs((lab & 0xFF) - 128 - exact.b())));
      assertThat(off).as("%s, %s, %s", red, green, blue).isLessThan(2.6);
      beyondOneLevel += off > 1.5 ? 1 : 0;
      colours++;
    }
    assertThat((double) beyondOneLevel / colours).isLessThan(0.001);
  }

  /** All numbers under a key, whatever the nesting. */
  private static List<Double> numbers(String json, String key) {
    Matcher array =
        Pattern.compile("\"" + key + "\": (\\[\\[\\[.*?\\]\\]\\])", Pattern.DOTALL).matcher(json);
    assertThat(array.find()).as(key).isTrue();
    List<Double> numbers = new ArrayList<>();
    Matcher number = Pattern.compile("-?[0-9.]+(e-?[0-9]+)?").matcher(array.group(1));
    while (number.find()) {
      numbers.add(Double.parseDouble(number.group()));
    }
    return numbers;
  }
}
