package org.perceiveir.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourcesTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 64})
  void shouldNameSourcesThatTheProducerSendsToPartitionsOfTheirOwn(int partitions) {
    // The names rest on how Kafka's producer hashes keys: if that changes, this must fail, because
    // the bench would then measure threads without work.
    List<String> names = Sources.onePerPartition(partitions);

    assertThat(names)
        .extracting(name -> BuiltInPartitioner.partitionForKey(name.getBytes(UTF_8), partitions))
        .doesNotHaveDuplicates()
        .hasSize(partitions);
  }
}
