package org.perceiveir.streams.faults;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestorationOperation;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.streams.batch.FakeRestorer;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topology.FrameSerdes;

/** The checker must find what it is there for, or the whole fault matrix is worth nothing. */
class DeliveryCheckerIT {
  /** Each fault once, written by hand: none may pass, and none may be taken for another. */
  @Test
  void shouldCountWhatIsLostDoubledOutOfOrderMixedUpStrangeOrUntold() throws Exception {
    try (FaultCluster cluster = FaultCluster.start();
        FaultRun run = FaultRun.open(cluster, Mode.ASYNC, 2, "topics.partitions", "1")) {
      ServiceConfig config = run.config();
      try (FramePublisher publisher = FramePublisher.open(config)) {
        for (int sequence = 0; sequence < 8; sequence++) {
          Cameras.publish(publisher, 1, 1, sequence).get();
        }
      }
      try (ByHand service = new ByHand(config)) {
        service.restored(0, 0);
        service.restored(1, 1);
        service.restored(1, 1);
        service.restored(3, 3);
        service.restored(2, 2);
        service.restored(4, 5);
        service.restored(99, 99);
        service.restored(7, 7);
        for (int offset : new int[] {0, 1, 2, 3, 4, 4, 6}) {
          service.tell(offset);
        }
        service.commit(8);
      }
      Delivery delivery = run.checker().settle(DeliveryChecker.Mark.START, FaultRun.LONG);

      // Lost are 5 and 6; 6 is told all the same; 5 and 7 are not.
      assertThat(delivery).isEqualTo(new Delivery(8, 6, 0, 0, 2, 1, 1, 1, 1, 2, 1, 1, 0, true));
      run.assertBooksAgree();
    }
  }

  /** Writes without any transaction what a test wants to have been written. */
  private static final class ByHand implements AutoCloseable {
    private final ServiceConfig config;
    private final KafkaProducer<byte[], byte[]> producer;
    private final FrameSerdes serdes;

    ByHand(ServiceConfig config) {
      this.config = config;
      this.producer = new KafkaProducer<>(ClientSettings.producer(config));
      this.serdes = FrameSerdes.confluent(config.serdeSettings());
    }

    /** A restored frame of camera 1 with the pixels of another sequence. */
    void restored(long sequence, long pixelsOf) throws ExecutionException, InterruptedException {
      RgbImage image = FakeRestorer.inverted(Cameras.image(1, 1, pixelsOf));
      RestoredFrame frame = new RestoredFrame();
      frame.setIdentity(new FrameIdentity("camera-1", 1L, sequence, null));
      frame.setWidth(image.width());
      frame.setHeight(image.height());
      frame.setEncoding(FrameEncoding.RGB8);
      frame.setImage(ByteBuffer.wrap(image.rgb()));
      frame.setOperation(RestorationOperation.RESTORED);
      frame.setTimings(new StageTimings(null, null, null, null));
      frame.setAttributes(new HashMap<>());
      send(config.restoredTopic(), serdes.restored().serialize(config.restoredTopic(), frame));
    }

    void tell(long offset) throws ExecutionException, InterruptedException {
      FrameTelemetry telemetry = new FrameTelemetry();
      telemetry.setInputTopic(config.inputTopic());
      telemetry.setInputPartition(0);
      telemetry.setInputOffset(offset);
      telemetry.setOutcome(FrameOutcome.RESTORED);
      telemetry.setTimings(new StageTimings(null, null, null, null));
      telemetry.setProcessedTimeMicros(0L);
      send(
          config.telemetryTopic(),
          serdes.telemetry().serialize(config.telemetryTopic(), telemetry));
    }

    private void send(String topic, byte[] value) throws ExecutionException, InterruptedException {
      RecordMetadata unused =
          producer.send(new ProducerRecord<>(topic, "camera-1".getBytes(UTF_8), value)).get();
    }

    void commit(long offset) throws ExecutionException, InterruptedException {
      try (Admin admin = Admin.create(ClientSettings.admin(config))) {
        admin
            .alterConsumerGroupOffsets(
                config.applicationId(),
                Map.of(new TopicPartition(config.inputTopic(), 0), new OffsetAndMetadata(offset)))
            .all()
            .get();
      }
    }

    @Override
    public void close() {
      producer.close();
    }
  }
}
