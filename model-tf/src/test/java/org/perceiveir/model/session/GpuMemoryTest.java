package org.perceiveir.model.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.tensorflow.proto.GPUOptions;

class GpuMemoryTest {

  @Test
  void shouldTellTensorFlowHowToTakeTheMemory() {
    GPUOptions options =
        RestorationSession.config(
                SessionOptions.defaults()
                    .withGpuMemory(new GpuMemory(0.25, false))
                    .withDevice("gpu:0")
                    .withThreads(1, 2)
                    .withTiles(256, 16))
            .getGpuOptions();

    assertThat(options.getPerProcessGpuMemoryFraction()).isEqualTo(0.25);
    assertThat(options.getAllowGrowth()).isFalse();
    assertThat(
            RestorationSession.config(SessionOptions.defaults()).getGpuOptions().getAllowGrowth())
        .isTrue();
  }

  @Test
  void shouldRefuseAShareThatIsNone() {
    assertThatThrownBy(() -> new GpuMemory(1.5, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1.5: it must be from 0 to 1");
    assertThatThrownBy(() -> new GpuMemory(Double.NaN, true))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
