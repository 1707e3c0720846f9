package org.perceiveir.model.degradation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.bundle.BundleException;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.session.RestorationSession;
import org.perceiveir.model.session.RestoredImage;
import org.perceiveir.model.session.SessionOptions;

class DegradationPrototypesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SHIPPED = Path.of("../models/compact");

  @TempDir private Path directory;

  private static DegradationPrototypes axes() {
    Map<String, float[]> byLabel = new LinkedHashMap<>();
    byLabel.put("noise", new float[] {2, 0});
    byLabel.put("haze", new float[] {0, 0.5f});
    return DegradationPrototypes.of(byLabel);
  }

  @Test
  void shouldNameTheNearestDirectionWhateverTheLength() {
    DegradationEstimate estimate = axes().nearest(new float[] {3, 300});

    assertThat(estimate.label()).isEqualTo("haze");
    assertThat(estimate.distance()).isCloseTo(5.0e-5f, within(1e-6f));
  }

  @Test
  void shouldGiveTheDistanceOfOppositeAndRightAngles() {
    DegradationPrototypes one = DegradationPrototypes.of(Map.of("rain", new float[] {1, 0}));

    assertThat(one.nearest(new float[] {-4, 0}).distance()).isEqualTo(2f);
    assertThat(one.nearest(new float[] {0, 7}).distance()).isEqualTo(1f);
  }

  @Test
  void shouldSayNothingIsNearWhenZHasNoDirection() {
    assertThat(axes().nearest(new float[] {0, 0}).distance()).isEqualTo(1f);
    assertThat(axes().nearest(new float[] {Float.NaN, 1}).distance()).isEqualTo(1f);
  }

  @Test
  void shouldReadWhatItWrote() throws IOException {
    DegradationPrototypes read =
        DegradationPrototypes.fromJson(JSON.readTree(axes().toJson().toString()));

    assertThat(read.labels()).containsExactly("noise", "haze");
    assertThat(read.nearest(new float[] {1, 1e-3f}).label()).isEqualTo("noise");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[1]",
        "{}",
        "{\"noise\": []}",
        "{\"noise\": [0, 0]}",
        "{\"noise\": [\"1\", 2]}",
        "{\"noise\": 1}",
        "{\"Noise!\": [1, 2]}",
        "{\"noise\": [1, 2], \"haze\": [1]}"
      })
  void shouldRefuseJsonThatGivesNoDirections(String json) throws IOException {
    assertThatThrownBy(() -> DegradationPrototypes.fromJson(JSON.readTree(json)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldMeanDirectionsWhenGathered() {
    DegradationPrototypes.Gatherer gatherer = new DegradationPrototypes.Gatherer();
    gatherer.add("noise", new float[] {100, 0});
    gatherer.add("noise", new float[] {0, 1});
    gatherer.add("noise", new float[] {0, 0});

    assertThat(gatherer.prototypes().nearest(new float[] {1, 1}).distance())
        .isCloseTo(0f, within(1e-6f));
  }

  @Test
  void shouldTellTheDegradationOfEachFrameWhenTheBundleHasPrototypes() throws IOException {
    ModelBundle plain = ModelBundle.read(SHIPPED);
    RgbImage dark = grey(20);
    RgbImage bright = grey(230);
    ModelBundle labelled;
    try (RestorationSession session = open(plain)) {
      Map<String, float[]> byLabel = new LinkedHashMap<>();
      byLabel.put("low-light", session.features(dark));
      byLabel.put("clean", session.features(bright));
      labelled = plain.writeWith(directory.resolve("labelled"), DegradationPrototypes.of(byLabel));
    }

    assertThat(labelled.version()).isEqualTo(plain.version());
    try (RestorationSession session = open(ModelBundle.read(directory.resolve("labelled")))) {
      List<RestoredImage> restored = session.restoreAndEstimate(List.of(bright, dark));
      List<DegradationEstimate> seen =
          restored.stream().map(image -> Objects.requireNonNull(image.degradation())).toList();
      assertThat(seen).extracting(DegradationEstimate::label).containsExactly("clean", "low-light");
      assertThat(seen)
          .allSatisfy(estimate -> assertThat(estimate.distance()).isCloseTo(0f, within(1e-5f)));
      assertThat(restored.get(0).image().rgb()).isEqualTo(session.restore(bright).rgb());
    }
  }

  @Test
  void shouldRefusePrototypesOfAnotherSizeThanZ() throws IOException {
    ModelBundle plain = ModelBundle.read(SHIPPED);

    assertThatThrownBy(() -> plain.writeWith(directory.resolve("wrong"), axes()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 values")
        .hasMessageContaining("Z of 64");
    assertThat(directory.resolve("wrong")).doesNotExist();
  }

  @Test
  void shouldNameTheFileWhenItsPrototypesDoNotFit() throws IOException {
    ModelBundle plain = ModelBundle.read(SHIPPED);
    Path bundle = directory.resolve("edited");
    float[] some = new float[64];
    some[0] = 1;
    ModelBundle unused = plain.writeWith(bundle, DegradationPrototypes.of(Map.of("noise", some)));
    Path model = bundle.resolve(ModelBundle.MODEL_FILE);
    ObjectNode json = (ObjectNode) JSON.readTree(model.toFile());
    json.set("prototypes", axes().toJson());
    JSON.writeValue(model.toFile(), json);

    assertThatThrownBy(() -> ModelBundle.read(bundle))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("model.json: prototypes: ")
        .hasMessageContaining("Z of 64");
  }

  private static RestorationSession open(ModelBundle bundle) {
    return RestorationSession.open(bundle, SessionOptions.defaults().withDevice("cpu"));
  }

  private static RgbImage grey(int value) {
    byte[] rgb = new byte[3 * 32 * 32];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (value + (i * 7) % 16);
    }
    return RgbImage.wrap(32, 32, rgb);
  }
}
