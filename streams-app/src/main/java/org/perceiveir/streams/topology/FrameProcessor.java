package org.perceiveir.streams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.RestorationOperation;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.StageTimings;
import org.perceiveir.schemas.serde.RegistryRefusedException;
import org.perceiveir.schemas.serde.RegistryUnavailableException;
import org.perceiveir.streams.batch.BatcherClosedException;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.batch.Restoration;
import org.perceiveir.streams.batch.RestorationFailedException;
import org.perceiveir.streams.config.OutputEncoding;
import org.perceiveir.streams.config.RestoreErrorPolicy;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.topology.Outcome.DeadLettered;
import org.perceiveir.streams.topology.Outcome.PassedThrough;
import org.perceiveir.streams.topology.Outcome.Restored;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides the outcome of each input record and writes it with its telemetry.
 *
 * <p><u>All or nothing.</u> The outcome and the telemetry are complete, serialized and measured
 * before the first record is forwarded, and both are forwarded before {@link #process} returns.
 * Together with exactly-once transactions every input record has exactly one telemetry record.
 *
 * <p><u>What escapes.</u> Whatever says nothing about the record: no registry, a closed batcher, an
 * {@link Error}. The thread then ends, its transaction aborts, and the record is read again.
 * Anything else that is thrown is the record's own fault and dead-letters it, since it would be
 * thrown again for ever.
 */
final class FrameProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  static final String RESTORED_SINK = "restored";
  static final String TELEMETRY_SINK = "telemetry";
  static final String DEAD_LETTER_SINK = "dead-letter";

  private static final Logger log = LoggerFactory.getLogger(FrameProcessor.class);

  private final ServiceConfig config;
  private final Collaborators with;
  private final FrameReader reader;
  private final DeadLetters deadLetters;
  private @Nullable ProcessorContext<byte[], byte[]> context;
  private MicroBatcher.@Nullable Membership membership;

  FrameProcessor(ServiceConfig config, Collaborators with) {
    this.config = config;
    this.with = with;
    this.reader = new FrameReader(config, with.serdes().frames(), with.maxFramePixels());
    this.deadLetters = new DeadLetters(config.outputRecordMaxBytes());
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    membership = with.batcher().join();
  }

  @Override
  public void close() {
    if (membership != null) {
      membership.close();
      membership = null;
    }
  }

  @Override
  public void process(Record<byte[], byte[]> input) {
    ProcessorContext<byte[], byte[]> current = context;
    if (current == null) {
      throw new IllegalStateException("process before init");
    }
    RecordMetadata from =
        current
            .recordMetadata()
            .orElseThrow(() -> new IllegalStateException("a record without topic and offset"));
    Attempt attempt = new Attempt(input);
    Outcome outcome = attempt.decide();
    Instant now = with.clock().instant();
    byte[] telemetry =
        with.serdes()
            .telemetry()
            .serialize(config.telemetryTopic(), attempt.telemetry(from, outcome, now));

    if (outcome instanceof Restored restored) {
      current.forward(attempt.record(restored.result()), RESTORED_SINK);
    } else if (outcome instanceof PassedThrough passed) {
      current.forward(attempt.record(passed.result()), RESTORED_SINK);
    } else if (outcome instanceof DeadLettered dead) {
      current.forward(deadLetters.of(input, from, dead.cause()), DEAD_LETTER_SINK);
      logDeadLetter(from, dead.cause());
    }
    current.forward(
        new Record<>(attempt.key(), telemetry, now.toEpochMilli(), new RecordHeaders()),
        TELEMETRY_SINK);
    with.meters().count(outcome.telemetry());
  }

  /** Loud at first, quiet after: a bad camera must not flood the log. */
  private void logDeadLetter(RecordMetadata from, PoisonException cause) {
    long count = with.meters().countReason(cause.reason().name());
    if (isPowerOfTen(count)) {
      log.warn(
          "dead letter from {}-{} offset {}: {}: {} ({} so far for this reason)",
          from.topic(),
          from.partition(),
          from.offset(),
          cause.reason(),
          cause.getMessage(),
          count);
    }
  }

  private static boolean isPowerOfTen(long count) {
    long rest = count;
    while (rest >= 10 && rest % 10 == 0) {
      rest /= 10;
    }
    return rest == 1;
  }

  /** One record on its way through the stages, with what is known of it so far. */
  private final class Attempt {
    private final Record<byte[], byte[]> input;
    private @Nullable FrameIdentity identity;
    private @Nullable Restoration restoration;
    private @Nullable Long decodeMicros;
    private @Nullable Long encodeMicros;
    private boolean reachedModel;

    Attempt(Record<byte[], byte[]> input) {
      this.input = input;
    }

    Outcome decide() {
      try {
        Frame frame = reader.read(input.value());
        FrameReader.checkIdentity(frame.getIdentity());
        identity = frame.getIdentity();
        byte[] payload = FrameReader.payload(frame);
        long start = System.nanoTime();
        RgbImage degraded = reader.decode(frame, payload);
        decodeMicros = microsSince(start);
        return restore(frame, payload, degraded);
      } catch (PoisonException e) {
        return new DeadLettered(e);
      } catch (RegistryUnavailableException
          | RegistryRefusedException
          | BatcherClosedException
          | InterruptException e) {
        throw e;
      } catch (RuntimeException e) {
        return new DeadLettered(
            new PoisonException(
                DeadLetterReason.INTERNAL_ERROR, "the service failed on the record: " + e, e));
      }
    }

    private Outcome restore(Frame frame, byte[] payload, RgbImage degraded) throws PoisonException {
      try {
        reachedModel = true;
        Restoration done = with.batcher().restore(degraded);
        restoration = done;
        with.meters().countPass(done.queueNanos(), done.inferNanos(), done.batchSize());
        ImageFormat format = outputFormat(frame.getEncoding());
        long start = System.nanoTime();
        byte[] image = ImageEncoder.encode(done.image(), format);
        encodeMicros = microsSince(start);
        return new Restored(
            result(
                frame, RestorationOperation.RESTORED, FrameEncoding.valueOf(format.name()), image));
      } catch (RestorationFailedException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return failed(
            frame,
            payload,
            new PoisonException(DeadLetterReason.RESTORE_FAILED, e.getMessage() + "", cause));
      } catch (PoisonException e) {
        return failed(frame, payload, e);
      }
    }

    private Outcome failed(Frame frame, byte[] payload, PoisonException cause)
        throws PoisonException {
      if (config.onRestoreError() == RestoreErrorPolicy.DEAD_LETTER) {
        throw cause;
      }
      return new PassedThrough(
          result(frame, RestorationOperation.PASSED_THROUGH, frame.getEncoding(), payload), cause);
    }

    private Outcome.Result result(
        Frame frame, RestorationOperation operation, FrameEncoding encoding, byte[] image)
        throws PoisonException {
      boolean restored = operation == RestorationOperation.RESTORED;
      RestoredFrame written = new RestoredFrame();
      written.setIdentity(frame.getIdentity());
      written.setWidth(frame.getWidth());
      written.setHeight(frame.getHeight());
      written.setEncoding(encoding);
      written.setImage(ByteBuffer.wrap(image));
      written.setOperation(operation);
      written.setBundleName(restored ? with.batcher().restorer().bundleName() : null);
      written.setBundleVersion(restored ? with.batcher().restorer().bundleVersion() : null);
      written.setDevice(restored ? with.batcher().restorer().device() : null);
      written.setTimings(timings());
      written.setAttributes(frame.getAttributes());
      byte[] value = with.serdes().restored().serialize(config.restoredTopic(), written);
      int size = RecordSize.of(key(), value, input.headers());
      if (size > config.outputRecordMaxBytes()) {
        throw new PoisonException(
            DeadLetterReason.OUTPUT_TOO_LARGE,
            "the result takes a record of "
                + size
                + " bytes, above the limit of "
                + config.outputRecordMaxBytes()
                + " that follows from "
                + ServiceConfig.FRAME_MAX_BYTES
                + "; raise it, or set "
                + ServiceConfig.OUTPUT_ENCODING
                + "=jpeg");
      }
      return new Outcome.Result(value, image.length);
    }

    private ImageFormat outputFormat(FrameEncoding input) {
      OutputEncoding wanted = config.outputEncoding();
      return switch (wanted) {
        case SAME -> FrameReader.format(input);
        case PNG -> ImageFormat.PNG;
        case JPEG -> ImageFormat.JPEG;
        case RGB8 -> ImageFormat.RGB8;
      };
    }

    /** The source of the frame; the record's own key where no frame was read. */
    byte[] key() {
      if (identity != null) {
        return identity.getSourceId().getBytes(UTF_8);
      }
      byte[] key = DeadLetters.keyOrUnknown(input.key());
      return key.length <= 1024 ? key : DeadLetters.UNKNOWN_KEY.getBytes(UTF_8);
    }

    Record<byte[], byte[]> record(Outcome.Result result) {
      return new Record<>(key(), result.value(), input.timestamp(), input.headers());
    }

    FrameTelemetry telemetry(RecordMetadata from, Outcome outcome, Instant now) {
      FrameTelemetry telemetry = new FrameTelemetry();
      telemetry.setIdentity(identity);
      telemetry.setInputTopic(from.topic());
      telemetry.setInputPartition(from.partition());
      telemetry.setInputOffset(from.offset());
      telemetry.setOutcome(outcome.telemetry());
      telemetry.setReason(outcome.reason());
      if (reachedModel) {
        telemetry.setBundleName(with.batcher().restorer().bundleName());
        telemetry.setBundleVersion(with.batcher().restorer().bundleVersion());
        telemetry.setDevice(with.batcher().restorer().device());
      }
      telemetry.setTimings(timings());
      byte[] value = input.value();
      telemetry.setBytesIn(value == null ? 0 : value.length);
      telemetry.setBytesOut(bytesOut(outcome));
      telemetry.setBatchSize(restoration == null ? null : restoration.batchSize());
      telemetry.setProcessedTimeMicros(ChronoUnit.MICROS.between(Instant.EPOCH, now));
      return telemetry;
    }

    private long bytesOut(Outcome outcome) {
      if (outcome instanceof Restored restored) {
        return restored.result().imageBytes();
      }
      return outcome instanceof PassedThrough passed ? passed.result().imageBytes() : 0;
    }

    private StageTimings timings() {
      Optional<Restoration> done = Optional.ofNullable(restoration);
      return new StageTimings(
          done.map(r -> r.queueNanos() / 1000).orElse(null),
          decodeMicros,
          done.map(r -> r.inferNanos() / 1000).orElse(null),
          encodeMicros);
    }

    private static long microsSince(long start) {
      return (System.nanoTime() - start) / 1000;
    }
  }
}
