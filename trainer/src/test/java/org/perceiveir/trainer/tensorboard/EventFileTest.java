package org.perceiveir.trainer.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.trainer.listener.StepReport;
import org.perceiveir.trainer.listener.TrainingStart;
import org.perceiveir.trainer.listener.ValidationReport;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;

final class EventFileTest {
  @TempDir Path folder;

  /** Reads frames as the format is defined, with a CRC-32C of its own: bit by bit. */
  private static List<Event> read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] length = new byte[8];
      bytes.get(length);
      assertThat(bytes.getInt()).isEqualTo(masked(length));
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      bytes.get(data);
      assertThat(bytes.getInt()).isEqualTo(masked(data));
      events.add(Event.parseFrom(data));
    }
    return events;
  }

  private static int masked(byte[] bytes) {
    int crc = crc32c(bytes);
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  private static int crc32c(byte[] bytes) {
    int crc = -1;
    for (byte b : bytes) {
      crc ^= b & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82f63b78);
      }
    }
    return ~crc;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.sorted().toList();
    }
  }

  private static StepReport report(int step) {
    return new StepReport(
        step, 10, "noise", 16, 4, 0.5f, Map.of("clip", 0.25f), 1e-3, 2f, 1_000, 250, 0);
  }

  private static Map<String, Float> scalars(Event event) {
    Map<String, Float> scalars = new LinkedHashMap<>();
    for (Summary.Value value : event.getSummary().getValueList()) {
      scalars.put(value.getTag(), value.getSimpleValue());
    }
    return scalars;
  }

  @Test
  void shouldKnowTheCheckValueOfCrc32c() {
    assertThat(crc32c("123456789".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
        .isEqualTo(0xe3069283);
  }

  @Test
  void shouldWriteEventsThatTensorBoardReads() throws IOException {
    TensorBoardLog log = new TensorBoardLog(folder);
    log.onStart(new TrainingStart(1, 1, List.of(), List.of("clip"), 0, 10));
    log.onStep(report(1));
    RgbImage sheet = RgbImage.wrap(5, 3, new byte[45]);
    log.onValidation(
        new ValidationReport(
            1, "psnr", 30, true, Map.of("psnr", 30.0, "psnr/haze", 20.0), Optional.of(sheet)));
    log.onEnd(1);

    assertThat(files()).hasSize(1);
    assertThat(files().get(0).getFileName().toString()).startsWith("events.out.tfevents.");
    List<Event> events = read(files().get(0));
    assertThat(events).hasSize(3);
    assertThat(events.get(0).getFileVersion()).isEqualTo("brain.Event:2");
    assertThat(events.get(1).getStep()).isEqualTo(1);
    assertThat(scalars(events.get(1)))
        .containsEntry("loss/total", 0.5f)
        .containsEntry("loss/by-task/noise", 0.5f)
        .containsEntry("loss/clip", 0.25f)
        .containsEntry("optimizer/gradient-norm", 2f)
        .containsEntry("speed/loader-share", 0.25f)
        .containsEntry("speed/images-per-second", 4e6f);
    assertThat(scalars(events.get(2)))
        .containsEntry("validation/psnr", 30f)
        .containsEntry("validation/psnr/haze", 20f);
    Summary.Image image =
        events.get(2).getSummary().getValueList().stream()
            .filter(Summary.Value::hasImage)
            .findFirst()
            .orElseThrow()
            .getImage();
    assertThat(image.getWidth()).isEqualTo(5);
    assertThat(
            new ImageDecoder(DecodeLimits.defaults())
                .decode(image.getEncodedImageString().toByteArray())
                .height())
        .isEqualTo(3);
  }

  /** TensorBoard drops of earlier files what is at or after the step of a START. */
  @Test
  void shouldSayAtWhichStepAResumedTrainingStarts() throws IOException {
    TensorBoardLog killed = new TensorBoardLog(folder);
    killed.onStart(new TrainingStart(1, 1, List.of(), List.of(), 0, 10));
    killed.onStep(report(1));
    killed.onStep(report(2));
    killed.onCheckpoint(2);
    EventFile.create(folder, 2, System.currentTimeMillis() + 5_000).close();
    killed.onEnd(2);

    assertThat(files()).hasSize(2);
    List<Event> resumed = read(files().get(1));
    assertThat(resumed.get(1).getStep()).isEqualTo(2);
    assertThat(resumed.get(1).getSessionLog().getStatus())
        .isEqualTo(SessionLog.SessionStatus.START);
    assertThat(read(files().get(0))).noneMatch(Event::hasSessionLog);
  }
}
