package org.perceiveir.streams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.schemas.avro.AgeOrigin;
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
import org.perceiveir.streams.batch.Expired;
import org.perceiveir.streams.batch.FrameRequest;
import org.perceiveir.streams.batch.MicroBatcher;
import org.perceiveir.streams.batch.PassFailure;
import org.perceiveir.streams.batch.PassOutcome;
import org.perceiveir.streams.batch.Restoration;
import org.perceiveir.streams.batch.Ticket;
import org.perceiveir.streams.config.OutputEncoding;
import org.perceiveir.streams.config.RestoreErrorPolicy;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.config.ShedPolicy;
import org.perceiveir.streams.header.FrameHeaders;
import org.perceiveir.streams.pass.ModelIdentity;
import org.perceiveir.streams.pass.RouteDecision;
import org.perceiveir.streams.payload.PayloadsUnavailableException;
import org.perceiveir.streams.topology.Outcome.DeadLettered;
import org.perceiveir.streams.topology.Outcome.PassedThrough;
import org.perceiveir.streams.topology.Outcome.Restored;
import org.perceiveir.streams.topology.Outcome.Shed;
import org.perceiveir.streams.trace.FrameSpan;

/**
 * One input record on its way to its outcome. Used by one thread.
 *
 * <pre>
 *   begin:   read - identity - age ------ payload - decode - hand in to the batcher
 *              |       |        |                     |            |
 *   finish:  dead-lettered     shed               dead-lettered   restored, passed through,
 *                                                                 shed or dead-lettered
 * </pre>
 *
 * <p><u>All or nothing.</u> The outcome and its telemetry are complete, serialized and measured
 * before the first record is forwarded. Together with exactly-once transactions every input record
 * has exactly one telemetry record.
 *
 * <p><u>What escapes.</u> Whatever says nothing about the record: no registry, a closed batcher, a
 * full disk of the output, an {@link Error}. The thread then ends, its transaction aborts, and the
 * record is read again. Anything else that is thrown is the record's own fault and dead-letters it,
 * since it would be thrown again for ever.
 */
final class FrameAttempt {
  private final FrameSteps steps;
  private final Record<byte[], byte[]> input;
  private final RecordMetadata from;
  private final FrameSpan span;
  private final int priority;
  private final int replays;
  private @Nullable Frame frame;
  private byte @Nullable [] payload;
  private @Nullable Ticket ticket;
  private @Nullable Outcome decided;
  private @Nullable FrameAge age;
  private @Nullable Long ageMicros;
  private long agedAtNanos;
  private final long recordBytes;
  private long heldBytes;
  private @Nullable Restoration restoration;
  private @Nullable ModelIdentity failedOn;
  private @Nullable Long queueMicros;
  private @Nullable Long decodeMicros;
  private @Nullable Long encodeMicros;

  private FrameAttempt(FrameSteps steps, Record<byte[], byte[]> input, RecordMetadata from) {
    this.steps = steps;
    this.from = from;
    this.span =
        steps.with().tracer().start(input.headers(), from.topic(), from.partition(), from.offset());
    // Results carry the headers on, and with them the context of the span.
    this.input = input.withHeaders(span.recordHeaders());
    this.priority = FrameHeaders.priority(input.headers());
    this.replays = FrameHeaders.replays(input.headers());
    byte[] value = input.value();
    this.recordBytes = value == null ? 0 : value.length;
    // The record, its payload and, for a frame that goes on untouched, the result.
    this.heldBytes = 3 * recordBytes;
  }

  /**
   * Reads a record, and hands its frame in unless its outcome is clear without the network.
   *
   * @param admission tells whether there is room for a frame of a priority
   */
  static FrameAttempt begin(
      FrameSteps steps,
      Record<byte[], byte[]> input,
      RecordMetadata from,
      MicroBatcher.Membership member,
      IntPredicate admission) {
    FrameAttempt begun = new FrameAttempt(steps, input, from);
    begun.decided = begun.decide(() -> begun.read(member, admission));
    return begun;
  }

