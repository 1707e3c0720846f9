package org.perceiveir.streams.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestorationOperation;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.FrameSize;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topology.FrameSerdes;

/**
 * How not to batch: a processor puts frames into a buffer on the heap and a timer restores what is
 * in it. Kafka Streams commits an input offset as soon as {@code process} has returned, so what
 * waits in the buffer is lost whenever its partition moves or its process ends, exactly-once or
 * not. It exists for the checker to find that out.
 */
final class NaiveBufferService implements AutoCloseable {
  private static final Duration LINGER = Duration.ofMillis(200);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);

  private final KafkaStreams streams;

  NaiveBufferService(ServiceConfig config, Restorer restorer) {
    FrameSerdes serdes = FrameSerdes.confluent(config.serdeSettings());
    ByteArrayDeserializer reads = new ByteArrayDeserializer();
    ByteArraySerializer writes = new ByteArraySerializer();
    Topology topology =
        new Topology()
            .addSource(
                AutoOffsetReset.earliest(), "frames", null, reads, reads, config.inputTopic())
            .addProcessor("buffer", () -> new Buffer(config, serdes, restorer), "frames")
            .addSink("restored", config.restoredTopic(), writes, writes, "buffer")
            .addSink("telemetry", config.telemetryTopic(), writes, writes, "buffer");
    Properties settings = new Properties();
    settings.putAll(ClientSettings.streams(config, Map.of("commit.interval.ms", 100L)));
    streams = new KafkaStreams(topology, settings);
  }

  void start() {
    streams.start();
  }

  @Override
  public void close() {
    streams.close(
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
            .withTimeout(CLOSE_TIMEOUT));
  }

  private record Waiting(Record<byte[], byte[]> input, RecordMetadata from, Frame frame) {}

  private static final class Buffer implements Processor<byte[], byte[], byte[], byte[]> {
    private final ServiceConfig config;
    private final FrameSerdes serdes;
    private final Restorer restorer;
    private final ImageDecoder decoder =
        new ImageDecoder(new DecodeLimits(4096, 4096, 1 << 24, 1 << 24, 8));
    private final List<Waiting> waiting = new ArrayList<>();
    private @Nullable ProcessorContext<byte[], byte[]> context;

    Buffer(ServiceConfig config, FrameSerdes serdes, Restorer restorer) {
      this.config = config;
      this.serdes = serdes;
      this.restorer = restorer;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> processorContext) {
      context = processorContext;
      processorContext.schedule(LINGER, PunctuationType.WALL_CLOCK_TIME, time -> restore());
    }

    @Override
    public void process(Record<byte[], byte[]> input) {
      ProcessorContext<byte[], byte[]> current = current();
      Frame frame = serdes.frames().deserialize(config.inputTopic(), input.value());
      waiting.add(new Waiting(input, current.recordMetadata().orElseThrow(), frame));
    }

    private void restore() {
      Map<FrameSize, List<RgbImage>> degraded = new LinkedHashMap<>();
      waiting.forEach(
          next ->
              degraded
                  .computeIfAbsent(size(next), size -> new ArrayList<>())
                  .add(decode(next.frame())));
      Map<FrameSize, Iterator<RgbImage>> restored = new HashMap<>();
      degraded.forEach((size, batch) -> restored.put(size, restorer.restore(batch).iterator()));
      for (Waiting next : waiting) {
        forward(next, Objects.requireNonNull(restored.get(size(next))).next());
      }
      waiting.clear();
    }

    private static FrameSize size(Waiting next) {
      return new FrameSize(next.frame().getWidth(), next.frame().getHeight());
    }

    private RgbImage decode(Frame frame) {
      byte[] payload = bytes((ByteBuffer) frame.getPayload());
      try {
        return switch (frame.getEncoding()) {
          case RGB8 -> RgbImage.wrap(frame.getWidth(), frame.getHeight(), payload);
          default -> decoder.decode(payload);
        };
      } catch (ImageFormatException e) {
        throw new IllegalStateException(e);
      }
    }

    private void forward(Waiting next, RgbImage image) {
      ProcessorContext<byte[], byte[]> current = current();
      Frame frame = next.frame();
      byte[] key = frame.getIdentity().getSourceId().getBytes(UTF_8);
      byte[] encoded = ImageEncoder.encode(image, ImageFormat.valueOf(frame.getEncoding().name()));
      RestoredFrame restored = new RestoredFrame();
      restored.setIdentity(frame.getIdentity());
      restored.setWidth(frame.getWidth());
      restored.setHeight(frame.getHeight());
      restored.setEncoding(frame.getEncoding());
      restored.setImage(ByteBuffer.wrap(encoded));
      restored.setOperation(RestorationOperation.RESTORED);
      restored.setTimings(new StageTimings(null, null, null, null));
      restored.setAttributes(frame.getAttributes());
      FrameTelemetry telemetry = new FrameTelemetry();
      telemetry.setIdentity(frame.getIdentity());
      telemetry.setInputTopic(next.from().topic());
      telemetry.setInputPartition(next.from().partition());
      telemetry.setInputOffset(next.from().offset());
      telemetry.setOutcome(FrameOutcome.RESTORED);
      telemetry.setTimings(new StageTimings(null, null, null, null));
      telemetry.setProcessedTimeMicros(1000 * current.currentSystemTimeMs());
      current.forward(
          new Record<>(
              key,
              serdes.restored().serialize(config.restoredTopic(), restored),
              next.input().timestamp()),
          "restored");
      current.forward(
          new Record<>(
              key,
              serdes.telemetry().serialize(config.telemetryTopic(), telemetry),
              current.currentSystemTimeMs()),
          "telemetry");
    }

    private ProcessorContext<byte[], byte[]> current() {
      if (context == null) {
        throw new IllegalStateException("not initialised");
      }
      return context;
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
