package org.perceiveir.streams.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.perceiver.Assessment;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.pass.TierJudge;
import org.perceiveir.streams.topology.BadFrames;

class BundlesTest {
  private static ServiceConfig config(String... pairs) {
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", "none:1");
    settings.put("schema.registry.url", "http://none");
    settings.put("device", "cpu");
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return ServiceConfig.of(settings);
  }

  @Test
  void shouldOpenTheShippedPerceiverAndBundles() {
    Bundles bundles =
        Bundles.of(
            config(
                "bundle", "../models/compact",
                "tiers.perceiver", "../models/compact-perceiver",
                "route.light.bundle", "../models/compact"));

    try (Restorer full = bundles.full();
        Restorer light = bundles.light().orElseThrow();
        TierJudge judge = bundles.judge().orElseThrow()) {
      assertThat(full.bundleName()).isEqualTo("compact");
      assertThat(light.device()).isEqualTo("cpu");
      List<Assessment> seen = judge.assess(List.of(BadFrames.image(64, 48)));
      assertThat(seen).hasSize(1);
      double sum = seen.get(0).probabilities().stream().mapToDouble(p -> p).sum();
      assertThat(sum).isBetween(0.999, 1.001);
    }
  }

  @Test
  void shouldOpenNeitherJudgeNorLighterBundleWhenNoneIsNamed() {
    Bundles bundles = Bundles.of(config("bundle", "../models/compact"));

    assertThat(bundles.light()).isEmpty();
    assertThat(bundles.judge()).isEmpty();
  }

  @Test
  void shouldNameTheKeyWhenWhatItNamesIsSomethingElse() {
    Bundles bundles =
        Bundles.of(
            config(
                "tiers.perceiver", "../models/compact",
                "route.light.bundle", "../models/compact-perceiver"));

    assertThatThrownBy(bundles::judge)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("tiers.perceiver=../models/compact: ")
        .hasMessageContaining("perceiver.json");
    assertThatThrownBy(bundles::light)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("route.light.bundle=../models/compact-perceiver: ")
        .hasMessageContaining("model.json");
  }
}
