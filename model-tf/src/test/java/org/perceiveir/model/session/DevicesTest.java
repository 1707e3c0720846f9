package org.perceiveir.model.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class DevicesTest {

  @Test
  void shouldReadIdsWhenTensorFlowNamesItsDevices() {
    assertThat(
            Devices.ids(
                List.of(
                    "/job:localhost/replica:0/task:0/device:CPU:0",
                    "/job:localhost/replica:0/task:0/device:GPU:0",
                    "/job:localhost/replica:0/task:0/device:GPU:1")))
        .containsExactly("cpu", "gpu:0", "gpu:1");
  }

  @Test
  void shouldTakeTheFirstGpuWhenTheChoiceIsAutomatic() {
    assertThat(Devices.choose("auto", List.of("cpu", "gpu:0", "gpu:1"))).isEqualTo("gpu:0");
    assertThat(Devices.choose("auto", List.of("cpu"))).isEqualTo("cpu");
  }

  @Test
  void shouldRefuseRatherThanFallBackWhenTheWantedGpuIsNotThere() {
    assertThatThrownBy(() -> Devices.choose("gpu:1", List.of("cpu", "gpu:0")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gpu:1")
        .hasMessageContaining("cpu, gpu:0");
  }

  @Test
  void shouldChooseEachOfSeveralDevices() {
    assertThat(
            Devices.choose(List.of("gpu:1", "gpu:0"), true, () -> List.of("cpu", "gpu:0", "gpu:1")))
        .containsExactly("gpu:1", "gpu:0");
  }

  /** A service that quietly computes on the CPU is fifty times too slow, and nobody is told. */
  @Test
  void shouldRefuseTheCpuWhenAGpuIsRequired() {
    assertThat(Devices.choose(List.of("auto"), false, () -> List.of("cpu"))).containsExactly("cpu");
    assertThatThrownBy(() -> Devices.choose(List.of("auto"), true, () -> List.of("cpu")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a GPU is required but TensorFlow sees cpu")
        .hasMessageContaining("LD_LIBRARY_PATH");
  }
}
