package org.perceiveir.model.cost;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.network.PerceiveIrNetwork;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.semantic.SemanticGuidance;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * What a preset's network costs for one frame, and where it goes.
 *
 * <p>Nothing here is a formula of the network: the network's own graph is built for the frame's
 * size and its operations are counted. An operation belongs to the module of the parameter that it
 * takes; one that takes none belongs to the module of the last operation in front of it that does.
 *
 * <ul>
 *   <li><b>MACs</b>: multiply-accumulates of convolutions (padding included) and matrix products,
 *       attention's among them. Elementwise operations, norms, softmax and means are not counted.
 *   <li><b>Kept bytes</b>: float32 activations that are alive where the forward pass of a training
 *       step turns into the backward pass: each tensor that an operation behind the loss's gradient
 *       reads and that depends on the frame, once.
 *   <li><b>Inference peak</b>: the largest sum of activations alive at once when the operations run
 *       one after another in the order of the graph, each tensor from its operation to its last
 *       reader. Weights, reuse of an input's memory for the output and what kernels take for
 *       themselves are not in it.
 * </ul>
 *
 * @param preset of the network
 * @param width of the frame as it enters the network, in pixels
 * @param height of the frame as it enters the network, in pixels
 * @param modules in the order in which a frame passes through them
 * @param inferencePeakBytes see above
 * @param encoder the frozen encoder that guides, beside all of the figures above; null without, or
 *     where its sizes are not known
 */
