package org.perceiveir.trainer.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.model.safetensors.SafeTensorsWriter;

/**
 * Everything that the next step depends on.
 *
 * <p>The batches need no state, as they follow from seed and step. It is one safetensors file,
 * replaced atomically: {@code weight/NAME}, {@code m/NAME}, {@code v/NAME} and {@code average/NAME}
 * in PyTorch layout, and the step and the configuration as JSON in its metadata. A kill in the
 * middle of writing leaves the checkpoint before.
 *
 * @param step steps done
 * @param millis training time so far, over all runs
 * @param identity the configuration that must not change, a JSON object
 * @param weights parameters by name
 * @param firstMoments Adam's m by parameter name
 * @param secondMoments Adam's v by parameter name
 * @param average averaged weights by parameter name
 */
public record Checkpoint(
    int step,
    long millis,
    JsonNode identity,
    Map<String, FloatTensor> weights,
    Map<String, FloatTensor> firstMoments,
    Map<String, FloatTensor> secondMoments,
    Map<String, FloatTensor> average) {
  private static final int FORMAT = 1;
  private static final String METADATA_KEY = "training";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Writes the file, replacing an older one in one step.
   *
   * @throws IOException if the disk refuses
   */
  public void write(Path file) throws IOException {
    Map<String, FloatTensor> tensors = new TreeMap<>();
    weights.forEach((name, tensor) -> tensors.put("weight/" + name, tensor));
    firstMoments.forEach((name, tensor) -> tensors.put("m/" + name, tensor));
    secondMoments.forEach((name, tensor) -> tensors.put("v/" + name, tensor));
    average.forEach((name, tensor) -> tensors.put("average/" + name, tensor));
    ObjectNode training = JSON.createObjectNode();
    training.put("format", FORMAT).put("step", step).put("millis", millis);
    training.set("identity", identity);
    SafeTensorsWriter.write(file, tensors, Map.of(METADATA_KEY, JSON.writeValueAsString(training)));
  }

  /**
   * Reads a file.
   *
   * @throws CheckpointException if it is missing or is no checkpoint
   * @throws IOException if the disk fails
   */
  public static Checkpoint read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new CheckpointException(
          "there is no checkpoint " + file + " to resume from: start without --resume");
    }
    try {
      SafeTensors tensors = SafeTensors.read(file);
      JsonNode training = JSON.readTree(tensors.metadata().getOrDefault(METADATA_KEY, "{}"));
      if (training.path("format").asInt() != FORMAT
          || !training.path("step").isInt()
          || !training.path("identity").isObject()) {
        throw new CheckpointException(file + " is not a checkpoint of format " + FORMAT);
      }
      return new Checkpoint(
          training.path("step").intValue(),
          training.path("millis").longValue(),
          training.path("identity"),
          group(tensors, "weight/"),
          group(tensors, "m/"),
          group(tensors, "v/"),
          group(tensors, "average/"));
    } catch (SafeTensorsException | JsonProcessingException e) {
      throw new CheckpointException(file + " is damaged: " + e.getMessage(), e);
    }
  }

  private static Map<String, FloatTensor> group(SafeTensors tensors, String prefix) {
    Map<String, FloatTensor> group = new LinkedHashMap<>();
    for (String name : tensors.names()) {
      if (name.startsWith(prefix)) {
        group.put(name.substring(prefix.length()), tensors.floats(name));
      }
    }
    return group;
  }

  /**
   * Checks that a configuration is the one this checkpoint was made with.
   *
   * @throws CheckpointException naming each key that differs, with both values
   */
  public void requireIdentity(JsonNode wanted) throws CheckpointException {
    StringBuilder differences = new StringBuilder();
    TreeSet<String> keys = new TreeSet<>();
    identity.fieldNames().forEachRemaining(keys::add);
    wanted.fieldNames().forEachRemaining(keys::add);
    for (String key : keys) {
      // Compared as text: a number read back may be of another Java type.
      String was = identity.path(key).toString();
      String now = wanted.path(key).toString();
      if (!was.equals(now)) {
        differences.append(differences.isEmpty() ? "" : "; ");
        differences.append(key).append(" was ").append(was).append(", now ").append(now);
      }
    }
    if (!differences.isEmpty()) {
      throw new CheckpointException(
          "the checkpoint at step "
              + step
              + " belongs to another training: "
              + differences
              + "; resume with the same settings or start in another folder");
    }
  }
}