  /** Whether {@link #finish} need not wait. */
  boolean canFinish() {
    Ticket waiting = ticket;
    return waiting == null || waiting.hasEnded();
  }

  /** Whose order it belongs to; records that are no frame belong to none. */
  Optional<String> source() {
    return Optional.ofNullable(frame).map(f -> f.getIdentity().getSourceId());
  }

  /** What it keeps on the heap, in bytes: record, payload, its pixels, as many restored ones. */
  long heldBytes() {
    return heldBytes;
  }

  /** Its place in the batcher; empty where the outcome was clear at once. */
  Optional<Ticket> ticket() {
    return Optional.ofNullable(ticket);
  }

  /** Writes the outcome and its telemetry; only when {@link #canFinish}. */
  void finish(FrameSink sink) {
    Outcome early = decided;
    Outcome outcome = early == null ? decide(this::afterPass) : early;
    if (outcome == null) {
      throw new IllegalStateException("a frame ended without an outcome");
    }
    Instant now = steps.with().clock().instant();
    ServiceConfig config = steps.config();
    FrameTelemetry told = telemetry(outcome, now);
    byte[] telemetry = steps.with().serdes().telemetry().serialize(config.telemetryTopic(), told);

    if (outcome instanceof Restored restored) {
      sink.forward(record(restored.result()), FrameSink.RESTORED);
    } else if (outcome instanceof PassedThrough passed) {
      sink.forward(record(passed.result()), FrameSink.RESTORED);
    } else if (outcome instanceof Shed shed) {
      Outcome.Result untouched = shed.result();
      if (untouched != null) {
        sink.forward(record(untouched), FrameSink.RESTORED);
      }
    } else if (outcome instanceof DeadLettered dead) {
      sink.forward(steps.deadLetters().of(input, from, dead.cause()), FrameSink.DEAD_LETTER);
    }
    sink.forward(
        new Record<>(key(), telemetry, now.toEpochMilli(), span.contextHeaders()),
        FrameSink.TELEMETRY);
    count(outcome, told);
    span.end(told);
    steps.with().listener().ended(ended(outcome, told));
  }

  private EndedFrame ended(Outcome outcome, FrameTelemetry told) {
    Ticket waited = ticket;
    Restoration done = restoration;
    return new EndedFrame(
        told,
        waited == null ? null : waited.request().image(),
        outcome instanceof Restored && done != null ? done.image() : null,
        outcome instanceof DeadLettered dead ? deadFrame(dead.cause()) : null);
  }

  private EndedFrame.Dead deadFrame(PoisonException cause) {
    Frame read = frame;
    return new EndedFrame.Dead(
        cause.reason(),
        String.valueOf(cause.getMessage()),
        input.key(),
        read == null ? null : read.getEncoding(),
        read == null ? 0 : read.getWidth(),
        read == null ? 0 : read.getHeight(),
        payload,
        input.value());
  }

  private void count(Outcome outcome, FrameTelemetry told) {
    steps.with().meters().count(told);
    if (outcome instanceof DeadLettered dead) {
      String reason = dead.cause().reason().name();
      steps.with().meters().countDeadLetter(reason);
      steps.warn("dead letter " + reason, place(), String.valueOf(dead.cause().getMessage()));
    } else if (outcome instanceof Shed shed) {
      String reason = shed.cause().reason().name();
      steps.with().meters().countShed(reason, source().orElse(null));
      steps.warn(
          "shed " + reason,
          place(),
          "of " + source().orElse("?") + ": " + shed.cause().getMessage());
    }
  }

  private String place() {
    return from.topic() + "-" + from.partition() + " offset " + from.offset();
  }

  /** A step that may find the record to be poison or too old; null where it goes on. */
  private interface Step {
    @Nullable Outcome run() throws PoisonException, ShedException;
  }

