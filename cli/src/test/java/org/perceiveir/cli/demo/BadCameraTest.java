package org.perceiveir.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.imaging.scene.SyntheticScene;

class BadCameraTest {
  private final BadCamera camera = new BadCamera(new Pace(100, 2), 1);
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
  private final byte[] png =
      ImageEncoder.encode(SyntheticScene.street(1, 64, 48).frame(0), ImageFormat.PNG);

  @Test
  void shouldSendEveryThirdRecordOfItsOwnInThreeWaysThatNoDecoderTakes() {
    for (int i = 1; i < 9; i += 3) {
      byte[] bad = camera.send(1, i, png);

      assertThatThrownBy(() -> decoder.decode(bad)).isInstanceOf(ImageFormatException.class);
    }
    assertThatThrownBy(() -> decoder.decode(camera.send(1, 7, png))).hasMessageContaining("60000");
  }

  @Test
  void shouldLeaveTheOtherFramesAlone() {
    assertThat(camera.send(0, 1, png)).isSameAs(png);
    assertThat(camera.send(1, 0, png)).isSameAs(png);
    assertThat(camera.send(1, 2, png)).isSameAs(png);
    assertThat(png).isEqualTo(camera.send(0, 7, png));
  }
}
