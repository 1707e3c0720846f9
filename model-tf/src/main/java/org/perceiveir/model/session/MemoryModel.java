package org.perceiveir.model.session;

import java.util.Collection;
import org.perceiveir.model.bundle.FrozenEncoder;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.cost.NetworkCost;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.model.safetensors.FloatTensor;

/**
 * How much native memory a pass takes on the CPU, before it is run.
 *
 * <pre>
 *   bytes = fixed + bytesPerPixel x padded pixels of all frames in the pass
 *   fixed         = {@value #LIBRARY_MIB} MiB + {@value #WEIGHT_COPIES} x weights + the encoder's activations
 *   bytesPerPixel = {@value #PEAK_FACTOR} x the largest sum of activations alive at once, counted on
 *                   the network's own graph, + {@value #ENCODER_FRAME_BYTES} where an encoder sees the frame
 * </pre>
 *
 * <p>The factor and the constants are measured, over presets that differ eightfold in bytes a
 * pixel; {@code docs/tiles.md} has the table and the command. They bound the measured peaks from
 * above: a tile a little too small costs a few hundredths of a dB, one too large the process.
 *
 * @param fixedBytes at least 0
 * @param bytesPerPixel of a pass
 * @param frameBytesPerPixel of a whole frame that is only shown to the semantic encoder; 0 without
 */
public record MemoryModel(long fixedBytes, double bytesPerPixel, double frameBytesPerPixel) {
  static final int LIBRARY_MIB = 704;
  static final double WEIGHT_COPIES = 1.5;
  static final double PEAK_FACTOR = 2;
  static final int ENCODER_FRAME_BYTES = 48;

  /** Large enough that nothing but the frame matters. */
  private static final int COUNTED_SIDE = 256;

  /** The model of a bundle's network with its encoder. */
  public static MemoryModel of(ModelBundle bundle) {
    Preset preset = bundle.preset();
    FrozenEncoder encoder = bundle.encoder();
    long weights = bytes(bundle.weights().values());
    long encoderActivations = 0;
    Preset.Sgm sgm = preset.sgm();
    double frameBytes = 0;
    if (sgm != null && encoder != null) {
      weights += bytes(encoder.weights().values());
      frameBytes = ENCODER_FRAME_BYTES;
      encoderActivations = NetworkCost.inferencePeakBytes(sgm, encoder, sgm.size(), sgm.size());
    }
    double activations =
        NetworkCost.inferencePeakBytes(preset, COUNTED_SIDE, COUNTED_SIDE)
            / (double) (COUNTED_SIDE * COUNTED_SIDE);
    return new MemoryModel(
        ((long) LIBRARY_MIB << 20) + (long) (WEIGHT_COPIES * weights) + encoderActivations,
        PEAK_FACTOR * activations + frameBytes,
        frameBytes);
  }

  private static long bytes(Collection<FloatTensor> weights) {
    return weights.stream().mapToLong(weight -> 4L * weight.values().length).sum();
  }

  /** Bytes of a pass of so many pixels, padding included. */
  public long passBytes(long pixels) {
    return fixedBytes + (long) Math.ceil(bytesPerPixel * pixels);
  }

  /** Bytes of a whole frame that is shown to the semantic encoder alone. */
  public long frameBytes(long pixels) {
    return fixedBytes + (long) Math.ceil(frameBytesPerPixel * pixels);
  }

  /** Most pixels of a pass that takes no more than so many bytes; 0 if not even one fits. */
  public long mostPixels(long bytes) {
    return bytes < fixedBytes ? 0 : (long) ((bytes - fixedBytes) / bytesPerPixel);
  }
}
