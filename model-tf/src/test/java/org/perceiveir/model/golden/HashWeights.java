package org.perceiveir.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.perceiveir.model.safetensors.FloatTensor;

/**
 * Weights of full-size public models without their files: every element is a hash of the tensor's
 * name and the element's index, as {@code goldens/README.md} defines.
 */
public final class HashWeights {
  private HashWeights() {}

  /** Uniform numbers in {@code lo..hi}, computed in double and rounded once. */
  public static float[] uniform(String seedName, int count, double lo, double hi) {
    long seed = fnv1a(seedName);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      long z = seed + (i + 1L) * 0x9E3779B97F4A7C15L;
      z ^= z >>> 30;
      z *= 0xBF58476D1CE4E5B9L;
      z ^= z >>> 27;
      z *= 0x94D049BB133111EBL;
      z ^= z >>> 31;
      double u = (z >>> 40) * 0x1p-24;
      values[i] = (float) (lo + (hi - lo) * u);
    }
    return values;
  }

  /** An input of the full-size runs: {@code (u - 0.5) * 4}, u rounded to float first. */
  public static FloatTensor input(String seedName, long... shape) {
    float[] u = uniform(seedName, count(shape), 0, 1);
    for (int i = 0; i < u.length; i++) {
      u[i] = (float) ((u[i] - 0.5) * 4);
    }
    return new FloatTensor(shape, u);
  }

  /**
   * All tensors of a model in {@code fullsize/state_dict_manifests.json}.
   *
   * @param manifest the model's name there, for instance {@code clip_openai}
   * @param prefix what stands before the tensor names in the seeds, for instance {@code clip/}
   */
  public static Map<String, FloatTensor> stateDict(String manifest, String prefix)
      throws IOException {
    return stateDict(manifest, prefix, name -> true);
  }

  /** Those tensors of a model that are wanted; a whole one may not fit into a test's heap. */
  public static Map<String, FloatTensor> stateDict(
      String manifest, String prefix, Predicate<String> wanted) throws IOException {
    JsonNode tensors =
        new ObjectMapper()
            .readTree(Goldens.path("fullsize/state_dict_manifests.json").toFile())
            .path("tensors")
            .path(manifest);
    if (!tensors.isObject()) {
      throw new IOException("no manifest " + manifest);
    }
    Map<String, FloatTensor> weights = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : tensors.properties()) {
      if (!wanted.test(field.getKey())) {
        continue;
      }
      long[] shape = new long[field.getValue().size()];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = field.getValue().get(i).asLong();
      }
      weights.put(field.getKey(), weight(prefix, field.getKey(), shape));
    }
    return weights;
  }

  private static FloatTensor weight(String prefix, String name, long[] shape) {
    double lo;
    double hi;
    if (prefix.equals("vgg16/") || prefix.startsWith("lpips/")) {
      hi = shape.length > 1 ? Math.sqrt(6.0 / fanIn(name, shape)) : 0.1;
      lo = -hi;
    } else if (name.endsWith("temperature")) {
      lo = 0.5;
      hi = 1.5;
    } else if (name.equals("logit_scale")) {
      lo = 2.6;
      hi = 2.7;
    } else if (name.startsWith("token_embedding") || isTable(name)) {
      lo = -0.1;
      hi = 0.1;
    } else if (shape.length > 1) {
      hi = Math.sqrt(3.0 / fanIn(name, shape));
      lo = -hi;
    } else if (name.endsWith("weight")) {
      lo = 0.75;
      hi = 1.25;
    } else {
      lo = -0.1;
      hi = 0.1;
    }
    return new FloatTensor(shape, uniform(prefix + name, count(shape), lo, hi));
  }

  private static boolean isTable(String name) {
    return name.contains("pos_embed")
        || name.contains("positional_embedding")
        || name.contains("cls_token")
        || name.contains("mask_token")
        || name.contains("beta")
        || name.contains("gamma");
  }

  private static long fanIn(String name, long[] shape) {
    if (name.equals("text_projection") || name.equals("visual.proj")) {
      return shape[0];
    }
    long product = 1;
    for (int i = 1; i < shape.length; i++) {
      product *= shape[i];
    }
    return product;
  }

  private static int count(long[] shape) {
    long product = 1;
    for (long side : shape) {
      product *= side;
    }
    return Math.toIntExact(product);
  }

  static long fnv1a(String text) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }
}
