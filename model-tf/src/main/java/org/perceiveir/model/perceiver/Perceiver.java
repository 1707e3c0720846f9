package org.perceiveir.model.perceiver;

import java.util.List;
import java.util.stream.IntStream;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.clip.PromptProbabilities;
import org.perceiveir.model.nn.Initializer;
import org.perceiveir.model.nn.Layout;
import org.perceiveir.model.nn.Param;
import org.perceiveir.model.nn.ParamStore;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * A perceiver in a graph: how well an image fits each tier's prompt.
 *
 * <pre>
 *   views v of an image  -&gt;  CLIP's image encoder  -&gt;  f = mean of f_v
 *   p = softmax(logitScale * cos(f, T))                                   (eqs. 1 and 9)
 * </pre>
 *
 * <p>The features are averaged as the encoder gives them, not made unit vectors before: a view that
 * tells nothing, a piece of sky, can be given a short feature and so a small say.
 *
 * <p>Gradients reach the images, so L_clip (eq. 9) can be taken of them:
 *
 * <pre>
 *   ParamStore frozen = new ParamStore(tf, "perceiver.");
 *   Perceiver perceiver = Perceiver.of(tf, frozen, bundle);
 *   Operand p = perceiver.probabilities(restored);
 *   ...
 *   frozen.assign(session, bundle.weights());
 * </pre>
 */
public final class Perceiver {
  private static final int MAPS = 4;

  private final Ops tf;
  private final PerceiverForm form;
  private final ParamStore frozen;
  private final ClipImageEncoder encoder;
  private final PromptProbabilities prompts;
  private final Param texts;

  private Perceiver(Ops tf, ParamStore frozen, PerceiverForm form) {
    this.tf = tf;
    this.form = form;
    this.frozen = frozen;
    this.encoder = new ClipImageEncoder(tf, frozen, form.clip());
    this.prompts = new PromptProbabilities(tf, form.logitScale());
    this.texts =
        frozen.param(
            PerceiverBundle.TEXT_FEATURES,
            Layout.PLAIN,
            Initializer.ZEROS,
            form.tiers().size(),
            form.clip().embedDim());
  }

  /**
   * The perceiver of a bundle.
   *
   * @param frozen where the parameters go, not to be trained; exactly {@link
   *     PerceiverBundle#weights} fit into it. Variables to assign, {@link ParamStore#frozen} and
   *     {@link ParamStore#constants} all do
   */
  public static Perceiver of(Ops tf, ParamStore frozen, PerceiverBundle bundle) {
    return new Perceiver(tf, frozen, bundle.form());
  }

  /**
   * Probabilities by a perceiver that is constant, as {@code SavedModelExport.Tiers} asks for them:
   * {@code (tf, images) -> Perceiver.constantProbabilities(tf, images, bundle)}.
   *
   * @param images {@code (batch, height, width, 3)}, RGB in 0..1
   * @return {@code (batch, tiers)}
   * @throws org.perceiveir.model.nn.WeightMismatchException listing every tensor that does not fit
   */
  public static Operand<TFloat32> constantProbabilities(
      Ops tf, Operand<TFloat32> images, PerceiverBundle bundle) {
    ParamStore constants = ParamStore.constants(tf, bundle.weights());
    Perceiver perceiver = of(tf, constants, bundle);
    constants.check(bundle.weights());
    return perceiver.probabilities(images);
  }

  /** What the perceiver is. */
  public PerceiverForm form() {
    return form;
  }

  /** The parameters. */
  public ParamStore frozen() {
    return frozen;
  }

  /**
   * Features of images, as their prompts are compared with.
   *
   * @param images {@code (batch, height, width, 3)}, RGB in 0..1, of any size
   * @return {@code (batch, embedDim)}, not normalised
   */
  public Operand<TFloat32> features(Operand<TFloat32> images) {
    Operand<TFloat32> ofViews = encoder.encode(views(images));
    return form.views().mean(tf, ofViews, images, form.clip().embedDim());
  }

  private Operand<TFloat32> views(Operand<TFloat32> images) {
    Views views = form.views();
    return views.prepared(tf, views.of(tf, images, form.clip().imageSize()), encoder);
  }

  /**
   * What the softmax is taken of.
   *
   * @param images {@code (batch, height, width, 3)}, RGB in 0..1, of any size
   * @return {@code (batch, tiers)} in -logitScale..logitScale
   */
  public Operand<TFloat32> logits(Operand<TFloat32> images) {
    return prompts.logits(features(images), texts.value());
  }

  /**
   * How likely each tier is.
   *
   * @param images {@code (batch, height, width, 3)}, RGB in 0..1, of any size
   * @return {@code (batch, tiers)} in 0..1, adding up to 1 for each image, in the order of {@link
   *     PerceiverForm#tiers}
   */
  public Operand<TFloat32> probabilities(Operand<TFloat32> images) {
    return tf.nn.softmax(logits(images));
  }

  /**
   * Feature maps of the views after a quarter, half, three quarters and all of the encoder's
   * blocks: what L_dpl compares where there is no VGG-16.
   *
   * @param images {@code (batch, height, width, 3)}, RGB in 0..1, of any size
   * @return four times {@code (batch * views, side, side, visionWidth)}
   */
  public List<Operand<TFloat32>> featureMaps(Operand<TFloat32> images) {
    int layers = form.clip().visionLayers();
    List<Integer> blocks =
        IntStream.rangeClosed(1, MAPS).map(i -> Math.max(1, layers * i / MAPS)).boxed().toList();
    return encoder.patchFeatures(views(images), blocks);
  }
}
