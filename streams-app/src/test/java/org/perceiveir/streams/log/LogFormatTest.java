package org.perceiveir.streams.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.status.Status;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** The log configuration of the service as it is shipped. */
class LogFormatTest {
  private static String log(String format) throws Exception {
    return log(format, "a \"quoted\"\nline");
  }

  private static String log(String format, String message) throws Exception {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(
        ((LoggerContext) org.slf4j.LoggerFactory.getILoggerFactory()).getMDCAdapter());
    context.putProperty("PERCEIVE_LOG_FORMAT", format);
    PrintStream before = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, UTF_8));
    try (InputStream configuration =
        LogFormatTest.class.getResourceAsStream("/org/perceiveir/streams/logback.xml")) {
      JoranConfigurator configurator = new JoranConfigurator();
      configurator.setContext(context);
      configurator.doConfigure(configuration);
      // Logback would print all that it has to say at each start.
      assertThat(context.getStatusManager().getCopyOfStatusList())
          .extracting(Status::getLevel)
          .doesNotContain(Status.WARN, Status.ERROR);
      Logger logger = context.getLogger("org.perceiveir.streams.Test");
      MDC.put("application", "app");
      logger.atWarn().addKeyValue("kind", "shed").log(message);
      context.stop();
    } finally {
      MDC.remove("application");
      System.setErr(before);
    }
    return written.toString(UTF_8);
  }

  @Test
  void shouldWriteOneJsonObjectALineWhenAskedTo() throws Exception {
    String line = log("json");

    assertThat(line.trim()).doesNotContain("\n");
    JsonNode event = new ObjectMapper().readTree(line);
    assertThat(event.path("level").asText()).isEqualTo("WARN");
    assertThat(event.path("message").asText()).isEqualTo("a \"quoted\"\nline");
    assertThat(event.path("kvpList").toString()).contains("\"kind\"", "\"shed\"");
    assertThat(event.path("mdc").path("application").asText()).isEqualTo("app");
  }

  @Test
  void shouldWriteTextOtherwise() throws Exception {
    assertThat(log("text")).contains("WARN ").contains("Test: a \"quoted\"");
    assertThat(log("jsn")).contains("Test: a \"quoted\"");
  }

  /** Text of a stranger must not move the cursor of whoever reads the log. */
  @Test
  void shouldShowNoControlCharacters() throws Exception {
    assertThat(log("text", "cam \u001b[2J\u0007\rend"))
        .contains("Test: cam ?[2J??end")
        .doesNotContain("\u001b");
  }
}
