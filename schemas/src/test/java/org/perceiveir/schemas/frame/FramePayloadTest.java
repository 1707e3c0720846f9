package org.perceiveir.schemas.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.SampleRecords;

class FramePayloadTest {

  @Test
  void shouldTellBytesFromReferenceWhenFrameHasEither() {
    assertThat(FramePayload.of(SampleRecords.frame()))
        .isInstanceOfSatisfying(
            FramePayload.Inline.class,
            inline -> assertThat(inline.bytes()).containsExactly(0, 1, 127, -128, -1, 64));
    assertThat(FramePayload.of(SampleRecords.externalFrame()))
        .isInstanceOfSatisfying(
            FramePayload.External.class,
            external -> assertThat(external.reference().getSizeBytes()).isEqualTo(3_000_000_000L));
  }

  @Test
  void shouldTellImageFromReferenceWhenRestoredFrameHasEither() {
    assertThat(FramePayload.of(SampleRecords.restoredFrame()))
        .isInstanceOfSatisfying(
            FramePayload.Inline.class,
            inline -> assertThat(inline.bytes()).containsExactly(-1, -40, -1));
    assertThat(FramePayload.of(SampleRecords.externalRestoredFrame()))
        .isInstanceOfSatisfying(
            FramePayload.External.class,
            external -> assertThat(external.reference().getUri()).endsWith("/17.jpg"));
  }

  /** Whoever reads only one of the two would see another picture than his neighbour. */
  @Test
  void shouldRefuseRestoredFrameWhenItHasImageAndReference() {
    RestoredFrame frame = SampleRecords.externalRestoredFrame();
    frame.setImage(ByteBuffer.wrap(new byte[3]));
    assertThatThrownBy(() -> FramePayload.of(frame))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("image of 3 bytes")
        .hasMessageContaining("image must be empty");
  }

  @Test
  void shouldShareArrayOnlyWhenBufferIsTheWholeArray() {
    byte[] array = {1, 2, 3, 4};
    assertThat(FramePayload.bytes(ByteBuffer.wrap(array))).isSameAs(array);
    assertThat(FramePayload.bytes(ByteBuffer.wrap(array, 1, 2))).containsExactly(2, 3);
    assertThat(FramePayload.bytes(ByteBuffer.wrap(array).position(1).slice()))
        .containsExactly(2, 3, 4);
    assertThat(FramePayload.bytes(ByteBuffer.wrap(array).asReadOnlyBuffer()))
        .containsExactly(1, 2, 3, 4);
    assertThat(FramePayload.bytes(ByteBuffer.allocateDirect(2))).containsExactly(0, 0);
  }

  @Test
  void shouldLeaveBufferAsItIsWhenRead() {
    ByteBuffer buffer = ByteBuffer.wrap(new byte[] {1, 2, 3, 4}, 1, 2);
    assertThat(FramePayload.bytes(buffer)).isEqualTo(FramePayload.bytes(buffer));
    assertThat(buffer.position()).isEqualTo(1);
  }

  @Test
  void shouldRefuseFrameWhenPayloadIsOfAnotherType() {
    Frame frame = SampleRecords.frame();
    frame.setPayload("text");
    assertThatThrownBy(() -> FramePayload.of(frame))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.lang.String");
  }
}
