package org.perceiveir.model.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perceiveir.model.golden.GraphRun;
import org.perceiveir.model.safetensors.FloatTensor;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

class PromptProbabilitiesTest {

  @Test
  void shouldJudgeByDirectionAloneAndStayFiniteWhenAFeatureIsZero() {
    try (GraphRun g = new GraphRun()) {
      Operand<TFloat32> images =
          g.feed(new FloatTensor(new long[] {2, 2}, new float[] {3, 0, 0, 0}));
      Operand<TFloat32> texts =
          g.feed(new FloatTensor(new long[] {2, 2}, new float[] {0.1f, 0, 0, 50}));
      FloatTensor found =
          g.run(Map.of(), List.of(new PromptProbabilities(g.tf, Math.log(3)).of(images, texts)))
              .get(0);
      // Cosines 1 and 0 under a factor of ln 3 are as 3 to 1; the zero feature prefers nothing.
      float[] expected = {0.75f, 0.25f, 0.5f, 0.5f};
      for (int i = 0; i < expected.length; i++) {
        assertThat(found.values()[i]).isCloseTo(expected[i], within(1e-6f));
      }
      assertThatThrownBy(() -> new PromptProbabilities(g.tf, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("logitScale is 0");
    }
  }
}
