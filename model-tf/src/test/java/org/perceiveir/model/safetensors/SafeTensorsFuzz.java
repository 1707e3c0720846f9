package org.perceiveir.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.testkit.FuzzCorpus;

/**
 * As {@link SafeTensorsFuzzTest}, whose corpus are the seeds and whose demands hold, but searching
 * by coverage.
 */
class SafeTensorsFuzz {
  private static final int TRIES = 3;

  static Stream<byte[]> seeds() throws IOException {
    Stream.Builder<byte[]> seeds = Stream.builder();
    for (String name : SafeTensorsFuzzTest.names()) {
      seeds.add(SafeTensorsFuzzTest.corpus(name));
    }
    return seeds.build();
  }

  static Stream<byte[]> kept() {
    return FuzzCorpus.whenSearching(SafeTensorsFuzz.class);
  }

  @Test
  void shouldStandWhatEarlierSearchesFound() throws IOException {
    for (byte[] data : FuzzCorpus.of(SafeTensorsFuzz.class).toList()) {
      shouldReadOrRefuseEveryFile(data);
    }
  }

  @MethodSource({"seeds", "kept"})
  @FuzzTest
  void shouldReadOrRefuseEveryFile(byte[] data) throws IOException {
    for (int tries = 1; true; tries++) {
      try {
        assertThat(SafeTensorsFuzzTest.check(data)).isNotEmpty();
        return;
      } catch (AssertionError e) {
        // The first calls load classes, which allocates a lot where they are instrumented.
        if (tries == TRIES) {
          throw e;
        }
      }
    }
  }
}
