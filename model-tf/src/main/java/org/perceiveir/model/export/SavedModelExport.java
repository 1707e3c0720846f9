package org.perceiveir.model.export;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.network.PixelValues;
import org.perceiveir.model.nn.Formulation;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.perceiveir.model.storage.DirectoryKind;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * A bundle as a SavedModel, for TensorFlow Serving, Triton and whatever else loads one.
 *
 * <pre>
 * saved_model.pb               graph and weights, tag "serve"
 * assets.extra/perceive.json   name, version and preset of the bundle
 * </pre>
 *
 * <p>Signature {@code serving_default}:
 *
 * <pre>
 * in   images    uint8    (batch, height, width, 3), RGB, any size from 1x1
 * out  restored  uint8    (batch, height, width, 3)
 * out  tiers     float32  (batch, tiers), only where there is a perceiver: as many as it has prompts
 * </pre>
 *
 * <p>Bytes in and bytes out are what a client has and a quarter of the traffic of floats. Padding
 * and cutting back are part of the graph. Weights are constants of it, so that there are no
 * variables to restore. Frames are not cut into tiles: whoever serves bounds their size, as {@code
 * SessionOptions.maxTileSide} does here.
 */
public final class SavedModelExport {
  /** Key of the only signature, the one that servers call by default. */
  public static final String SIGNATURE = "serving_default";

  /** Name of the input. */
  public static final String IMAGES = "images";

  /** Name of the output that is always there. */
  public static final String RESTORED = "restored";

  /** Name of the output that a perceiver adds. */
  public static final String TIERS = "tiers";

  private static final String TAG = "serve";
  private static final String PREDICT = "tensorflow/serving/predict";
  private static final String MODEL_FILE = "saved_model.pb";
  private static final String DESCRIPTION = "assets.extra/perceive.json";

  private static final DirectoryKind EXPORT =
      new DirectoryKind(
          "an",
          "export",
          "give the directory of a SavedModel of this program",
          Set.of(MODEL_FILE, DESCRIPTION),
          ExportException::new);

  /** Adds a perceiver to the graph: how likely each quality tier is. */
  @FunctionalInterface
  public interface Tiers {
    /**
     * Adds the perceiver, with its weights as constants.
     *
     * @param images {@code (batch, height, width, 3)} in 0..1, not padded
     * @return {@code (batch, tiers)}, each row adds up to one
     */
    Operand<TFloat32> of(Ops tf, Operand<TFloat32> images);
  }

  private SavedModelExport() {}

  /**
   * Writes a SavedModel under a temporary name beside {@code directory} and renames it into place.
   *
   * @param directory where it will be; an empty directory or an earlier export is replaced,
   *     anything else is refused
   * @param tiers the perceiver, or null if there is none
   * @throws ExportException if the directory holds something else
   * @throws IOException if the disk refuses
   * @throws IllegalArgumentException if the weights do not fit the preset or the frozen encoder
   */
  public static void write(Path directory, ModelBundle bundle, @Nullable Tiers tiers)
      throws IOException {
    checkReplaceable(directory);
    SavedModel model = model(bundle, tiers);
    EXPORT.write(
        directory,
        fresh -> {
          try (OutputStream out =
              new BufferedOutputStream(Files.newOutputStream(fresh.resolve(MODEL_FILE)), 1 << 20)) {
            model.writeTo(out);
          }
          Path description = fresh.resolve(DESCRIPTION);
          Files.createDirectory(description.resolveSibling(""));
          EXPORT.writeDescription(description, describe(bundle));
          return bundle;
        });
  }

  private static void checkReplaceable(Path directory) throws IOException {
    EXPORT.checkReplaceable(directory);
    // The graph's file has the same name in everybody's SavedModel.
    if (Files.exists(directory.resolve(MODEL_FILE), LinkOption.NOFOLLOW_LINKS)
        && !Files.exists(directory.resolve(DESCRIPTION), LinkOption.NOFOLLOW_LINKS)) {
      throw new ExportException(
          directory
              + " holds another SavedModel, which is no earlier export: choose another directory");
    }
  }

  private static SavedModel model(ModelBundle bundle, @Nullable Tiers tiers) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      Preset preset = bundle.preset();
      Placeholder<TUint8> pixels =
          tf.withName(IMAGES).placeholder(TUint8.class, Placeholder.shape(Shape.of(-1, -1, -1, 3)));
      GraphPadding padding = new GraphPadding(tf, pixels, preset.backbone());
      ParamStore params = ParamStore.constants(tf, bundle.weights());
      PerceiveIrNetwork network =
          PerceiveIrNetwork.build(tf, params, preset, Formulation.INFERENCE);
      Operand<TFloat32> padded = PixelValues.toUnit(tf, padding.padded());
      Operand<TFloat32> images = PixelValues.toUnit(tf, pixels);
      Operand<TFloat32> restored =
          network.restore(
              padded,
              preset.cfe() == null ? null : network.features(padded),
              semanticFeatures(tf, bundle, images));
      params.check(bundle.weights());
      Operand<TUint8> bytes =
          tf.withName(RESTORED).identity(padding.cropped(PixelValues.toBytes(tf, restored)));
      SignatureDef.Builder signature =
          SignatureDef.newBuilder()
              .setMethodName(PREDICT)
              .putInputs(IMAGES, info(pixels, DataType.DT_UINT8, -1, -1, -1, 3))
              .putOutputs(RESTORED, info(bytes, DataType.DT_UINT8, -1, -1, -1, 3));
      if (tiers != null) {
        Operand<TFloat32> probabilities = tf.withName(TIERS).identity(tiers.of(tf, images));
        signature.putOutputs(
            TIERS, info(probabilities, DataType.DT_FLOAT, -1, columns(probabilities)));
      }
      return SavedModel.newBuilder()
          .setSavedModelSchemaVersion(1)
          .addMetaGraphs(
              MetaGraphDef.newBuilder()
                  .setMetaInfoDef(
                      MetaGraphDef.MetaInfoDef.newBuilder()
                          .addTags(TAG)
                          .setTensorflowVersion(TensorFlow.version()))
                  .setGraphDef(graph.toGraphDef())
                  .putSignatureDef(SIGNATURE, signature.build()))
          .build();
    }
  }

  /** F_1 to F_4 of the frames without their padding, as the service computes them. */
  private static List<Operand<TFloat32>> semanticFeatures(
      Ops tf, ModelBundle bundle, Operand<TFloat32> images) {
    Preset.Sgm sgm = bundle.preset().sgm();
    FrozenEncoder encoder = bundle.encoder();
    if (sgm == null || encoder == null) {
      return List.of();
    }
    ParamStore frozen = ParamStore.constants(tf, encoder.weights());
    List<Operand<TFloat32>> features =
        SemanticGuidance.of(tf, frozen, sgm, encoder).features(images);
    frozen.check(encoder.weights());
    return features;
  }

  /** -1 where the graph does not know. */
  private static long columns(Operand<TFloat32> matrix) {
    return matrix.shape().isUnknown() ? -1 : matrix.shape().get(1);
  }

  private static TensorInfo info(Operand<?> tensor, DataType type, long... sizes) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : sizes) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return TensorInfo.newBuilder()
        .setName(tensor.op().name() + ":" + tensor.asOutput().index())
        .setDtype(type)
        .setTensorShape(shape)
        .build();
  }

  private static ObjectNode describe(ModelBundle bundle) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("name", bundle.name());
    json.put("version", bundle.version());
    json.put("weights_sha256", bundle.sha256());
    json.set("preset", bundle.preset().toJson());
    return json;
  }
}
