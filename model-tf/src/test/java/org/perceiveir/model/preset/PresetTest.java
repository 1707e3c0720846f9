package org.perceiveir.model.preset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.model.preset.Preset.Module;

class PresetTest {
  private static final String NAFNET =
      "{'name':'p','backbone':{'type':'nafnet','width':8,'encoder':[1,1],'middle':1,'decoder':[1,1]}";

  private static Preset parse(String json) throws IOException {
    return Preset.fromJson(new ObjectMapper().readTree(json.replace('\'', '"')));
  }

  @ParameterizedTest
  @ValueSource(strings = {"compact", "paper", "paper-nafnet"})
  void shouldReadBackItselfWhenAShippedPresetIsWritten(String name) {
    Preset preset = Preset.named(name);
    assertThat(preset.name()).isEqualTo(name);
    assertThat(Preset.fromJson(preset.toJson())).isEqualTo(preset);
  }

  @Test
  void shouldNameTheChoicesWhenAPresetIsNotKnown() {
    assertThatThrownBy(() -> Preset.named("huge"))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("'huge'")
        .hasMessageContaining("compact");
    assertThatThrownBy(() -> Preset.named("../preset/compact")).isInstanceOf(PresetException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'name':'p'}|preset.backbone is missing",
        "[]|must be a JSON object",
        "{'name':'p','backbone':{'type':'vit'}}|preset.backbone.type is 'vit'",
        "{'name':'p','backbone':{'type':'nafnet','width':0,'encoder':[1],'middle':1,'decoder':[1]}}|preset.backbone.width is 0",
        "{'name':'p','backbone':{'type':'nafnet','width':8,'encoder':[1],'middle':1,'decoder':[1,1]}}|same number of levels",
        "{'name':'p','backbone':{'type':'nafnet','width':99999999999,'encoder':[1],'middle':1,'decoder':[1]}}|preset.backbone.width",
        "{'name':'p','backbone':{'type':'nafnet','width':8,'unshuffle':9,'encoder':[1],'middle':1,'decoder':[1]}}|preset.backbone.unshuffle is 9",
        "{'name':'p','backbone':{'type':'nafnet','wide':8}}|preset.backbone.wide is not a known key",
        "{'name':'p','backbone':{'type':'restormer','dim':8,'blocks':[1,1,1],'refinement':1,'heads':[1,1,1,1],'expansion':2}}|four entries",
        "{'name':'p','backbone':{'type':'restormer','dim':8,'blocks':[1,1,1,1],'refinement':1,'heads':[3,1,1,1],'expansion':2}}|must divide 8",
        "{'name':'p','backbone':{'type':'restormer','dim':8,'blocks':[1,1,1,1],'refinement':1,'heads':[1,1,1,1],'expansion':1e9}}|preset.backbone.expansion",
      })
  void shouldNameTheKeyWhenAValueIsWrong(String json, String message) {
    assertThatThrownBy(() -> parse(json))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldRefuseGuidanceWhenNothingGuides() {
    assertThatThrownBy(() -> parse(NAFNET + ",'pgm':{}}"))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("neither preset.cfe nor preset.sgm");
  }

  @Test
  void shouldRefuseToFoldWhenThePaddingIsNoMultiple() {
    assertThatThrownBy(() -> parse(NAFNET + ",'cfe':{'channels':[8],'unshuffle':8,'features':4}}"))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("must divide 4");
  }

  @Test
  void shouldPadToWholeSquaresOfTheLowestLevelWhenTheFirstLevelTakesSquares() throws IOException {
    String json =
        "{'name':'p','backbone':{'type':'nafnet','width':8,'unshuffle':2,'encoder':[1,1,2],'middle':1,'decoder':[1,1,1]}}";
    Preset preset = parse(json);
    assertThat(preset.padMultiple()).isEqualTo(16);
    assertThat(preset.toJson().path("backbone").path("unshuffle").intValue()).isEqualTo(2);
    assertThat(Preset.fromJson(preset.toJson())).isEqualTo(preset);
    // A file of the published form stays as it is.
    assertThat(Preset.named("paper-nafnet").toJson().path("backbone").has("unshuffle")).isFalse();
  }

  @Test
  void shouldSwitchPromptGuidanceOffTooWhenNothingElseGuidesIt() throws IOException {
    Preset guided = parse(NAFNET + ",'sgm':{'encoder':'e','features':4},'pgm':{},'pgca':{}}");
    Preset without = guided.withoutSgm();
    assertThat(without.sgm()).isNull();
    assertThat(without.pgm()).isNull();
    assertThat(without.pgca()).isNotNull();
    assertThat(Preset.fromJson(without.toJson())).isEqualTo(without);
  }

  @Test
  void shouldSwitchOffWhatIsNamed() {
    Preset paper = Preset.named("paper");
    assertThat(paper.modules()).containsExactly(Module.values());
    assertThat(paper.without(Set.of())).isEqualTo(paper);
    assertThat(paper.without(Set.of(Module.CFE, Module.PGCA)).modules())
        .containsExactly(Module.SGM, Module.PGM);
    assertThat(paper.without(Set.of(Module.PGM)).modules())
        .containsExactly(Module.CFE, Module.SGM, Module.PGCA);
    // Nothing is left that could guide.
    assertThat(paper.without(Set.of(Module.CFE, Module.SGM)).modules())
        .containsExactly(Module.PGCA);
    assertThat(paper.without(Set.of(Module.SGM))).isEqualTo(paper.withoutSgm());
    assertThat(paper.withoutSgm().without(Set.of(Module.SGM))).isEqualTo(paper.withoutSgm());
  }

  @Test
  void shouldNameTheModulesWhenOneIsNotKnown() {
    assertThat(Module.of("pgca")).isEqualTo(Module.PGCA);
    assertThatThrownBy(() -> Module.of("prompts"))
        .isInstanceOf(PresetException.class)
        .hasMessageContaining("'prompts'")
        .hasMessageContaining("cfe, sgm, pgm, pgca");
  }
}
