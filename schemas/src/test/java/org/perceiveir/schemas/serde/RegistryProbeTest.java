package org.perceiveir.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import org.apache.avro.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perceiveir.schemas.serde.RegistryProbe.Answer;

class RegistryProbeTest {
  private static final Schema SCHEMA = Schema.create(Schema.Type.STRING);
  private static final String LOOK_UP = "POST /subjects/frames-value";
  private static final String COMPATIBLE =
      "POST /compatibility/subjects/frames-value/versions/latest";

  private ScriptedRegistry registry;

  @BeforeEach
  void start() throws IOException {
    registry = new ScriptedRegistry().answer(LOOK_UP, 404, "{\"error_code\":40403}");
  }

  @AfterEach
  void stop() {
    registry.close();
  }

  @Test
  void shouldNameTheSubjectOfTheTopicsValues() {
    assertThat(probe(true).subject("frames", SCHEMA)).isEqualTo("frames-value");
  }

  @Test
  void shouldFindASchemaThatIsRegistered() {
    registry.answer(LOOK_UP, 200, "{\"id\":1}");
    assertThat(ask(true)).isEqualTo(Answer.REGISTERED);
    assertThat(ask(false)).isEqualTo(Answer.REGISTERED);
  }

  @Test
  void shouldTellWhetherTheSerdeWouldRegisterACompatibleOne() {
    registry.answer(COMPATIBLE, 200, "{\"is_compatible\":true}");
    assertThat(ask(true)).isEqualTo(Answer.WILL_BE_REGISTERED);
    assertThat(ask(false)).isEqualTo(Answer.NOT_REGISTERED);
  }

  @Test
  void shouldTellThatTheNewestOneDoesNotAllowIt() {
    registry.answer(COMPATIBLE, 200, "{\"is_compatible\":false}");
    assertThat(ask(true)).isEqualTo(Answer.INCOMPATIBLE);
  }

  /** 40401: no such subject; 40402: no version under it. */
  @ParameterizedTest
  @ValueSource(ints = {40401, 40402})
  void shouldAllowTheFirstSchemaOfASubject(int code) {
    registry.answer(LOOK_UP, 404, "{\"error_code\":40401}");
    registry.answer(COMPATIBLE, 404, "{\"error_code\":" + code + "}");
    assertThat(ask(true)).isEqualTo(Answer.WILL_BE_REGISTERED);
  }

  @Test
  void shouldPassOnARefusalThatIsNoAnswer() {
    registry.answer(COMPATIBLE, 403, "{\"error_code\":40301}");
    assertThatThrownBy(() -> ask(true))
        .isInstanceOf(RegistryRefusedException.class)
        .hasMessageContaining("40301");
    registry.answer(LOOK_UP, 401, "{\"error_code\":40101}");
    assertThatThrownBy(() -> ask(true))
        .isInstanceOf(RegistryRefusedException.class)
        .hasMessageContaining("40101");
  }

  private Answer ask(boolean register) {
    return probe(register).ask("frames", SCHEMA);
  }

  private RegistryProbe probe(boolean register) {
    return new RegistryProbe(
        Map.of(
            "schema.registry.url",
            registry.url(),
            "auto.register.schemas",
            register,
            "max.retries",
            0));
  }
}
