package org.perceiveir.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.vit.StateDict;

/** Names and shapes of a full-size public state dict; it has no numbers. */
public final class Manifest implements StateDict {
  private final JsonNode tensors;

  private Manifest(JsonNode tensors) {
    this.tensors = tensors;
  }

  /** A model of {@code fullsize/state_dict_manifests.json}, for instance {@code clip_hf}. */
  public static Manifest of(String model) throws IOException {
    JsonNode tensors =
        new ObjectMapper()
            .readTree(Goldens.path("fullsize/state_dict_manifests.json").toFile())
            .path("tensors")
            .path(model);
    if (!tensors.isObject()) {
      throw new IOException("no manifest " + model);
    }
    return new Manifest(tensors);
  }

  @Override
  public Set<String> names() {
    Set<String> names = new TreeSet<>();
    tensors.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Override
  public long[] shape(String name) {
    JsonNode sides = tensors.path(name);
    long[] shape = new long[sides.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = sides.get(i).asLong();
    }
    return shape;
  }

  @Override
  public FloatTensor floats(String name) {
    throw new UnsupportedOperationException("a manifest has no numbers for " + name);
  }
}