  private @Nullable Outcome decide(Step step) {
    try {
      try {
        return step.run();
      } catch (ShedException e) {
        return shed(e);
      }
    } catch (PoisonException e) {
      return new DeadLettered(e);
    } catch (RegistryUnavailableException
        | RegistryRefusedException
        | BatcherClosedException
        | PayloadsUnavailableException
        | InterruptException e) {
      throw e;
    } catch (RuntimeException e) {
      return new DeadLettered(
          new PoisonException(
              DeadLetterReason.INTERNAL_ERROR, "the service failed on the record: " + e, e));
    }
  }

  private @Nullable Outcome read(MicroBatcher.Membership member, IntPredicate admission)
      throws PoisonException, ShedException {
    Frame read = steps.reader().read(input.value());
    FrameReader.checkIdentity(read.getIdentity());
    frame = read;
    FrameAge then = readAge(read.getIdentity());
    checkAge(then);
    if (!admission.test(usedPriority()) && isHalfTooOld(then)) {
      throw new ShedException(
          ShedException.Reason.LOW_PRIORITY,
          ageAndLimit(
              then.micros(),
              ", above half of the limit, and frames of higher priority than its "
                  + priority
                  + " need the room"));
    }
    byte[] encoded = payload(read);
    long start = System.nanoTime();
    RgbImage degraded = steps.reader().decode(read, encoded);
    decodeMicros = microsSince(start);
    heldBytes = recordBytes + encoded.length + 6L * degraded.width() * degraded.height();
    ticket =
        member.submit(
            new FrameRequest(
                degraded, read.getIdentity().getSourceId(), usedPriority(), deadline(then)));
    return null;
  }

  /** Read once: it may be outside Kafka. */
  private byte[] payload(Frame read) throws PoisonException {
    byte[] known = payload;
    if (known == null) {
      known = steps.reader().payload(read);
      payload = known;
      heldBytes = recordBytes + 2L * known.length;
    }
    return known;
  }

  private FrameAge readAge(FrameIdentity identity) {
    FrameAge read =
        FrameAge.of(
            identity.getCaptureTimeMicros(),
            input.timestamp(),
            replays,
            steps.config().frameMaxClockSkew(),
            steps.with().clock().instant());
    agedAtNanos = System.nanoTime();
    age = read;
    ageMicros = read.micros();
    if (read.origin() == AgeOrigin.APPEND_TIME_CLOCK_SKEW) {
      steps.with().meters().countClockSkew();
      steps.warn(
          "clock skew",
          place(),
          "the capture time of a frame of "
              + identity.getSourceId()
              + " is not within "
              + ServiceConfig.FRAME_MAX_CLOCK_SKEW_MS
              + "="
              + steps.config().frameMaxClockSkew().toMillis()
              + " of its record's time; its age counts from the record; set the camera's clock");
    }
    return read;
  }

  /** Without shedding there is nothing that priorities could decide, only order to disturb. */
  int usedPriority() {
    return steps.config().frameMaxAge().isPresent() ? priority : 0;
  }

  private void checkAge(FrameAge now) throws ShedException {
    Optional<Duration> limit = steps.config().frameMaxAge();
    if (limit.isEmpty()) {
      return;
    }
    long limitMicros = limit.get().toNanos() / 1000;
    if (now.micros() > limitMicros) {
      throw new ShedException(
          ShedException.Reason.TOO_OLD,
          ageAndLimit(
              now.micros(), ", " + now.recordMicros() / 1000 + " ms of it since its record came"));
    }
    long waitMicros = steps.with().batcher().expectedWaitNanos(usedPriority()) / 1000;
    if (now.micros() + waitMicros > limitMicros) {
      throw new ShedException(
          ShedException.Reason.WAIT_TOO_LONG,
          ageAndLimit(
              now.micros(),
              " and would wait for " + waitMicros / 1000 + " ms more until the network is free"));
    }
  }

