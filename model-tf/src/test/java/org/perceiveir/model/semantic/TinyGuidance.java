package org.perceiveir.model.semantic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.clip.ClipConfig;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.dinov2.DinoV2Config;
import org.perceiveir.model.dinov2.DinoV2Encoder;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.vit.PositionTable;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A small guided network and encoders for it. */
public final class TinyGuidance {
  private static final int SIZE = 16;
  private static final int WIDTH = 8;
  private static final DinoV2Config DINO =
      new DinoV2Config(4, WIDTH, 4, 2, 3, 0, PositionTable.Interpolation.OFFSET_0_1);
  private static final ClipConfig CLIP = new ClipConfig(SIZE, 4, WIDTH, 4, 2, 6, 4, 1, 1, 5, 9);

  /** A guided network. */
  public static final Preset PRESET =
      new Preset(
          "guided",
          new Backbone.NafNet(8, List.of(1), 1, List.of(1)),
          new Preset.Cfe(List.of(8), 1, 4),
          new Preset.Sgm("tiny", WIDTH, SIZE, List.of(1, 2, 3, 4)),
          new Preset.Pgm(true, Preset.Projection.LINEAR),
          null);

  private TinyGuidance() {}

  /** Large weights, so that guidance moves the result by many grey levels. */
  private static Map<String, FloatTensor> strong(Map<String, FloatTensor> initial) {
    Map<String, FloatTensor> weights = new LinkedHashMap<>(initial);
    Random random = new Random(5);
    weights.replaceAll(
        (name, t) -> {
          if (!name.startsWith("pgm.") && !name.endsWith("beta") && !name.endsWith("gamma")) {
            return t;
          }
          float[] values = new float[t.values().length];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() / 4;
          }
          return new FloatTensor(t.shape(), values);
        });
    return weights;
  }

  /** Weights for {@link #PRESET} that guidance moves by many grey levels. */
  public static Map<String, FloatTensor> networkWeights() {
    try (GraphRun g = new GraphRun()) {
      List<Operand<TFloat32>> semantic = new ArrayList<>();
      for (int l = 0; l < 4; l++) {
        semantic.add(g.feed(new FloatTensor(new long[] {1, WIDTH}, new float[WIDTH])));
      }
      PerceiveIrNetwork network = PerceiveIrNetwork.build(g.tf, g.params, PRESET);
      Operand<TFloat32> image =
          g.feed(new FloatTensor(new long[] {1, SIZE, SIZE, 3}, new float[SIZE * SIZE * 3]));
      network.restore(image, network.features(image), semantic);
      return strong(g.params.initialValues(7));
    }
  }

  /** An encoder that fits {@link #PRESET}, of random weights. */
  public static FrozenEncoder encoder(String kind) {
    try (GraphRun g = new GraphRun()) {
      ObjectNode config;
      if (kind.equals(FrozenEncoder.CLIP)) {
        config = new ClipImageEncoder(g.tf, g.params, CLIP).config().toJson();
      } else {
        config = new DinoV2Encoder(g.tf, g.params, DINO).config().toJson();
      }
      return new FrozenEncoder(kind, config, "a test", g.params.initialValues(11));
    }
  }
}
