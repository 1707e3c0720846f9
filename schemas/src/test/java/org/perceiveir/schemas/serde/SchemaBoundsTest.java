package org.perceiveir.schemas.serde;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.SourceState;
import org.perceiveir.schemas.avro.SourceTelemetry;

class SchemaBoundsTest {
  @Test
  void shouldTakeOurOwnSchemas() {
    for (Schema own :
        List.of(
            Frame.getClassSchema(),
            FrameTelemetry.getClassSchema(),
            ModelOrder.getClassSchema(),
            ModelStatus.getClassSchema(),
            RestoredFrame.getClassSchema(),
            SourceState.getClassSchema(),
            SourceTelemetry.getClassSchema())) {
      assertThatCode(() -> SchemaBounds.check(own)).as(own.getName()).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'record','name':'N','fields':[{'name':'n','type':['null','N']}]} | contains itself",
        "{'type':'array','items':'null'} | null stands outside a union",
        "{'type':'array','items':{'type':'record','name':'E','fields':[]}} | E has no fields",
        "{'type':'map','values':{'type':'record','name':'E','fields':[]}} | E has no fields"
      })
  void shouldRefuseWhatMakesAReaderWorkBeyondTheBytesOfARecord(String schema, String reason) {
    assertRefused(schema.replace('\'', '"'), reason);
  }

  @Test
  void shouldRefuseTypesThatDoubleWithEachOther() {
    StringBuilder doubling = new StringBuilder("\"string\"");
    for (int i = 0; i < 30; i++) {
      String before = i == 0 ? "string" : "D" + (i - 1);
      doubling.insert(
          0, "{\"type\":\"record\",\"name\":\"D" + i + "\",\"fields\":[{\"name\":\"a\",\"type\":");
      doubling.append("},{\"name\":\"b\",\"type\":\"").append(before).append("\"}]}");
    }
    assertRefused(doubling.toString(), "more than 5000 types");
  }

  @ParameterizedTest
  @CsvSource({"array, items", "map, values"})
  void shouldTakeTypesAsDeepAsAllowedAndNotOneDeeper(String type, String of) {
    // The innermost string is as deep as there are arrays around it.
    String deepest = nested(type, of, 40);
    assertThatCode(() -> SchemaBounds.check(new Schema.Parser().parse(deepest)))
        .doesNotThrowAnyException();
    assertRefused(nested(type, of, 41), "nested more than 40 deep");
  }

  private static String nested(String type, String of, int levels) {
    String open = "{\"type\":\"" + type + "\",\"" + of + "\":";
    return open.repeat(levels) + "\"string\"" + "}".repeat(levels);
  }

  @Test
  void shouldTakeAsManyTypesAsAllowedAndNotOneMore() {
    // The record is one of them.
    assertThatCode(() -> SchemaBounds.check(record(4_999))).doesNotThrowAnyException();
    assertThatThrownBy(() -> SchemaBounds.check(record(5_000)))
        .isInstanceOf(SchemaBounds.ExceededException.class)
        .hasMessageContaining("more than 5000 types");
  }

  private static Schema record(int fields) {
    SchemaBuilder.FieldAssembler<Schema> record = SchemaBuilder.record("R").fields();
    for (int i = 0; i < fields; i++) {
      record.requiredInt("f" + i);
    }
    return record.endRecord();
  }

  private static void assertRefused(String schema, String reason) {
    Schema parsed = new Schema.Parser().parse(schema);
    assertThatThrownBy(() -> SchemaBounds.check(parsed))
        .isInstanceOf(SchemaBounds.ExceededException.class)
        .hasMessageContaining(reason);
  }
}