  /** A burst that the network can work off in time is waited for, whatever its priority. */
  private boolean isHalfTooOld(FrameAge then) {
    return steps
        .config()
        .frameMaxAge()
        .map(limit -> then.micros() > limit.toNanos() / 2_000)
        .orElse(false);
  }

  private String ageAndLimit(long micros, String more) {
    return "the frame is "
        + micros / 1000
        + " ms old"
        + more
        + "; the limit is "
        + ServiceConfig.FRAME_MAX_AGE_MS
        + "="
        + steps.config().frameMaxAge().map(Duration::toMillis).orElse(-1L);
  }

  private long deadline(FrameAge then) {
    return steps
        .config()
        .frameMaxAge()
        .map(limit -> agedAtNanos + limit.toNanos() - TimeUnit.MICROSECONDS.toNanos(then.micros()))
        .orElse(FrameRequest.NO_DEADLINE);
  }

  private long ageAt(long nanos) {
    FrameAge read = age;
    return read == null ? 0 : read.micros() + Math.max(0, nanos - agedAtNanos) / 1000;
  }

  private Outcome afterPass() throws PoisonException, ShedException {
    Ticket waited = ticket;
    Frame read = frame;
    if (waited == null || read == null) {
      throw new IllegalStateException("a frame without a ticket");
    }
    PassOutcome ended = waited.outcome();
    queueMicros = ended.queueNanos() / 1000;
    if (ended instanceof Expired expired) {
      long micros = ageAt(expired.atNanos());
      ageMicros = micros;
      throw new ShedException(
          ShedException.Reason.EXPIRED,
          ageAndLimit(micros, ", " + queueMicros / 1000 + " ms of it in the wait for its pass"));
    }
    try {
      if (ended instanceof Restoration done) {
        return restored(read, done);
      }
      PassFailure failure = (PassFailure) ended;
      failedOn = failure.model();
      throw new PoisonException(
          DeadLetterReason.RESTORE_FAILED, failure.message(), failure.cause());
    } catch (PoisonException e) {
      if (steps.config().onRestoreError() == RestoreErrorPolicy.DEAD_LETTER) {
        throw e;
      }
      return PassedThrough.because(untouched(read), e);
    }
  }

  private Outcome restored(Frame read, Restoration done) throws PoisonException {
    restoration = done;
    ageMicros = ageAt(done.startNanos());
    RouteDecision decision = done.frame().route();
    if (decision != null && done.frame().isPassedThrough()) {
      return PassedThrough.routed(untouched(read), decision);
    }
    ImageFormat format = outputFormat(read.getEncoding());
    long start = System.nanoTime();
    byte[] image = ImageEncoder.encode(done.image(), format);
    encodeMicros = microsSince(start);
    return new Restored(
        result(
            read,
            RestorationOperation.RESTORED,
            FrameEncoding.valueOf(format.name()),
            image,
            done.frame().model()));
  }

  private Outcome shed(ShedException cause) throws PoisonException {
    Frame read = frame;
    if (steps.config().onShed() == ShedPolicy.DROP || read == null) {
      return new Shed(null, cause);
    }
    // Nobody has looked at the payload yet; its header is checked, its pixels are not.
    steps.reader().checkDeclared(read, payload(read));
    return new Shed(untouched(read), cause);
  }

  private Outcome.Result untouched(Frame read) throws PoisonException {
    return result(
        read, RestorationOperation.PASSED_THROUGH, read.getEncoding(), payload(read), null);
  }

  private Outcome.Result result(
      Frame read,
      RestorationOperation operation,
      FrameEncoding encoding,
      byte[] image,
      @Nullable ModelIdentity model)
      throws PoisonException {
    RestoredFrame written = new RestoredFrame();
    written.setIdentity(read.getIdentity());
    written.setWidth(read.getWidth());
    written.setHeight(read.getHeight());
    written.setEncoding(encoding);
    written.setOperation(operation);
    written.setBundleName(model == null ? null : model.bundle());
    written.setBundleVersion(model == null ? null : model.version());
    checkFits(image.length);
    steps.with().payloads().put(written, image);
    written.setDevice(model == null ? null : model.device());
    written.setTimings(timings());
    written.setAttributes(read.getAttributes());
    ServiceConfig config = steps.config();
    byte[] value = steps.with().serdes().restored().serialize(config.restoredTopic(), written);
    checkFits(RecordSize.of(key(), value, input.headers()));
    return new Outcome.Result(value, image.length);
  }

