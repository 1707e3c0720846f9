package org.perceiveir.streams.deploy;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;

/**
 * The columns that the Kafka data source makes of an Avro record: nested names with dots, and where
 * a value is nullable the name of its type behind the field's, as its decoder (goavro) has it. A
 * map has a column for each key, here {@code *}.
 */
final class AvroFields {
  private AvroFields() {}

  /** All columns, and {@code time}, which every row has. */
  static List<String> flattened(Schema record) {
    List<String> names = new ArrayList<>(List.of("time"));
    add(record, "", names);
    return names;
  }

  private static void add(Schema schema, String name, List<String> names) {
    switch (schema.getType()) {
      case RECORD ->
          schema
              .getFields()
              .forEach(
                  f -> add(f.schema(), name.isEmpty() ? f.name() : name + "." + f.name(), names));
      case UNION ->
          schema.getTypes().stream()
              .filter(branch -> branch.getType() != Schema.Type.NULL)
              .forEach(branch -> add(branch, name + "." + branch.getFullName(), names));
      case MAP -> names.add(name + ".*");
      default -> names.add(name);
    }
  }
}
