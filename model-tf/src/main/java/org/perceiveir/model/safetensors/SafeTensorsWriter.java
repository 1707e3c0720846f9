package org.perceiveir.model.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Writes float32 tensors as safetensors: the same map always gives the same bytes. */
public final class SafeTensorsWriter {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CHUNK_BYTES = 1 << 20;

  private SafeTensorsWriter() {}

  /**
   * Writes a file under a temporary name beside it, forces it to disk and renames it into place, so
   * that a reader sees the old file or the whole new one.
   *
   * @throws IOException if the disk refuses
   * @throws SafeTensorsException if a name is {@code __metadata__} or the file would be too large
   */
  public static void write(
      Path path, Map<String, FloatTensor> tensors, Map<String, String> metadata)
      throws IOException {
    write(path, shapes(tensors), name -> present(tensors, name), metadata);
  }

  /**
   * As above, with each tensor asked for when its turn comes, in the order of names, so that they
   * need not all be in memory at once.
   *
   * @param shapes of all tensors by name
   * @param tensors gives the tensor of a name
   * @throws IOException if the disk refuses
   * @throws SafeTensorsException if a name is {@code __metadata__}, the file would be too large or
   *     a tensor is not of its shape
   */
  public static void write(
      Path path,
      SortedMap<String, long[]> shapes,
      Function<String, FloatTensor> tensors,
      Map<String, String> metadata)
      throws IOException {
    byte[] head = head(shapes, metadata);
    Path absolute = path.toAbsolutePath();
    Path directory = absolute.getParent();
    if (directory == null) {
      throw new IOException(path + " is not a file name");
    }
    Path temporary = Files.createTempFile(directory, ".safetensors", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        drain(ByteBuffer.wrap(head), channel);
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Map.Entry<String, long[]> e : shapes.entrySet()) {
          float[] values = checked(e.getKey(), e.getValue(), tensors).values();
          for (int from = 0; from < values.length; from += CHUNK_BYTES / 4) {
            int count = Math.min(CHUNK_BYTES / 4, values.length - from);
            chunk.clear().limit(4 * count);
            chunk.asFloatBuffer().put(values, from, count);
            drain(chunk, channel);
          }
        }
        channel.force(true);
      }
      Files.move(
          temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * The bytes of a file: tensors sorted by name, header padded with blanks to a multiple of eight.
   *
   * @throws SafeTensorsException if a name is {@code __metadata__} or the file would be too large
   */
  public static byte[] toBytes(Map<String, FloatTensor> tensors, Map<String, String> metadata) {
    SortedMap<String, long[]> shapes = shapes(tensors);
    byte[] head = head(shapes, metadata);
    int size = head.length;
    for (FloatTensor tensor : tensors.values()) {
      size += 4 * tensor.values().length;
    }
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.put(head);
    for (String name : shapes.keySet()) {
      float[] values = present(tensors, name).values();
      out.asFloatBuffer().put(values);
      out.position(out.position() + 4 * values.length);
    }
    return out.array();
  }

  private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static SortedMap<String, long[]> shapes(Map<String, FloatTensor> tensors) {
    SortedMap<String, long[]> shapes = new TreeMap<>();
    tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  private static FloatTensor present(Map<String, FloatTensor> tensors, String name) {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new SafeTensorsException("there is no tensor " + name);
    }
    return tensor;
  }

  private static FloatTensor checked(
      String name, long[] shape, Function<String, FloatTensor> tensors) {
    FloatTensor tensor = tensors.apply(name);
    if (!Arrays.equals(tensor.shape(), shape)) {
      throw new SafeTensorsException(
          "tensor "
              + name
              + " was announced with shape "
              + Arrays.toString(shape)
              + " and has "
              + Arrays.toString(tensor.shape()));
    }
    return tensor;
  }

  /** The length, the header and its padding: what stands in front of the data. */
  private static byte[] head(SortedMap<String, long[]> shapes, Map<String, String> metadata) {
    ObjectNode header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode strings = header.putObject("__metadata__");
      new TreeMap<>(metadata).forEach(strings::put);
    }
    long offset = 0;
    for (Map.Entry<String, long[]> e : shapes.entrySet()) {
      if (e.getKey().equals("__metadata__")) {
        throw new SafeTensorsException("a tensor cannot be named __metadata__");
      }
      ObjectNode entry = header.putObject(e.getKey());
      entry.put("dtype", "F32");
      ArrayNode sizes = entry.putArray("shape");
      for (long size : e.getValue()) {
        sizes.add(size);
      }
      long end = offset + 4 * FloatTensor.elements(e.getValue());
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json;
    try {
      json = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new SafeTensorsException("header cannot be written: " + e.getMessage(), e);
    }
    int headerBytes = (json.length + 7) / 8 * 8;
    if (headerBytes > SafeTensors.MAX_HEADER_BYTES
        || 8L + headerBytes + offset > Integer.MAX_VALUE - 8) {
      throw new SafeTensorsException(
          "a header of "
              + headerBytes
              + " bytes and "
              + offset
              + " bytes of data are too large for one file");
    }
    ByteBuffer out = ByteBuffer.allocate(8 + headerBytes).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(headerBytes).put(json);
    while (out.hasRemaining()) {
      out.put((byte) ' ');
    }
    return out.array();
  }
}
