package org.perceiveir.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.model.preset.Backbone;
import org.perceiveir.model.preset.Preset;
import org.perceiveir.trainer.RestorationTrainingConfig.Start;
import org.perceiveir.trainer.config.ConfigException;
import org.perceiveir.trainer.config.ConfigKey;
import org.perceiveir.trainer.config.ConfigSection;

final class RestorationTrainingFileTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "training.md");
  private static final Pattern ROW =
      Pattern.compile("\\| `([^`]+)` \\| (.*?) \\| ?(.*?) ?\\| (.+) \\|");

  private static final Set<String> SHORT_DATA =
      Set.of("data.folder", "data.tasks", "data.crops", "data.batch", "data.batches");

  @TempDir Path folder;

  private RestorationTrainingConfig read(String text, String... settings) throws IOException {
    return RestorationTrainingConfig.fromConfig(
        ConfigSection.parse("run.yaml", folder, "out: o\ndata: {folder: d}\n" + text)
            .with(List.of(settings)));
  }

  private static String example() throws IOException {
    Matcher block =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(DOCUMENT));
    assertThat(block.find()).isTrue();
    return block.group(1);
  }

  @Test
  void shouldReadTheExampleOfTheDocument() throws IOException {
    ConfigSection root =
        ConfigSection.parse("run.yaml", folder.resolve("configs"), example(), Map.of());

    RestorationTrainingConfig config = RestorationTrainingConfig.fromConfig(root);

    assertThat(config.name()).isEqualTo("compact-bsd");
    assertThat(config.out()).isEqualTo(folder.resolve("runs/compact-bsd"));
    assertThat(config.data().sets().get(0).images().root()).isEqualTo(folder.resolve("data/train"));
    assertThat(config.preset().sgm()).isNull();
    assertThat(config.schedule().maxSteps()).isEqualTo(60_000);
    assertThat(config.schedule().finalLearningRate()).isEqualTo(1e-6);
    assertThat(config.limits().maxTime()).contains(Duration.ofHours(8));
    assertThat(config.limits().keepCheckpoints()).isEqualTo(3);
    assertThat(config.validation().orElseThrow().degradations()).hasSize(4);
    assertThat(config.provenance().config().path("optimizer").path("beta2").doubleValue())
        .isEqualTo(0.999);
  }

  /**
   * Each key with its kind and default stands in the document, and nothing else does. What sets are
   * made of stands in a document of its own.
   */
  @Test
  void shouldDocumentEveryKeyAndNoOther() throws IOException {
    String sets = Files.readString(DOCUMENT.resolveSibling("data.md"));
    Map<String, String> code = new LinkedHashMap<>();
    Files.writeString(folder.resolve("p.json"), Preset.named("compact").toJson().toString());
    List<String> files =
        List.of(
            "data: {folder: d}\nvalidation: {pairs: [{input: i, target: t}]}",
            "preset: {file: p.json}\ndata: {sets: [{root: d, tasks: haze}]}",
            "preset: {without: []}\ndata: {sets: [{root: d, degradation: noise}]}",
            "data: {sets: [{kind: pairs, input: i, target: t, task: fog}]}",
            "data: {sets: [{kind: gopro, root: d}]}\nlosses: {reconstruction: {weight: 1}}",
            "data: {sets: [{root: d}]}\nlosses: {perceiver: p, perceptual: {negatives:"
                + " [{bundle: b, name: x}]}}");
    for (String text : files) {
      ConfigSection root = ConfigSection.parse("run.yaml", folder, "out: o\n" + text);
      RestorationTrainingConfig.fromConfig(root);
      for (ConfigKey key : root.known()) {
        // Two names are by default those of something else.
        String fallback =
            switch (key.path()) {
              case "name" -> "the preset's";
              case "losses.perceptual.negatives[].name" -> "its path's last part";
              default -> quoted(key.fallback());
            };
        if (key.path().startsWith("data.") && !SHORT_DATA.contains(key.path())) {
          String name = key.path().substring(key.path().lastIndexOf('.') + 1);
          assertThat(sets).as("docs/data.md on %s", key.path()).contains(name);
          continue;
        }
        code.putIfAbsent(key.path(), key.type() + " | " + fallback);
      }
    }
    Map<String, String> document = new LinkedHashMap<>();
    String text = Files.readString(DOCUMENT);
    String table = text.substring(text.indexOf("\n| key |")).strip();
    // Up to the first empty line: a row elsewhere on the page is read by nobody.
    for (String line : table.substring(0, table.indexOf("\n\n")).lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        document.put(row.group(1), row.group(2) + " | " + row.group(3));
      }
    }
    assertThat(document).containsExactlyInAnyOrderEntriesOf(code);
  }

  private static String quoted(String fallback) {
    return fallback.isEmpty() ? "" : "`" + fallback + "`";
  }

  @Test
  void shouldSwitchOffClippingAndAveraging() throws IOException {
    RestorationTrainingConfig config = read("optimizer: {clipNorm: off}", "optimizer.average=off");
    assertThat(config.optimizer().clipNorm()).isInfinite();
    assertThat(config.optimizer().averageDecay()).isZero();
    assertThat(read("").optimizer().clipNorm()).isEqualTo(0.1);
  }

  @Test
  void shouldResumeWithoutReadingWhatTheTrainingBeganWith() throws IOException {
    assertThat(read("init: b").start()).isEqualTo(new Start.FromBundle(folder.resolve("b")));
    assertThat(read("init: b", "resume=true").start()).isEqualTo(new Start.Resume());
    assertThat(read("").start()).isEqualTo(new Start.Fresh());
  }

  @Test
  void shouldChangeAPreset() throws IOException {
    Preset preset =
        read("preset: {name: paper, without: [sgm], override: {backbone: {dim: 24}, pgca: null}}")
            .preset();
    assertThat(((Backbone.Restormer) preset.backbone()).dim()).isEqualTo(24);
    assertThat(preset.pgca()).isNull();
    assertThat(preset.sgm()).isNull();
    assertThat(preset.cfe()).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "optimiser: {}             | optimiser is not a known key; did you mean optimizer?",
        "optimizer: {clipnorm: 1}  | optimizer.clipnorm is not a known key; did you mean clipNorm?",
        "schedule: {steps: 0}      | schedule.steps is 0: it must be an integer from 1",
        "schedule: {steps: 1.5}    | schedule.steps is 1.5",
        "schedule: {learningRate: 2} | schedule.learningRate is 2",
        "schedule: {finalLearningRate: 0.5} | must be at most learningRate, 0.001",
        "preset: compcat           | preset 'compcat' is not known; choose one of compact",
        "preset: gone.json         | gone.json is not there",
        "preset: {without: [sgmm]} | module 'sgmm' is not known",
        "preset: {override: {backbone: {dim: 7}}} | preset.override cannot be used",
        "preset: {name: paper, file: x.json} | exclude each other",
        "name: No Name             | lower-case letters",
        "version: 1+a              | letters, digits, dots and dashes, up to 32",
        "validation: {degradations: [haze]} | add 'clean'",
        "validation: {clean: c, degradations: [fog]} | hold 'fog'",
        "validation: {pairs: [{input: i}]} | validation.pairs[0].target is missing",
      })
  void shouldNameTheKeyThatIsWrong(String text, String message) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldNameWhatIsMissing() {
    assertThatThrownBy(
            () -> RestorationTrainingConfig.fromConfig(ConfigSection.parse("r", folder, "")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("r: out is missing");
    assertThatThrownBy(
            () -> RestorationTrainingConfig.fromConfig(ConfigSection.parse("r", folder, "out: o")))
        .hasMessageContaining("r: data.sets is missing");
  }
}