  /** Before it is written, too: a file that no reader takes would help nobody. */
  private void checkFits(int size) throws PoisonException {
    int limit = steps.config().outputRecordMaxBytes();
    if (size > limit) {
      throw new PoisonException(
          DeadLetterReason.OUTPUT_TOO_LARGE,
          "the result takes "
              + size
              + " bytes, above the limit of "
              + limit
              + " that follows from "
              + ServiceConfig.FRAME_MAX_BYTES
              + "; raise it, or set "
              + ServiceConfig.OUTPUT_ENCODING
              + "=jpeg");
    }
  }

  /** The network that restored the frame, or failed on it; null where none was reached. */
  private @Nullable ModelIdentity network() {
    Restoration done = restoration;
    if (done != null) {
      return done.frame().model();
    }
    return failedOn;
  }

  private ImageFormat outputFormat(FrameEncoding from) {
    OutputEncoding wanted = steps.config().outputEncoding();
    return switch (wanted) {
      case SAME -> FrameReader.format(from);
      case PNG -> ImageFormat.PNG;
      case JPEG -> ImageFormat.JPEG;
      case RGB8 -> ImageFormat.RGB8;
    };
  }

  /** The source of the frame; the record's own key where no frame was read. */
  private byte[] key() {
    Optional<String> source = source();
    if (source.isPresent()) {
      return source.get().getBytes(UTF_8);
    }
    byte[] key = DeadLetters.keyOrUnknown(input.key());
    return key.length <= 1024 ? key : DeadLetters.UNKNOWN_KEY.getBytes(UTF_8);
  }

  private Record<byte[], byte[]> record(Outcome.Result result) {
    return new Record<>(key(), result.value(), input.timestamp(), input.headers());
  }

  private FrameTelemetry telemetry(Outcome outcome, Instant now) {
    FrameTelemetry telemetry = new FrameTelemetry();
    telemetry.setIdentity(Optional.ofNullable(frame).map(Frame::getIdentity).orElse(null));
    telemetry.setInputTopic(from.topic());
    telemetry.setInputPartition(from.partition());
    telemetry.setInputOffset(from.offset());
    telemetry.setOutcome(outcome.telemetry());
    telemetry.setReason(outcome.reason());
    ModelIdentity model = network();
    if (model != null) {
      telemetry.setBundleName(model.bundle());
      telemetry.setBundleVersion(model.version());
      telemetry.setDevice(model.device());
    }
    Restoration done = restoration;
    if (done != null) {
      PassTelemetry.write(done.frame(), telemetry);
    }
    telemetry.setTimings(timings());
    byte[] value = input.value();
    telemetry.setBytesIn(value == null ? 0 : value.length);
    telemetry.setBytesOut(outcome.bytesOut());
    telemetry.setBatchSize(restoration == null ? null : restoration.batchSize());
    telemetry.setAgeMicros(ageMicros);
    telemetry.setAgeOrigin(age == null ? null : age.origin());
    telemetry.setPriority(priority);
    telemetry.setAttempt(replays);
    telemetry.setProcessedTimeMicros(ChronoUnit.MICROS.between(Instant.EPOCH, now));
    return telemetry;
  }

  private StageTimings timings() {
    Optional<Restoration> done = Optional.ofNullable(restoration);
    return new StageTimings(
        queueMicros, decodeMicros, done.map(r -> r.inferNanos() / 1000).orElse(null), encodeMicros);
  }

  private static long microsSince(long start) {
    return (System.nanoTime() - start) / 1000;
  }
}
