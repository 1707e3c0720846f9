package org.perceiveir.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.golden.Goldens;

/** A token that differs from the one a word was trained under is another word to the encoder. */
class ClipTokenizerTest {
  private static final ClipTokenizer TOKENIZER = ClipTokenizer.read();

  private static List<Integer> integers(JsonNode array) {
    List<Integer> values = new ArrayList<>();
    array.forEach(n -> values.add(n.intValue()));
    return values;
  }

  @Test
  void shouldGiveOpenAisTokensForEveryGoldenText() throws IOException {
    JsonNode cases = new ObjectMapper().readTree(Goldens.path("clip/tokenizer.json").toFile());
    assertThat(cases).hasSizeGreaterThan(10);
    for (JsonNode c : cases) {
      String text = c.path("text").textValue();
      assertThat(TOKENIZER.encode(text)).as(text).isEqualTo(integers(c.path("bpe")));
      int[] row = TOKENIZER.tokenize(List.of(text), 77, true)[0];
      assertThat(row)
          .as(text)
          .containsExactly(integers(c.path("ids77")).stream().mapToInt(i -> i).toArray());
    }
  }

  @Test
  void shouldKnowTheWordsOfThePapersPrompts() {
    assertThat(TOKENIZER.encode("excellent mediocre terrible")).containsExactly(4239, 41170, 9741);
    assertThat(TOKENIZER.tokenize(List.of("excellent", ""), 4, false))
        .isDeepEqualTo(new int[][] {{49406, 4239, 49407, 0}, {49406, 49407, 0, 0}});
  }

  @Test
  void shouldNameTextCountAndLimitWhenATextIsTooLong() {
    assertThatThrownBy(() -> TOKENIZER.tokenize(List.of("ok", "good moderate bad"), 4, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'good moderate bad'")
        .hasMessageContaining("3 tokens")
        .hasMessageContaining("at most 2")
        .hasMessageContaining("truncated");
    assertThat(TOKENIZER.tokenize(List.of("good moderate bad"), 4, true)[0])
        .containsExactly(49406, 886, 16435, 49407);
  }

  @Test
  void shouldResolveReferencesTwiceAsOpenAiDoes() {
    assertThat(TOKENIZER.encode("a&amp;amp;b")).isEqualTo(TOKENIZER.encode("a&b"));
    assertThat(TOKENIZER.encode("caf&eacute; \u3000 caf&#xE9;"))
        .isEqualTo(TOKENIZER.encode("café café"));
  }
}
