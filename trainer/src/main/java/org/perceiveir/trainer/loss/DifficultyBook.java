package org.perceiveir.trainer.loss;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How hard each negative of L_dpl is (eq. 10), epoch by epoch.
 *
 * <pre>
 *   O_k(N_q) = 1 + gamma   if avgPSNR(I_r) of epoch k-1 &gt;= avgPSNR(N_q) of epoch k-1   ("hard")
 *              1 - gamma   otherwise                                              ("very hard")
 * </pre>
 *
 * <p>Both averages are over all training crops of epoch k-1, so that they are of the same images.
 * In the first epoch nothing is known yet and every O is 1. PSNR is of the crop in 0..1 over all
 * its channels, the restored one clipped; a crop without any error counts as {@link #MAX_PSNR}.
 *
 * <p>An epoch is a fixed number of steps, so it follows from the step alone which one it is. {@link
 * #toJson} and {@link #restore} carry the sums to the last bit. Not thread-safe.
 */
public final class DifficultyBook {
  /** What a crop without error counts, in dB. */
  public static final double MAX_PSNR = 100;

  private final List<String> proxies;
  private final double gamma;
  private final int epochSteps;

  /** Epoch from 0 that the sums belong to. */
  private int epoch;

  private long crops;

  /** Sum of the network's PSNR, then of each proxy's. */
  private final double[] sums;

  private final float[] weights;

  /**
   * An empty book.
   *
   * @param proxies names of the restorers whose results are negatives, in the order in which they
   *     are fed
   * @param gamma step of eq. 10, 0 to below 1
   * @param epochSteps steps of an epoch, at least 1
   * @throws IllegalArgumentException if a number is out of range
   */
  public DifficultyBook(List<String> proxies, double gamma, int epochSteps) {
    if (epochSteps < 1) {
      throw new IllegalArgumentException(
          "an epoch has " + epochSteps + " steps: it must have at least 1");
    }
    if (!(gamma >= 0 && gamma < 1)) {
      throw new IllegalArgumentException("gamma is " + gamma + ", allowed are 0 to below 1");
    }
    this.proxies = List.copyOf(proxies);
    this.gamma = gamma;
    this.epochSteps = epochSteps;
    this.sums = new double[proxies.size() + 1];
    this.weights = new float[proxies.size()];
    Arrays.fill(weights, 1);
  }

  /**
   * Closes the epoch before that of a step, if this is the first step beyond it.
   *
   * @param step of the training, from 0
   */
  public void begin(int step) {
    int now = step / epochSteps;
    if (now == epoch) {
      return;
    }
    if (crops > 0) {
      for (int q = 0; q < weights.length; q++) {
        // Both sums have the same number of crops.
        weights[q] = (float) (sums[0] >= sums[q + 1] ? 1 + gamma : 1 - gamma);
      }
    }
    epoch = now;
    crops = 0;
    Arrays.fill(sums, 0);
  }

  /**
   * Counts the crops of a step.
   *
   * @param squaredErrors mean squared error of each crop, {@code (1 + proxies, crops)} row-major:
   *     the network's, then each proxy's
   * @throws IllegalArgumentException if that is no whole number of crops
   */
  public void count(float[] squaredErrors) {
    int rows = sums.length;
    if (squaredErrors.length % rows != 0) {
      throw new IllegalArgumentException(
          squaredErrors.length + " errors for the network and " + proxies.size() + " proxies");
    }
    int columns = squaredErrors.length / rows;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        sums[r] += psnr(squaredErrors[r * columns + c]);
      }
    }
    crops += columns;
  }

  /** PSNR of a mean squared error of values in 0..1, in dB. */
  static double psnr(double squaredError) {
    return Math.min(MAX_PSNR, -10 * Math.log10(squaredError));
  }

  /** O of each proxy in this epoch, a copy. */
  public float[] weights() {
    return weights.clone();
  }

  /**
   * How a restorer stands in the running epoch.
   *
   * @param name of the proxy, {@code network} for the network that is trained
   * @param psnr mean over the crops of the epoch so far in dB, NaN before the first
   * @param weight its O, 1 for the network
   */
  public record Standing(String name, double psnr, double weight) {}

  /** The network and all proxies, in the running epoch. */
  public List<Standing> standings() {
    List<Standing> all = new ArrayList<>();
    all.add(new Standing("network", sums[0] / crops, 1));
    for (int q = 0; q < weights.length; q++) {
      all.add(new Standing(proxies.get(q), sums[q + 1] / crops, weights[q]));
    }
    return all;
  }

  /** Everything that the next step depends on, for a checkpoint. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("epoch", epoch);
    json.put("epochSteps", epochSteps);
    json.put("crops", crops);
    json.put("network", sums[0]);
    ObjectNode each = json.putObject("proxies");
    for (int q = 0; q < weights.length; q++) {
      each.putObject(proxies.get(q)).put("sum", sums[q + 1]).put("weight", weights[q]);
    }
    return json;
  }

  /**
   * Goes on where {@link #toJson} was taken.
   *
   * @throws IllegalArgumentException if it is of other proxies or of another length of the epoch,
   *     naming both
   */
  public void restore(JsonNode json) {
    List<String> names = new ArrayList<>();
    json.path("proxies").fieldNames().forEachRemaining(names::add);
    if (!names.equals(proxies) || json.path("epochSteps").intValue() != epochSteps) {
      throw new IllegalArgumentException(
          "the state is of the proxies "
              + names
              + " with "
              + json.path("epochSteps")
              + " steps an epoch, this training has "
              + proxies
              + " with "
              + epochSteps
              + ": resume with the same negatives and the same data");
    }
    epoch = json.path("epoch").intValue();
    crops = json.path("crops").longValue();
    sums[0] = json.path("network").doubleValue();
    for (int q = 0; q < weights.length; q++) {
      JsonNode of = json.path("proxies").path(proxies.get(q));
      sums[q + 1] = of.path("sum").doubleValue();
      weights[q] = of.path("weight").floatValue();
    }
  }
}
