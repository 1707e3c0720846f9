package org.perceiveir.cli.record;

import org.perceiveir.schemas.avro.FrameIdentity;

/** Follows the frames of one source by epoch and sequence, and counts what is missing. */
final class FrameOrder {

  /** What a frame is after those before it. */
  enum Place {
    /** The next one, or the first. */
    NEXT,
    /** One after others that are missing. */
    AFTER_A_GAP,
    /** The first of a later epoch. */
    NEW_EPOCH,
    /** One that was seen, or older than one that was: a replay, for instance. */
    LATE
  }

  private boolean begun;
  private long epoch;
  private long sequence;
  private long gaps;
  private long missing;
  private long newEpochs;
  private long late;

  /** Takes the next frame. */
  Place take(FrameIdentity identity) {
    Place place = place(identity.getStreamEpoch(), identity.getSequence());
    switch (place) {
      case LATE -> {
        late++;
        return place;
      }
      case AFTER_A_GAP -> {
        gaps++;
        missing += identity.getSequence() - sequence - 1;
      }
      case NEW_EPOCH -> newEpochs++;
      case NEXT -> {}
    }
    begun = true;
    epoch = identity.getStreamEpoch();
    sequence = identity.getSequence();
    return place;
  }

  private Place place(long newEpoch, long newSequence) {
    if (!begun) {
      return Place.NEXT;
    }
    if (newEpoch != epoch) {
      return newEpoch > epoch ? Place.NEW_EPOCH : Place.LATE;
    }
    if (newSequence <= sequence) {
      return Place.LATE;
    }
    return newSequence == sequence + 1 ? Place.NEXT : Place.AFTER_A_GAP;
  }

  /** Stretches of missing frames within an epoch. */
  long gaps() {
    return gaps;
  }

  /** Frames that are missing in the gaps. */
  long missing() {
    return missing;
  }

  /** How often a later epoch began. */
  long newEpochs() {
    return newEpochs;
  }

  /** Frames that came again or too late. */
  long late() {
    return late;
  }
}
