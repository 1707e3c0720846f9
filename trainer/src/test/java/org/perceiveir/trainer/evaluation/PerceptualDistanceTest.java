package org.perceiveir.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.degrade.GaussianNoise;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.model.lpips.Lpips;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.weights.EncoderDirectory;
import org.perceiveir.model.weights.PublicWeights;
import org.perceiveir.model.weights.RecognisedWeights;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The distance itself matches its authors' in the model's tests; here it is the way to it. */
class PerceptualDistanceTest {
  private static final String SHA = "0123456789abcdef".repeat(4);

  @TempDir private Path directory;

  @Test
  void shouldBeTheDistanceOfTheNetworkOnBytesScaledToOne() throws IOException {
    Map<String, FloatTensor> weights = alexNet();
    RgbImage clean = SyntheticScene.street(1, 48, 40).frame(0);
    RgbImage noisy = new GaussianNoise(40).apply(clean, 3);
    EncoderDirectory encoder =
        encoder(PublicWeights.recognise(PublicWeights.Kind.ALEXNET, weights));

    try (PerceptualDistance distance = new PerceptualDistance(encoder)) {
      assertThat(distance.trunk()).isEqualTo("AlexNet");
      assertThat(distance.between(clean, clean)).isZero();
      assertThat(distance.between(clean, noisy))
          .isCloseTo(expected(weights, clean, noisy), within(1e-7))
          .isGreaterThan(1e-4);
      assertThatThrownBy(() -> distance.between(clean, SyntheticScene.street(1, 40, 48).frame(0)))
          .hasMessageContaining("48x40");
      Measurement measurement =
          new Measurement(EnumSet.of(Metric.LPIPS), Measurement.WITHOUT_TRUTH, distance);
      assertThat(measurement.definitions(true)).contains("LPIPS 0.1", "with AlexNet");
      assertThat(measurement.of(noisy, clean))
          .containsExactly(Map.entry(Metric.LPIPS, distance.between(clean, noisy)));
      assertThat(measurement.refusal(RgbImage.wrap(40, 30, new byte[3600]), true))
          .contains("40x30", "31");
      assertThat(measurement.refusal(RgbImage.wrap(1, 1, new byte[3]), false)).contains("10");
    }
  }

  @Test
  void shouldRefuseEncodersThatAreNoTrunk() throws IOException {
    EncoderDirectory clip = encoder(other(PublicWeights.Kind.CLIP));
    assertThatThrownBy(() -> new PerceptualDistance(clip))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("clip");

    EncoderDirectory narrow = encoder(other(PublicWeights.Kind.VGG16));
    assertThatThrownBy(() -> new PerceptualDistance(narrow))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("public VGG-16");
  }

  private static RecognisedWeights other(PublicWeights.Kind kind) {
    return new RecognisedWeights(
        kind,
        JsonNodeFactory.instance.objectNode(),
        Map.of("features.0.bias", new FloatTensor(new long[] {8}, new float[8])));
  }

  private EncoderDirectory encoder(RecognisedWeights recognised) throws IOException {
    Path place = directory.resolve(recognised.kind().id());
    EncoderDirectory.write(place, recognised, new EncoderDirectory.Source("any.safetensors", SHA));
    return EncoderDirectory.read(place);
  }

  private static Map<String, FloatTensor> alexNet() {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      Operand<TFloat32> image = tf.zeros(tf.constant(new int[] {1, 32, 32, 3}), TFloat32.class);
      new Lpips(tf, params, Lpips.Trunk.ALEXNET).distance(image, image);
      return params.initialValues(4);
    }
  }

  private static double expected(Map<String, FloatTensor> weights, RgbImage a, RgbImage b) {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      Operand<TFloat32> distance =
          new Lpips(tf, params, Lpips.Trunk.ALEXNET).distance(constant(tf, a), constant(tf, b));
      params.assign(session, weights);
      try (Result result = session.runner().fetch(distance).run()) {
        float[] value = new float[1];
        result.get(0).asRawTensor().data().asFloats().read(value);
        return value[0];
      }
    }
  }

  private static Operand<TFloat32> constant(Ops tf, RgbImage image) {
    float[] values = new float[image.rgb().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((image.rgb()[i] & 0xFF) / 255.0);
    }
    return tf.constant(
        Shape.of(1, image.height(), image.width(), 3), DataBuffers.of(values, true, false));
  }
}
