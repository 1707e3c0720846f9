package org.perceiveir.schemas.avro;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaDocTest {
  private static final String UNIT =
      "(?s).*(microseconds|in dB|bytes|pixels|frames|records|[Nn]o unit|probabilities|[Ii]n the unit).*";

  static Stream<Schema> schemas() {
    return Stream.of(
        Frame.getClassSchema(),
        RestoredFrame.getClassSchema(),
        FrameTelemetry.getClassSchema(),
        SourceTelemetry.getClassSchema(),
        QualityAlert.getClassSchema(),
        SourceState.getClassSchema(),
        ModelOrder.getClassSchema(),
        ModelStatus.getClassSchema());
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void shouldSayUnitInTheDocOfEveryField(Schema schema) {
    check(schema, new HashSet<>());
  }

  private static void check(Schema schema, Set<String> seen) {
    switch (schema.getType()) {
      case RECORD -> {
        if (seen.add(schema.getFullName())) {
          assertThat(schema.getDoc()).as(schema.getFullName()).isNotBlank();
          for (Schema.Field field : schema.getFields()) {
            assertThat(field.doc())
                .as(schema.getFullName() + "." + field.name())
                .isNotNull()
                .matches(UNIT);
            check(field.schema(), seen);
          }
        }
      }
      case UNION -> schema.getTypes().forEach(type -> check(type, seen));
      case ARRAY -> check(schema.getElementType(), seen);
      case MAP -> check(schema.getValueType(), seen);
      case ENUM, FIXED -> assertThat(schema.getDoc()).as(schema.getFullName()).isNotBlank();
      default -> assertThat(schema.getLogicalType()).isNull();
    }
  }
}
