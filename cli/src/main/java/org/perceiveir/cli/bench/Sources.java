package org.perceiveir.cli.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Utils;

/**
 * Names of sources of which each has a partition of its own.
 *
 * <p>Kafka chooses the partition by the hash of the key, so four sources often share two of four
 * partitions, and then one of two threads may have nothing to do. That is a property of the names,
 * not of the service.
 */
final class Sources {
  private Sources() {}

  /** As many names as there are partitions, by partition. */
  static List<String> onePerPartition(int partitions) {
    TreeMap<Integer, String> names = new TreeMap<>();
    for (int i = 1; names.size() < partitions; i++) {
      String name = "camera-" + i;
      names.putIfAbsent(Utils.toPositive(Utils.murmur2(name.getBytes(UTF_8))) % partitions, name);
    }
    return List.copyOf(names.values());
  }
}
