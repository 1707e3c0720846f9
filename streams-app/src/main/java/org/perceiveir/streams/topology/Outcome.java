package org.perceiveir.streams.topology;

import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.FrameOutcome;
import org.perceiveir.streams.pass.RouteDecision;

/** What becomes of one input record. */
sealed interface Outcome {

  /** The value of the telemetry. */
  FrameOutcome telemetry();

  /** Why, or null for a restored frame. */
  @Nullable String reason();

  /** Length of the encoded pixels that are written to the restored topic. */
  default long bytesOut() {
    return 0;
  }

  /** The value of a record for the restored topic. */
  final class Result {
    private final byte[] value;
    private final int imageBytes;

    Result(byte[] value, int imageBytes) {
      this.value = value;
      this.imageBytes = imageBytes;
    }

    /** The serialized record. */
    byte[] value() {
      return value;
    }

    /** Length of the encoded pixels in it. */
    int imageBytes() {
      return imageBytes;
    }
  }

  /**
   * A restored frame is written.
   *
   * @param result what is written
   */
  record Restored(Result result) implements Outcome {
    @Override
    public long bytesOut() {
      return result.imageBytes();
    }

    @Override
    public FrameOutcome telemetry() {
      return FrameOutcome.RESTORED;
    }

    @Override
    public @Nullable String reason() {
      return null;
    }
  }

  /**
   * The frame is written with its pixels unchanged.
   *
   * @param result what is written
   * @param reason why
   */
  record PassedThrough(Result result, String reason) implements Outcome {
    /** A frame that the network could not restore. */
    static PassedThrough because(Result result, PoisonException cause) {
      return new PassedThrough(result, describe(cause));
    }

    /** A frame whose quality needs no restoration. */
    static PassedThrough routed(Result result, RouteDecision decision) {
      return new PassedThrough(result, first500("ROUTED: " + decision.reason()));
    }

    @Override
    public long bytesOut() {
      return result.imageBytes();
    }

    @Override
    public FrameOutcome telemetry() {
      return FrameOutcome.PASSED_THROUGH;
    }
  }

  /**
   * The frame was too old for the network.
   *
   * @param result what is written, with its pixels unchanged; null for nothing
   * @param cause why
   */
  record Shed(@Nullable Result result, ShedException cause) implements Outcome {
    @Override
    public long bytesOut() {
      return result == null ? 0 : result.imageBytes();
    }

    @Override
    public FrameOutcome telemetry() {
      return FrameOutcome.SHED;
    }

    @Override
    public String reason() {
      return first500(cause.reason() + ": " + cause.getMessage());
    }
  }

  /**
   * The input record is written to the dead-letter topic.
   *
   * @param cause why
   */
  record DeadLettered(PoisonException cause) implements Outcome {
    @Override
    public FrameOutcome telemetry() {
      return FrameOutcome.DEAD_LETTERED;
    }

    @Override
    public String reason() {
      return describe(cause);
    }
  }

  private static String describe(PoisonException cause) {
    return first500(cause.reason() + ": " + cause.getMessage());
  }

  /** The telemetry of a frame stays small whatever a decoder has to say. */
  private static String first500(String text) {
    return text.length() <= 500 ? text : text.substring(0, 500);
  }
}