public record NetworkCost(
    Preset preset,
    int width,
    int height,
    List<ModuleCost> modules,
    long inferencePeakBytes,
    @Nullable EncoderCost encoder) {

  private static final ModuleNames.Module ENCODER =
      new ModuleNames.Module("semantic encoder", "semantic encoder");

  private static final ModuleNames.Module WHOLE = new ModuleNames.Module("network", "network");

  /** Copies the list. */
  public NetworkCost {
    modules = List.copyOf(modules);
  }

  /**
   * What the frozen encoder costs, once for each frame however many tiles it has.
   *
   * @param parameters none of them trained
   * @param macs as of the network, resizing among them
   * @param inferencePeakBytes as of the network
   */
  public record EncoderCost(long parameters, long macs, long inferencePeakBytes) {}

  /**
   * Counts the network of a preset; the frozen encoder too if it is a public one that is known by
   * its name.
   *
   * @param width of the frame in pixels, at least 1; padded as the network asks for
   * @param height of the frame in pixels, at least 1
   * @throws IllegalArgumentException if a side is below 1
   */
  public static NetworkCost of(Preset preset, int width, int height) {
    Preset.Sgm sgm = preset.sgm();
    return of(preset, sgm == null ? null : SemanticGuidance.publicEncoder(sgm), width, height);
  }

  /**
   * Counts a network and its encoder, of which only the sizes matter.
   *
   * @param encoder that guides; null without semantic guidance, or if it is not known
   * @param width of the frame in pixels, at least 1; padded as the network asks for
   * @param height of the frame in pixels, at least 1
   * @throws IllegalArgumentException if a side is below 1
   */
  public static NetworkCost of(
      Preset preset, @Nullable FrozenEncoder encoder, int width, int height) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "a frame of " + width + "x" + height + " has no pixels; both sides must be at least 1");
    }
    int multiple = preset.padMultiple();
    int w = (width + multiple - 1) / multiple * multiple;
    int h = (height + multiple - 1) / multiple * multiple;
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      Operand<TFloat32> restored = restored(tf, params, preset, w, h);
      Preset.Sgm sgm = preset.sgm();
      CountedGraph counted = new CountedGraph(graph, params, restored, names(preset));
      EncoderCost guide =
          sgm == null || encoder == null ? null : encoderCost(sgm, encoder, width, height);
      return count(preset, w, h, counted, params, guide);
    }
  }

  /** The encoder sees the frame without its padding. */
  private static EncoderCost encoderCost(
      Preset.Sgm sgm, FrozenEncoder encoder, int width, int height) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      Operand<TFloat32> frame = placeholder(tf, 1, height, width, 3);
      List<Operand<TFloat32>> features =
          SemanticGuidance.of(tf, params, sgm, encoder).features(frame);
      CountedGraph counted =
          CountedGraph.frozen(graph, params, tf.concat(features, tf.constant(1)), ENCODER);
      return new EncoderCost(
          params.count(), counted.macs().getOrDefault(ENCODER, 0L), counted.inferencePeakBytes());
    }
  }

  /**
   * The inference peak of a network without its encoder, for one frame.
   *
   * @param width a multiple of {@link Preset#padMultiple}
   * @param height a multiple of {@link Preset#padMultiple}
   * @return bytes, as {@link #inferencePeakBytes()} is defined
   */
  public static long inferencePeakBytes(Preset preset, int width, int height) {
    try (Graph graph = new Graph()) {
      Ops tf = Ops.create(graph);
      ParamStore params = new ParamStore(tf);
      Operand<TFloat32> restored = restored(tf, params, preset, width, height);
      return CountedGraph.frozen(graph, params, restored, WHOLE).inferencePeakBytes();
    }
  }

  /** The inference peak of a frozen encoder for one frame of this size, in bytes. */
  public static long inferencePeakBytes(
      Preset.Sgm sgm, FrozenEncoder encoder, int width, int height) {
    return encoderCost(sgm, encoder, width, height).inferencePeakBytes();
  }

  private static Operand<TFloat32> restored(
      Ops tf, ParamStore params, Preset preset, int width, int height) {
    PerceiveIrNetwork network = PerceiveIrNetwork.build(tf, params, preset);
    Operand<TFloat32> frame = placeholder(tf, 1, height, width, 3);
    List<Operand<TFloat32>> semantic = new ArrayList<>();
    Preset.Sgm sgm = preset.sgm();
    for (int l = 0; sgm != null && l < 4; l++) {
      semantic.add(placeholder(tf, 1, sgm.features()));
    }
    return network.restore(frame, preset.cfe() == null ? null : network.features(frame), semantic);
  }

  private static Operand<TFloat32> placeholder(Ops tf, long... shape) {
    return tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(shape)));
  }

  private static Function<String, ModuleNames.Module> names(Preset preset) {
    return new ModuleNames(preset)::of;
  }

  private static NetworkCost count(
      Preset preset,
      int width,
      int height,
      CountedGraph counted,
      ParamStore params,
      @Nullable EncoderCost encoder) {
    ModuleNames names = new ModuleNames(preset);
    Map<ModuleNames.Module, ModuleCost> costs = new LinkedHashMap<>();
    for (Param p : params.params()) {
      add(costs, names.of(p.name()), p.size(), 0, 0);
    }
    counted.macs().forEach((module, macs) -> add(costs, module, 0, macs, 0));
    counted.keptBytes().forEach((module, bytes) -> add(costs, module, 0, 0, bytes));
    List<String> stages = names.stages();
    List<ModuleCost> modules =
        costs.values().stream()
            .sorted(Comparator.comparingInt(c -> stages.indexOf(c.stage())))
            .toList();
    return new NetworkCost(preset, width, height, modules, counted.inferencePeakBytes(), encoder);
  }

  private static void add(
      Map<ModuleNames.Module, ModuleCost> costs,
      ModuleNames.Module module,
      long parameters,
      long macs,
      long bytes) {
    costs.merge(
        module,
        new ModuleCost(module.stage(), module.part(), parameters, macs, bytes),
        ModuleCost::plus);
  }

  /** The sum over all modules; its stage and part say {@code total}. */
  public ModuleCost total() {
    return sum("total", "total", modules);
  }

  /** Sums over the parts of each stage. */
  public List<ModuleCost> byStage() {
    return grouped(ModuleCost::stage);
  }

  /** Sums over the stages of each part, the largest number of MACs first. */
  public List<ModuleCost> byPart() {
    return grouped(ModuleCost::part).stream()
        .sorted(Comparator.comparingLong(ModuleCost::macs).reversed())
        .toList();
  }

  private List<ModuleCost> grouped(Function<ModuleCost, String> key) {
    Map<String, ModuleCost> groups = new LinkedHashMap<>();
    for (ModuleCost m : modules) {
      String name = key.apply(m);
      groups.merge(
          name,
          new ModuleCost(name, name, m.parameters(), m.macs(), m.keptBytes()),
          ModuleCost::plus);
    }
    return List.copyOf(groups.values());
  }

  private static ModuleCost sum(String stage, String part, List<ModuleCost> costs) {
    ModuleCost sum = new ModuleCost(stage, part, 0, 0, 0);
    for (ModuleCost cost : costs) {
      sum = sum.plus(cost);
    }
    return sum;
  }
}
