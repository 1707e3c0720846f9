package org.perceiveir.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * What the last long search of a fuzz target found to lead it somewhere new, kept as a zip in
 * {@code src/test/resources/fuzz-corpus}. It is run with every build, and the next search begins
 * with it.
 */
public final class FuzzCorpus {
  private FuzzCorpus() {}

  /** The kept inputs of a target while {@code mvn -Pfuzz} searches, else none. */
  public static Stream<byte[]> whenSearching(Class<?> target) {
    return System.getenv("JAZZER_FUZZ") == null ? Stream.empty() : of(target);
  }

  /**
   * The kept inputs of a target.
   *
   * @throws IllegalStateException if there are none
   */
  public static Stream<byte[]> of(Class<?> target) {
    String name = "/fuzz-corpus/" + target.getSimpleName() + ".zip";
    InputStream file = target.getResourceAsStream(name);
    if (file == null) {
      throw new IllegalStateException("no " + name + " among the tests' resources");
    }
    Stream.Builder<byte[]> inputs = Stream.builder();
    try (ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        inputs.add(zip.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return inputs.build();
  }
}
