package org.perceiveir.trainer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.safetensors.FloatTensor;
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
 * @param state whatever else the next step depends on, a JSON object
 * @param weights parameters by name
 * @param firstMoments Adam's m by parameter name
 * @param secondMoments Adam's v by parameter name
 * @param average averaged weights by parameter name
 */
public record Checkpoint(
    int step,
    long millis,
    JsonNode identity,
    JsonNode state,
    Map<String, FloatTensor> weights,
    Map<String, FloatTensor> firstMoments,
    Map<String, FloatTensor> secondMoments,
    Map<String, FloatTensor> average) {
  static final int FORMAT = 1;
  static final String METADATA_KEY = "training";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Writes the file, replacing an older one in one step.
   *
   * @throws IOException if the disk refuses
   */
  public void write(Path file) throws IOException {
    write(
        file,
        step,
        millis,
        identity,
        state,
        List.of(
            new Group("weight/", shapes(weights), () -> weights),
            new Group("m/", shapes(firstMoments), () -> firstMoments),
            new Group("v/", shapes(secondMoments), () -> secondMoments),
            new Group("average/", shapes(average), () -> average)));
  }

  /**
   * Tensors of one kind that are fetched when they are written.
   *
   * @param prefix {@code weight/}, {@code m/}, {@code v/} or {@code average/}
   * @param shapes in PyTorch layout by parameter name
   * @param tensors gives all of them
   */
  public record Group(
      String prefix, Map<String, long[]> shapes, Supplier<Map<String, FloatTensor>> tensors) {}

  /**
   * Writes a file as {@link #write(Path)} does, holding one group of tensors at a time.
   *
   * @throws IOException if the disk refuses
   */
  public static void write(
      Path file, int step, long millis, JsonNode identity, JsonNode state, List<Group> groups)
      throws IOException {
    ObjectNode training = JSON.createObjectNode();
    training.put("format", FORMAT).put("step", step).put("millis", millis);
    training.set("identity", identity);
    training.set("state", state);
    SortedMap<String, long[]> shapes = new TreeMap<>();
    groups.forEach(g -> g.shapes.forEach((name, shape) -> shapes.put(g.prefix + name, shape)));
    SafeTensorsWriter.write(
        file,
        shapes,
        new OneGroup(groups),
        Map.of(METADATA_KEY, JSON.writeValueAsString(training)));
  }

  private static Map<String, long[]> shapes(Map<String, FloatTensor> tensors) {
    Map<String, long[]> shapes = new TreeMap<>();
    tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  /**
   * Tensors by name with prefix; the group of the last name is held. In order, each is one fetch.
   */
  private static final class OneGroup implements Function<String, FloatTensor> {
    private final List<Group> groups;
    private @Nullable Group held;
    private Map<String, FloatTensor> tensors = Map.of();

    OneGroup(List<Group> groups) {
      this.groups = groups;
    }

    @Override
    public FloatTensor apply(String name) {
      Group group =
          groups.stream().filter(g -> name.startsWith(g.prefix)).findFirst().orElseThrow();
      if (!group.equals(held)) {
        tensors = Map.of();
        tensors = group.tensors.get();
        held = group;
      }
      FloatTensor tensor = tensors.get(name.substring(group.prefix.length()));
      if (tensor == null) {
        throw new IllegalStateException("there is no " + name + " to write");
      }
      return tensor;
    }
  }

  /**
   * Reads a whole file; {@link CheckpointFile} reads it group by group.
   *
   * @throws CheckpointException if it is missing or is no checkpoint
   * @throws IOException if the disk fails
   */
  public static Checkpoint read(Path file) throws IOException {
    try (CheckpointFile open = CheckpointFile.open(file)) {
      return new Checkpoint(
          open.step(),
          open.millis(),
          open.identity(),
          open.state(),
          open.weights(),
          open.firstMoments(),
          open.secondMoments(),
          open.average());
    }
  }

  /**
   * Checks that a configuration is the one this checkpoint was made with.
   *
   * @throws CheckpointException naming each key that differs, with both values
   */
  public void requireIdentity(JsonNode wanted) throws CheckpointException {
    requireIdentity(step, identity, wanted);
  }

  static void requireIdentity(int step, JsonNode identity, JsonNode wanted)
      throws CheckpointException {
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
