package org.perceiveir.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * As {@link SafeTensorsFuzzTest}, whose corpus are the seeds and whose demands hold, but searching
 * by coverage.
 */
class SafeTensorsFuzz {
  static Stream<byte[]> seeds() throws IOException {
    Stream.Builder<byte[]> seeds = Stream.builder();
    for (String name : SafeTensorsFuzzTest.names()) {
      seeds.add(SafeTensorsFuzzTest.corpus(name));
    }
    return seeds.build();
  }

  @MethodSource("seeds")
  @FuzzTest
  void shouldReadOrRefuseEveryFile(byte[] data) throws IOException {
    assertThat(SafeTensorsFuzzTest.check(data)).isNotEmpty();
  }
}
