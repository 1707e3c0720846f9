package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version this was built as, with the Java it runs on. */
public final class BuildVersion implements IVersionProvider {

  /** The project's version, for instance {@code 0.1.0-SNAPSHOT}. */
  static String project() {
    Properties properties = new Properties();
    try (InputStream in = BuildVersion.class.getResourceAsStream("/perceive-version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "Perceive-IR Streams " + project(),
      "Java "
          + Runtime.version()
          + ", "
          + System.getProperty("os.name")
          + " "
          + System.getProperty("os.arch")
    };
  }
}
