package org.perceiveir.embedded;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.Incompatibility;

/** What a new schema of a subject must be able to do with the earlier ones. */
enum CompatibilityLevel {
  NONE(false, false, false),
  BACKWARD(true, false, false),
  BACKWARD_TRANSITIVE(true, false, true),
  FORWARD(false, true, false),
  FORWARD_TRANSITIVE(false, true, true),
  FULL(true, true, false),
  FULL_TRANSITIVE(true, true, true);

  private final boolean readsEarlier;
  private final boolean readByEarlier;
  private final boolean transitive;

  CompatibilityLevel(boolean readsEarlier, boolean readByEarlier, boolean transitive) {
    this.readsEarlier = readsEarlier;
    this.readByEarlier = readByEarlier;
    this.transitive = transitive;
  }

  /**
   * What speaks against {@code candidate}.
   *
   * @param earlier the subject's schemas, oldest first
   * @return empty if the candidate is compatible
   */
  List<String> violations(Schema candidate, List<Schema> earlier) {
    List<Schema> compared =
        transitive || earlier.isEmpty()
            ? earlier
            : earlier.subList(earlier.size() - 1, earlier.size());
    List<String> violations = new ArrayList<>();
    for (Schema other : compared) {
      if (readsEarlier) {
        addIncompatibilities(
            candidate, other, "the new schema cannot read the old one", violations);
      }
      if (readByEarlier) {
        addIncompatibilities(
            other, candidate, "the old schema cannot read the new one", violations);
      }
    }
    return violations;
  }

  private static void addIncompatibilities(
      Schema reader, Schema writer, String direction, List<String> violations) {
    for (Incompatibility found :
        SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
            .getResult()
            .getIncompatibilities()) {
      violations.add(
          direction
              + ": "
              + found.getType()
              + " at "
              + found.getLocation()
              + ", "
              + found.getMessage());
    }
  }
}
