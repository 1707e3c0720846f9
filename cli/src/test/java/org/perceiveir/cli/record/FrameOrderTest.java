package org.perceiveir.cli.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.perceiveir.cli.record.FrameOrder.Place;
import org.perceiveir.schemas.avro.FrameIdentity;

class FrameOrderTest {
  private final FrameOrder order = new FrameOrder();

  private Place take(long epoch, long sequence) {
    return order.take(new FrameIdentity("cam", epoch, sequence, null));
  }

  @Test
  void shouldCountWhatIsMissingWithinAnEpoch() {
    assertThat(take(5, 17)).isEqualTo(Place.NEXT);
    assertThat(take(5, 18)).isEqualTo(Place.NEXT);
    assertThat(take(5, 21)).isEqualTo(Place.AFTER_A_GAP);
    assertThat(take(5, 23)).isEqualTo(Place.AFTER_A_GAP);

    assertThat(order.gaps()).isEqualTo(2);
    assertThat(order.missing()).isEqualTo(3);
  }

  @Test
  void shouldLeaveOutWhatCameBeforeOrIsOlder() {
    take(5, 3);
    take(6, 0);

    assertThat(take(6, 0)).isEqualTo(Place.LATE);
    assertThat(take(5, 4)).isEqualTo(Place.LATE);
    assertThat(take(6, 1)).isEqualTo(Place.NEXT);
    assertThat(order.late()).isEqualTo(2);
    assertThat(order.newEpochs()).isEqualTo(1);
    assertThat(order.missing()).isZero();
  }
}
