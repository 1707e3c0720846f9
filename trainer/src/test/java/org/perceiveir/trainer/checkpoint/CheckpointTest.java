package org.perceiveir.trainer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensorsWriter;

final class CheckpointTest {
  @TempDir Path folder;

  private static Map<String, FloatTensor> tensor(float value) {
    return Map.of("p.weight", new FloatTensor(new long[] {1}, new float[] {value}));
  }

  private static ObjectNode identity() {
    return JsonNodeFactory.instance.objectNode().put("seed", 5L).put("learningRate", 1e-3);
  }

  private static Checkpoint checkpoint(int step) {
    return new Checkpoint(
        step,
        1234,
        identity(),
        JsonNodeFactory.instance.objectNode().put("book", 7),
        tensor(1),
        tensor(2),
        tensor(Float.MIN_VALUE),
        tensor(4));
  }

  @Test
  void shouldReadBackWhatWasWrittenLast() throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    checkpoint(1).write(file);
    checkpoint(2).write(file);
    Checkpoint read = Checkpoint.read(file);
    assertThat(read.step()).isEqualTo(2);
    assertThat(read.millis()).isEqualTo(1234);
    assertThat(read.weights()).isEqualTo(tensor(1));
    assertThat(read.firstMoments()).isEqualTo(tensor(2));
    assertThat(read.secondMoments()).isEqualTo(tensor(Float.MIN_VALUE));
    assertThat(read.average()).isEqualTo(tensor(4));
    assertThat(read.state().path("book").intValue()).isEqualTo(7);
    read.requireIdentity(identity());
  }

  @Test
  void shouldNameEverySettingThatDiffers() {
    ObjectNode other = identity().put("seed", 6L).put("batch", 8);
    assertThatThrownBy(() -> checkpoint(3).requireIdentity(other))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("seed was 5, now 6")
        .hasMessageContaining("batch")
        .hasMessageContaining("step 3");
  }

  @Test
  void shouldRefuseAFileThatIsDamagedOrSomethingElse() throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    checkpoint(1).write(file);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("damaged");
    SafeTensorsWriter.write(file, tensor(1), Map.of());
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("not a checkpoint");
  }
}
