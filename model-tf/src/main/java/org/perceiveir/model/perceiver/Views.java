package org.perceiveir.model.perceiver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perceiveir.model.clip.ClipImageEncoder;
import org.perceiveir.model.preset.PresetException;
import org.perceiveir.model.resize.Interpolation;
import org.perceiveir.model.resize.Resize;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * What of an image a perceiver looks at: square views of its encoder's size S.
 *
 * <pre>
 *   windows   pixels as they are, spread over the image so that the outer ones touch its edges
 *   whole     the image resized to S x S (bilinear, half-pixel centres, no antialias; eq. 9)
 * </pre>
 *
 * <p>Resizing a frame loses noise and the traces of smoothing, on which the tiers differ most;
 * windows keep them at the price of seeing a part of the frame only. Along a side of n pixels there
 * are {@code min(most, ceil(n / S))} windows, at {@code floor(i (n - S) / (count - 1))}, one alone
 * in the middle: a small image is not looked at twice. Where n is below S the image is mirrored to
 * S pixels, edge pixels included.
 *
 * <p>All is slicing and products, so gradients reach the image, and any size from 1x1 works without
 * being known when the graph is built.
 *
 * @param rows most windows from top to bottom, 0 for none at all
 * @param columns most windows from left to right, 0 for none at all
 * @param whole whether the whole image is one more view
 * @param spectrum whether the encoder is shown {@linkplain BlockSpectrum spectra} of the views in
 *     place of their standardised pixels
 */
public record Views(int rows, int columns, boolean whole, boolean spectrum) {
  private static final int MOST = 64;
  private static final Set<String> KEYS = Set.of("rows", "columns", "whole", "spectrum");

  /**
   * Checks that there is something to see.
   *
   * @throws PresetException naming the key, its value and what is allowed
   */
  public Views {
    checked("rows", rows);
    checked("columns", columns);
    if ((rows == 0) != (columns == 0)) {
      throw new PresetException(
          "views.rows is " + rows + " and views.columns " + columns + ": both or none must be 0");
    }
    if (rows == 0 && !whole) {
      throw new PresetException("views has neither windows nor the whole image: choose one");
    }
  }

  private static void checked(String key, int value) {
    if (value < 0 || value > MOST) {
      throw new PresetException(
          "views." + key + " is " + value + ": it must be an integer from 0 to " + MOST);
    }
  }

  /** Pixels. */
  public Views(int rows, int columns, boolean whole) {
    this(rows, columns, whole, false);
  }

  /** The whole image alone, as CLIP sees it. */
  public static Views wholeImage() {
    return new Views(0, 0, true);
  }

  /** Windows alone. */
  public static Views windows(int rows, int columns) {
    return new Views(rows, columns, false);
  }

  /** This with spectra in place of pixels, or not. */
  public Views withSpectrum(boolean value) {
    return new Views(rows, columns, whole, value);
  }

  /**
   * What the encoder is shown of views.
   *
   * @param cut {@code (views, S, S, 3)}, RGB in 0..1
   * @return the same shape
   */
  public Operand<TFloat32> prepared(Ops tf, Operand<TFloat32> cut, ClipImageEncoder encoder) {
    return spectrum
        ? BlockSpectrum.of(tf, cut, encoder.config().imageSize(), encoder.config().patch())
        : encoder.standardize(cut);
  }

  /** Whether there are windows. */
  public boolean hasWindows() {
    return rows > 0;
  }

  /**
   * All views of all images.
   *
   * @param images {@code (batch, height, width, 3)} of any size
   * @param size S, side of a view in pixels
   * @return {@code (batch * views, S, S, 3)}, the views of an image one after the other
   */
  Operand<TFloat32> of(Ops tf, Operand<TFloat32> images, int size) {
    if (!hasWindows()) {
      return resized(tf, images, size);
    }
    Operand<TInt32> down = starts(tf, side(tf, images, 1), rows, size);
    Operand<TInt32> across = starts(tf, side(tf, images, 2), columns, size);
    Operand<TFloat32> strips =
        tf.gather(images, pixels(tf, down, side(tf, images, 1), size), tf.constant(1));
    Operand<TFloat32> mosaic =
        tf.gather(strips, pixels(tf, across, side(tf, images, 2), size), tf.constant(2));
    // (batch, rows * S, columns * S, 3) -> (batch, rows, S, columns, S, 3) -> windows in order.
    Operand<TInt32> any = tf.array(-1);
    Operand<TInt32> s = tf.array(size);
    Operand<TInt32> split =
        tf.concat(
            List.of(any, count(tf, down), s, count(tf, across), s, tf.array(3)), tf.constant(0));
    Operand<TFloat32> apart =
        tf.linalg.transpose(tf.reshape(mosaic, split), tf.array(0, 1, 3, 2, 4, 5));
    if (!whole) {
      return tf.reshape(apart, tf.array(-1, size, size, 3));
    }
    Operand<TInt32> together = tf.math.mul(count(tf, down), count(tf, across));
    Operand<TFloat32> windows =
        tf.reshape(
            apart, tf.concat(List.of(any, together, tf.array(size, size, 3)), tf.constant(0)));
    Operand<TFloat32> one = tf.expandDims(resized(tf, images, size), tf.constant(1));
    return tf.reshape(
        tf.concat(List.of(windows, one), tf.constant(1)), tf.array(-1, size, size, 3));
  }

