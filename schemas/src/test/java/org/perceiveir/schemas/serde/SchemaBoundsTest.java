package org.perceiveir.schemas.serde;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.avro.Schema;
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

  private static void assertRefused(String schema, String reason) {
    Schema parsed = new Schema.Parser().parse(schema);
    assertThatThrownBy(() -> SchemaBounds.check(parsed))
        .isInstanceOf(SchemaBounds.ExceededException.class)
        .hasMessageContaining(reason);
  }
}
