package org.perceiveir.streams.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import org.perceiveir.testkit.FuzzCorpus;
import org.perceiveir.testkit.Spent;

/**
 * Whatever a configuration file holds, reading ends in a configuration all of whose settings can be
 * had, or in a {@link ConfigurationException} of one line.
 */
class ServiceConfigFuzz {
  private static final String REQUIRED =
      "kafka.bootstrap.servers=127.0.0.1:9\nschema.registry.url=http://127.0.0.1:9\n";
  private static final Path FILE = made();

  private static Path made() {
    try {
      return Files.createTempFile("config-fuzz", ".properties");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterAll
  static void clear() throws IOException {
    Files.delete(FILE);
  }

  static Stream<byte[]> seeds() {
    Stream<String> keys =
        ServiceConfig.definition().configKeys().values().stream()
            .map(key -> REQUIRED + key.name + "=" + value(key) + "\n");
    Stream<String> others =
        Stream.of(
            REQUIRED,
            "",
            "a=\\u12",
            REQUIRED + "kafka.producer.linger.ms=7\nschema.registry.auto.register.schemas=false\n",
            REQUIRED + "bundel=x\n",
            REQUIRED + "bundle=${env:NO_SUCH_VARIABLE}\n",
            REQUIRED + "http.tokens=a,b\nhttp.tls=true\n");
    return Stream.concat(keys, others).map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  private static String value(ConfigDef.ConfigKey key) {
    Object value = key.hasDefault() ? key.defaultValue : "x";
    return String.valueOf(value);
  }

  static Stream<byte[]> kept() {
    return FuzzCorpus.whenSearching(ServiceConfigFuzz.class);
  }

  @Test
  void shouldStandWhatEarlierSearchesFound() throws IOException {
    for (byte[] data : FuzzCorpus.of(ServiceConfigFuzz.class).toList()) {
      shouldReadOrRefuseEveryConfiguration(data);
    }
  }

  @MethodSource({"seeds", "kept"})
  @FuzzTest
  void shouldReadOrRefuseEveryConfiguration(byte[] data) throws IOException {
    Files.write(FILE, data);
    Spent.atMost(8_000_000 + 500L * data.length, ServiceConfigFuzz::read);
  }

  private static void read() {
    ServiceConfig config;
    try {
      config = ServiceConfig.load(FILE);
    } catch (ConfigurationException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty().doesNotContain("\n", "\u001b");
      return;
    }
    for (Method method : ServiceConfig.class.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers())
          && !Modifier.isStatic(method.getModifiers())
          && method.getParameterCount() == 0) {
        get(config, method);
      }
    }
  }

  /** A setting that is missing may be refused where it is needed. */
  private static void get(ServiceConfig config, Method setting) {
    try {
      assertThat(setting.invoke(config)).as(setting.getName()).isNotNull();
    } catch (InvocationTargetException e) {
      assertThat(e.getCause()).as(setting.getName()).isInstanceOf(ConfigurationException.class);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
