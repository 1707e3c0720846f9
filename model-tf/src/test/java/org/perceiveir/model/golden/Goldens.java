package org.perceiveir.model.golden;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.perceiveir.model.safetensors.FloatTensor;
import org.perceiveir.model.safetensors.SafeTensors;
import org.perceiveir.testkit.SharedFolder;

/**
 * Reference numbers beside the checkout; tests that need them are skipped, and say so, where they
 * are absent.
 */
public final class Goldens {
  private static final Pattern NPY =
      Pattern.compile("'descr': '<f([48])'.*'fortran_order': False.*'shape': \\(([^)]*)\\)");

  private Goldens() {}

  /** A path below the golden folder; skips the calling test when there is none. */
  public static Path path(String relative) {
    return SharedFolder.require("goldens/" + relative);
  }

  /** A safetensors file. */
  public static SafeTensors tensors(String relative) throws IOException {
    return SafeTensors.read(path(relative));
  }

  /** A NumPy array of float32 or float64, little-endian, row-major. */
  public static FloatTensor npy(String relative) throws IOException {
    byte[] file = Files.readAllBytes(path(relative));
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = buffer.getShort(8);
    String header = new String(file, 10, headerLength, StandardCharsets.US_ASCII);
    Matcher m = NPY.matcher(header);
    if (!m.find()) {
      throw new IOException("not a plain float array: " + header);
    }
    long[] shape =
        Arrays.stream(m.group(2).split(","))
            .map(String::trim)
            .filter(s -> !s.isEmpty())
            .mapToLong(Long::parseLong)
            .toArray();
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    boolean single = m.group(1).equals("4");
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      int at = 10 + headerLength + i * (single ? 4 : 8);
      values[i] = single ? buffer.getFloat(at) : (float) buffer.getDouble(at);
    }
    return new FloatTensor(shape, values);
  }

  /** The elements of a NumPy array of int64, little-endian, row-major. */
  public static long[] npyLongs(String relative) throws IOException {
    byte[] file = Files.readAllBytes(path(relative));
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int start = 10 + buffer.getShort(8);
    String header = new String(file, 10, start - 10, StandardCharsets.US_ASCII);
    if (!header.contains("'<i8'") || !header.contains("'fortran_order': False")) {
      throw new IOException("not a plain int64 array: " + header);
    }
    long[] values = new long[(file.length - start) / 8];
    buffer.position(start).slice().order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values);
    return values;
  }
}
