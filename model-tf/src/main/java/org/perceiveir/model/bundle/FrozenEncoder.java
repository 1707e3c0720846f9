package org.perceiveir.model.bundle;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.perceiveir.model.safetensors.FloatTensor;

/**
 * A frozen image encoder that guides a network: what it is, where it came from, and its weights.
 *
 * <p>A bundle holds the encoder that its network was trained with, whole: with another one, or with
 * the same under other weights, the features would mean something else and the network would
 * restore badly without an error.
 *
 * @param kind {@link #DINOV2}, {@link #CLIP} (its image half) or {@link #CLIP_SPECTRUM}
 * @param config its sizes, as the kind's configuration writes them
 * @param source where it came from: the name of a file or of a perceiver, with its version
 * @param weights by the names of the encoder's authors, PyTorch layout
 */
public record FrozenEncoder(
    String kind, ObjectNode config, String source, Map<String, FloatTensor> weights) {

  /** CLIP's image encoder, also that of a quality perceiver of its shape. */
  public static final String CLIP = "clip";

  /** The same encoder where it was trained on spectra of blocks in place of pixels. */
  public static final String CLIP_SPECTRUM = "clip-spectrum";

  /** DINOv2's vision transformer. */
  public static final String DINOV2 = "dinov2";

  /** Copies the configuration and the map; the tensors are shared. */
  public FrozenEncoder {
    config = config.deepCopy();
    weights = Map.copyOf(weights);
  }

  @Override
  public String toString() {
    return kind + " encoder from " + source;
  }
}