  /**
   * Means over the views of each image.
   *
   * @param ofViews {@code (batch * views, width)}
   * @param images the images of the views
   * @return {@code (batch, width)}
   */
  Operand<TFloat32> mean(Ops tf, Operand<TFloat32> ofViews, Operand<TFloat32> images, int width) {
    if (!hasWindows()) {
      return ofViews;
    }
    Operand<TInt32> batch = tf.slice(tf.shape(images), tf.array(0), tf.array(1));
    Operand<TInt32> shape =
        tf.stopGradient(tf.concat(List.of(batch, tf.array(-1, width)), tf.constant(0)));
    return tf.math.mean(tf.reshape(ofViews, shape), tf.array(1));
  }

  private static Operand<TFloat32> resized(Ops tf, Operand<TFloat32> images, int size) {
    Operand<TFloat32> square = Resize.apply(tf, images, size, size, Interpolation.BILINEAR);
    return tf.reshape(square, tf.array(-1, size, size, 3));
  }

  /** A side of the images, {@code (1)}. */
  private static Operand<TInt32> side(Ops tf, Operand<TFloat32> images, int axis) {
    return tf.slice(tf.shape(images), tf.array(axis), tf.array(1));
  }

  private static Operand<TInt32> count(Ops tf, Operand<TInt32> starts) {
    return tf.shape(starts);
  }

  /** First pixels of the windows along a side, {@code (count)}. */
  private static Operand<TInt32> starts(Ops tf, Operand<TInt32> side, int most, int size) {
    Operand<TInt32> wanted =
        tf.math.floorDiv(tf.math.add(side, tf.array(size - 1)), tf.array(size));
    Operand<TInt32> count = tf.math.minimum(wanted, tf.array(most));
    Operand<TInt32> room = tf.math.maximum(tf.math.sub(side, tf.array(size)), tf.array(0));
    Operand<TInt32> gaps = tf.math.maximum(tf.math.sub(count, tf.array(1)), tf.array(1));
    Operand<TInt32> steps =
        tf.range(tf.constant(0), tf.reshape(count, tf.constant(new int[0])), tf.constant(1));
    Operand<TInt32> spread = tf.math.floorDiv(tf.math.mul(steps, room), gaps);
    // One window alone: the middle.
    Operand<TInt32> alone = tf.math.maximum(tf.math.sub(tf.array(2), count), tf.array(0));
    Operand<TInt32> middle = tf.math.mul(alone, tf.math.floorDiv(room, tf.array(2)));
    return tf.math.add(spread, middle);
  }

  /** The pixels of all windows along a side, {@code (count * S)}, mirrored where there are none. */
  private static Operand<TInt32> pixels(
      Ops tf, Operand<TInt32> starts, Operand<TInt32> side, int size) {
    int[] offsets = new int[size];
    for (int i = 0; i < size; i++) {
      offsets[i] = i;
    }
    Operand<TInt32> all =
        tf.reshape(
            tf.math.add(tf.expandDims(starts, tf.constant(1)), tf.constant(offsets)), tf.array(-1));
    Operand<TInt32> twice = tf.math.add(side, side);
    Operand<TInt32> folded = tf.math.floorMod(all, twice);
    Operand<TInt32> back = tf.math.sub(tf.math.sub(twice, tf.array(1)), folded);
    return tf.stopGradient(tf.math.minimum(folded, back));
  }

  /** As JSON; {@link #fromJson} of it equals this. */
  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("rows", rows)
        .put("columns", columns)
        .put("whole", whole)
        .put("spectrum", spectrum);
  }

  /**
   * Checks views and makes them from JSON; every key must be there, and no other.
   *
   * @throws PresetException naming the key, its value and what is allowed
   */
  public static Views fromJson(JsonNode json) {
    if (!json.isObject()) {
      throw new PresetException("views must be a JSON object, got " + json.getNodeType());
    }
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!KEYS.contains(field.getKey())) {
        throw new PresetException(
            "views."
                + field.getKey()
                + " is not a known key; known are columns, rows, spectrum, whole");
      }
    }
    return new Views(
        integer(json, "rows"),
        integer(json, "columns"),
        flag(json, "whole"),
        flag(json, "spectrum"));
  }

  private static boolean flag(JsonNode json, String key) {
    if (!json.path(key).isBoolean()) {
      throw new PresetException(
          "views." + key + " is " + json.path(key) + ": it must be true or false");
    }
    return json.path(key).booleanValue();
  }

  private static int integer(JsonNode json, String key) {
    JsonNode node = json.path(key);
    if (!node.isInt()) {
      throw new PresetException("views." + key + " is " + node + ": it must be an integer");
    }
    return node.intValue();
  }
}
