package org.perceiveir.trainer.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsException;
import org.perceiveir.model.safetensors.SafeTensorsFile;

/**
 * An open checkpoint of which each group of tensors is read when it is asked for: a training that
 * resumes needs the heap for one group, a fourth of the file.
 */
public final class CheckpointFile implements Closeable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path path;
  private final SafeTensorsFile tensors;
  private final JsonNode training;

  private CheckpointFile(Path path, SafeTensorsFile tensors, JsonNode training) {
    this.path = path;
    this.tensors = tensors;
    this.training = training;
  }

  /**
   * Opens a file.
   *
   * @throws CheckpointException if it is missing or is no checkpoint
   * @throws IOException if the disk fails
   */
  public static CheckpointFile open(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new CheckpointException(
          "there is no checkpoint " + path + " to resume from: start without --resume");
    }
    SafeTensorsFile tensors;
    try {
      tensors = SafeTensorsFile.open(path);
    } catch (SafeTensorsException e) {
      throw damaged(path, e);
    }
    try {
      return new CheckpointFile(path, tensors, training(path, tensors));
    } catch (IOException e) {
      tensors.close();
      throw e;
    }
  }

  private static JsonNode training(Path path, SafeTensorsFile tensors) throws CheckpointException {
    JsonNode training;
    try {
      training = JSON.readTree(tensors.metadata().getOrDefault(Checkpoint.METADATA_KEY, "{}"));
    } catch (JsonProcessingException e) {
      throw damaged(path, e);
    }
    if (training.path("format").asInt() != Checkpoint.FORMAT
        || !training.path("step").isInt()
        || !training.path("identity").isObject()) {
      throw new CheckpointException(path + " is not a checkpoint of format " + Checkpoint.FORMAT);
    }
    return training;
  }

  private static CheckpointException damaged(Path path, Exception e) {
    return new CheckpointException(path + " is damaged: " + e.getMessage(), e);
  }

  /** Steps done. */
  public int step() {
    return training.path("step").intValue();
  }

  /** Training time so far, over all runs. */
  public long millis() {
    return training.path("millis").longValue();
  }

  JsonNode identity() {
    return training.path("identity");
  }

  /** What the next step depends on beside tensors; empty where the file has none. */
  public ObjectNode state() {
    return training.path("state") instanceof ObjectNode there
        ? there.deepCopy()
        : JsonNodeFactory.instance.objectNode();
  }

  /**
   * Checks that a configuration is the one this checkpoint was made with.
   *
   * @throws CheckpointException naming each key that differs, with both values
   */
  public void requireIdentity(JsonNode wanted) throws CheckpointException {
    Checkpoint.requireIdentity(step(), identity(), wanted);
  }

  /** Reads the parameters by name. */
  public Map<String, FloatTensor> weights() throws IOException {
    return group("weight/");
  }

  /** Reads Adam's m by parameter name. */
  public Map<String, FloatTensor> firstMoments() throws IOException {
    return group("m/");
  }

  /** Reads Adam's v by parameter name. */
  public Map<String, FloatTensor> secondMoments() throws IOException {
    return group("v/");
  }

  /** Reads the averaged weights by parameter name. */
  public Map<String, FloatTensor> average() throws IOException {
    return group("average/");
  }

  private Map<String, FloatTensor> group(String prefix) throws IOException {
    Map<String, FloatTensor> group = new LinkedHashMap<>();
    try {
      for (String name : tensors.names()) {
        if (name.startsWith(prefix)) {
          group.put(name.substring(prefix.length()), tensors.floats(name));
        }
      }
    } catch (SafeTensorsException e) {
      throw damaged(path, e);
    }
    return group;
  }

  @Override
  public void close() throws IOException {
    tensors.close();
  }
}
