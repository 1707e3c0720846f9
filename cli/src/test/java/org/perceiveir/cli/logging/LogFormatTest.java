package org.perceiveir.cli.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.status.Status;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The log configuration of the command line as it is shipped. */
class LogFormatTest {
  private static String log(String format) throws Exception {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(((LoggerContext) LoggerFactory.getILoggerFactory()).getMDCAdapter());
    context.putProperty("PERCEIVE_LOG_FORMAT", format);
    PrintStream before = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, UTF_8));
    try (InputStream configuration = LogFormatTest.class.getResourceAsStream("/logback.xml")) {
      JoranConfigurator configurator = new JoranConfigurator();
      configurator.setContext(context);
      configurator.doConfigure(configuration);
      // Logback would print all that it has to say at each start.
      assertThat(context.getStatusManager().getCopyOfStatusList())
          .extracting(Status::getLevel)
          .doesNotContain(Status.WARN, Status.ERROR);
      context.getLogger("org.perceiveir.Test").warn("a \"quoted\" line");
      context.stop();
    } finally {
      System.setErr(before);
    }
    return written.toString(UTF_8);
  }

  @Test
  void shouldWriteJsonOnlyWhenAskedTo() throws Exception {
    assertThat(new ObjectMapper().readTree(log("json")).path("message").asText())
        .isEqualTo("a \"quoted\" line");
    assertThat(log("")).matches("\\d\\d:\\d\\d:\\d\\d WARN  \\S*Test a \"quoted\" line\n");
  }
}
