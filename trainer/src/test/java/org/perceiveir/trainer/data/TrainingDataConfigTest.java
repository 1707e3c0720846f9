package org.perceiveir.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigSection;

final class TrainingDataConfigTest {

  private static TrainingDataConfig read(String text) {
    ConfigSection root = ConfigSection.parse("run.yaml", Path.of("/base"), text);
    TrainingDataConfig config = TrainingDataConfig.fromConfig(root.section("data"));
    root.done();
    return config;
  }

  @Test
  void shouldReadEveryKey() {
    TrainingDataConfig config =
        read(
            """
            data:
              sets:
                - {kind: bsd400, root: BSD400, ratio: 2}
                - {kind: gopro, root: /GoPro, split: test}
                - {kind: clean, root: photos, tasks: "noise=3,haze=1"}
                - {kind: pairs, input: foggy, target: clear, rule: prefix, task: fog}
                - {root: photos, task: low-light}
                - {root: photos, task: storm, degradation: [haze+rain, "random:rain"]}
              batches: one-type
              crops: 64:0.5,128:1
              batch: 6
              augment: false
              second: true
              jpeg: {probability: 0.3, quality: [30, 90]}
              mixtures: {probability: 0.2, strength: 0.7}
              fold: {index: 1, of: 2, use: held-out}
              threads: 3
              memoryMiB: 99
              mostUnusable: 0.2
            """);
    assertThat(config.sets())
        .hasToString(
            "[bsd400: noise noise:15|noise:25|noise:50, gopro: blur,"
                + " photos: noise random:noise, haze random:haze, base: fog,"
                + " photos: low-light random:low-light,"
                + " photos: storm haze:0.85:1+rain:3.5:24:0.8:0.3|random:rain]");
    assertThat(config.sets().get(0).images().root()).isEqualTo(Path.of("/base/BSD400"));
    assertThat(config.sets().get(0).uses().get(0).ratio()).isEqualTo(2);
    assertThat(config.sets().get(2).uses())
        .extracting(TrainingSet.Use::ratio)
        .containsExactly(3, 1);
    assertThat(config.batches()).isEqualTo(TrainingDataConfig.Batches.ONE_TYPE);
    assertThat(config.batch()).isEqualTo(6);
    assertThat(config.augment()).isFalse();
    assertThat(config.second()).isTrue();
    assertThat(config.feed()).isEqualTo(new RealFeed(0.3, 30, 90, 0.2, 0.7));
    assertThat(config.fold()).isEqualTo(new TrainingDataConfig.Fold(1, 2, true));
    assertThat(config.loading()).isEqualTo(new TrainingDataConfig.Loading(3, 99, 0.2));
    assertThat(config.tasks())
        .containsExactly("noise", "blur", "haze", "fog", "low-light", "storm");
  }

  @Test
  void shouldTakeTheProjectsRecipeWhereLittleIsSaid() {
    TrainingDataConfig config = read("data: {sets: [{root: photos}]}");
    assertThat(config)
        .isEqualTo(
            TrainingDataConfig.of(
                List.of(TrainingSet.clean(Path.of("/base/photos"), TaskMix.DEFAULT))));
    assertThat(config.batches()).isEqualTo(TrainingDataConfig.Batches.MIXED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "'data: {}' # data.sets",
        "'data: {sets: [{kind: bsd40, root: a}]}' # 'did you mean bsd400'",
        "'data: {sets: [{kind: clean}]}' # data.sets[0].root",
        "'data: {sets: [{kind: pairs, target: b, task: x}]}' # data.sets[0].input",
        "'data: {sets: [{kind: pairs, root: b}]}' # data.sets[0].task",
        "'data: {sets: [{root: a, degradation: [noise, haze]}]}' # data.sets[0].task",
        "'data: {sets: [{root: a, degradation: fog}]}' # fog",
        "'data: {sets: [{root: a, task: nonsense}]}' # nonsense",
        "'data: {sets: [{root: a, task: mixed, degradation: noise}]}' # mixed",
        "'data: {sets: [{root: a, tasks: noise, task: noise}]}' # 'excludes task'",
        "'data: {sets: [{root: a, ratio: 0}]}' # data.sets[0].ratio",
        "'data: {sets: [{root: a, rati: 2}]}' # 'did you mean ratio'",
        "'data: {sets: [{kind: ots, root: a, degradation: noise}]}' # degradation",
        "'data: {sets: [{root: a}], batch: 0}' # data.batch",
        "'data: {sets: [{root: a}], crop: 64}' # 'did you mean crops'",
        "'data: {sets: [{root: a}], batches: two}' # data.batches",
        "'data: {sets: [{root: a}], jpeg: {quality: [90, 20]}}' # data.jpeg.quality",
        "'data: {sets: [{root: a}], jpeg: {probability: 2}}' # data.jpeg.probability",
        "'data: {sets: [{root: a}], mixtures: {strength: 0}}' # data.mixtures.strength",
        "'data: {sets: [{root: a}], fold: {index: 2, of: 2}}' # data.fold.index",
      })
  void shouldNameTheKeyThatIsWrong(String text, String named) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("run.yaml: ")
        .hasMessageContaining(named);
  }
}
