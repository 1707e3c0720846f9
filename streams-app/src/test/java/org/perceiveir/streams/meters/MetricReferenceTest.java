package org.perceiveir.streams.meters;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MetricReferenceTest {
  /** The page goes stale unnoticed otherwise. */
  @Test
  void shouldDocumentEveryMetricInTheReferencePage() throws Exception {
    Path page = Path.of("..", "docs", "metrics.md");
    if (Boolean.getBoolean("perceive.docs.write")) {
      Files.writeString(page, MetricReference.markdown());
    }

    assertThat(page)
        .withFailMessage(
            "docs/metrics.md is not what Metric says; write it with -Dperceive.docs.write=true")
        .hasContent(MetricReference.markdown());
  }
}
