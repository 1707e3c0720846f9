package org.perceiveir.streams.deploy;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;

/**
 * Three cameras with thirty small frames a second together. Every fifteenth frame is too old when
 * it is sent, and every twentieth is followed by a record that is no frame.
 */
final class CameraLoad implements AutoCloseable {
  private static final long PAUSE_NANOS = 33_000_000;
  private static final int OLD_MS = 20_000;

  private final ServiceConfig config;
  private final Thread thread = new Thread(this::run, "camera-load");
  private volatile boolean stopped;

  CameraLoad(ServiceConfig config) {
    this.config = config;
  }

  /** Begins to send. */
  void start() {
    thread.start();
  }

  private void run() {
    try (FramePublisher publisher = FramePublisher.open(config);
        KafkaProducer<byte[], byte[]> raw = new KafkaProducer<>(ClientSettings.producer(config))) {
      for (int i = 0; !stopped; i++) {
        byte[] rgb = new byte[3 * 16 * 8];
        Arrays.fill(rgb, (byte) new int[] {20, 120, 230}[i % 3]);
        Instant captured = Instant.now().minusMillis(i % 15 == 7 ? OLD_MS : 0);
        FrameIdentity identity =
            new FrameIdentity(
                "camera-" + i % 3,
                1L,
                (long) i,
                ChronoUnit.MICROS.between(Instant.EPOCH, captured));
        var unused = publisher.publish(identity, RgbImage.wrap(16, 8, rgb), FrameEncoding.PNG);
        if (i % 20 == 0) {
          var unusedToo = raw.send(new ProducerRecord<>(config.inputTopic(), new byte[0]));
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** Stops sending and waits for what is on its way. */
  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
