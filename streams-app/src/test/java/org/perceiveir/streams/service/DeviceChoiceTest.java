package org.perceiveir.streams.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;

/** The choice of the device, on a machine that the test makes up. */
class DeviceChoiceTest {
  private static ServiceConfig config(String... pairs) {
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", "127.0.0.1:9092");
    settings.put("schema.registry.url", "http://127.0.0.1:8081");
    settings.put("bundle", "../models/compact");
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return ServiceConfig.of(settings);
  }

  private static List<String> choose(List<String> available, String... pairs) {
    return Bundles.of(config(pairs), () -> available).devices();
  }

  @Test
  void shouldChooseTheDevicesOfTheConfiguration() {
    assertThat(choose(List.of("cpu"))).containsExactly("cpu");
    assertThat(choose(List.of("cpu", "gpu:0", "gpu:1"))).containsExactly("gpu:0");
    assertThat(choose(List.of("cpu", "gpu:0", "gpu:1"), "device", "gpu:1,gpu:0"))
        .containsExactly("gpu:1", "gpu:0");
    assertThat(choose(List.of("cpu", "gpu:0"), "device.required", "gpu")).containsExactly("gpu:0");
  }

  @Test
  void shouldRefuseToOpenWhenTheGpuIsNotThere() {
    assertThatThrownBy(() -> Bundles.of(config("device", "gpu:1"), () -> List.of("cpu")).full())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("device=gpu:1")
        .hasMessageContaining("TensorFlow sees cpu");
    assertThatThrownBy(
            () -> Bundles.of(config("device.required", "gpu"), () -> List.of("cpu")).full())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("a GPU is required but TensorFlow sees cpu");
  }

  @Test
  void shouldRefuseAConfigurationThatRequiresAGpuAndNamesTheCpu() {
    assertThatThrownBy(() -> config("device", "cpu", "device.required", "gpu"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("device.required=gpu: device=cpu names the CPU");
    assertThatThrownBy(() -> config("device", "gpu:0,tpu"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cpu or gpu:N");
  }
}
