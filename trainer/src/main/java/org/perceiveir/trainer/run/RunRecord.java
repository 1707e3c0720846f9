package org.perceiveir.trainer.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.perceiveir.model.session.Devices;
import org.tensorflow.TensorFlow;

/**
 * {@code run.json}: what was run on what machine, and how it ended.
 *
 * <p>Written at the start, with the outcome {@code running}, and again at the end: a run that was
 * killed stays {@code running}. The runs before, of a training that was resumed, follow under
 * {@code earlierRuns}, the newest first.
 */
final class RunRecord {
  private static final String EARLIER = "earlierRuns";
  private static final int MAX_EARLIER = 100;
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Path file;
  private final ObjectNode record;

  private RunRecord(Path file, ObjectNode record) {
    this.file = file;
    this.record = record;
  }

  /** Writes the record of a run that starts. */
  static RunRecord begin(Path out, ObjectNode facts) throws IOException {
    Path file = out.resolve("run.json");
    ObjectNode record = JSON.createObjectNode();
    record.put("format", 1);
    record.put("outcome", "running");
    record.put("started", now());
    record.setAll(facts);
    ObjectNode machine = record.putObject("machine");
    machine.put("java", Runtime.version().toString());
    machine.put("tensorflow", TensorFlow.version());
    machine.put("device", Devices.usual());
    machine.put(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    machine.put("processors", Runtime.getRuntime().availableProcessors());
    machine.put("maxHeapMiB", Runtime.getRuntime().maxMemory() >> 20);
    ArrayNode earlier = record.putArray(EARLIER);
    if (Files.exists(file)) {
      addEarlier(file, earlier);
    }
    RunRecord made = new RunRecord(file, record);
    made.write();
    return made;
  }

  private static void addEarlier(Path file, ArrayNode to) throws IOException {
    JsonNode before;
    try {
      before = JSON.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      // Somebody else's edit: the record of this run matters more than that of the one before.
      return;
    }
    if (before instanceof ObjectNode there) {
      JsonNode older = there.remove(EARLIER);
      to.add(there);
      if (older != null) {
        for (int i = 0; i < older.size() && to.size() < MAX_EARLIER; i++) {
          to.add(older.get(i));
        }
      }
    }
  }

  /** Writes how it ended. */
  void end(String outcome, int firstStep, int step) throws IOException {
    record.put("outcome", outcome);
    record.put("ended", now());
    record.put("firstStep", firstStep);
    record.put("step", step);
    write();
  }

  private void write() throws IOException {
    Path draft = file.resolveSibling("run.json.new");
    Files.write(draft, JSON.writeValueAsBytes(record));
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
