package org.perceiveir.model.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.Channels;
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
  private static final int CHUNK_BYTES = 1 << 16;
  private static final ObjectMapper JSON = new ObjectMapper();

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
    write(path, Layout.of(tensors, metadata));
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
    write(path, Layout.of(shapes, tensors, metadata));
  }

  private static void write(Path path, Layout layout) throws IOException {
    Path absolute = path.toAbsolutePath();
    Path directory = absolute.getParent();
    if (directory == null) {
      throw new IOException(path + " is not a file name");
    }
    Path temporary = Files.createTempFile(directory, ".safetensors", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        layout.writeTo(Channels.newOutputStream(channel));
        channel.force(true);
      }
      Files.move(
          temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Writes the bytes of a file to a stream, which is not closed; wrap it to hash them. Unlike
   * {@link #toBytes} it makes no second copy of the numbers.
   *
   * @return the number of bytes
   * @throws IOException if the stream fails
   * @throws SafeTensorsException if a name is {@code __metadata__} or the file would be too large
   */
  public static long write(
      OutputStream out, Map<String, FloatTensor> tensors, Map<String, String> metadata)
      throws IOException {
    Layout layout = Layout.of(tensors, metadata);
    layout.writeTo(out);
    return layout.size();
  }

  /**
   * The bytes of a file: tensors sorted by name, header padded with blanks to a multiple of eight.
   *
   * @throws SafeTensorsException if a name is {@code __metadata__} or the file would be too large
   */
  public static byte[] toBytes(Map<String, FloatTensor> tensors, Map<String, String> metadata) {
    Layout layout = Layout.of(tensors, metadata);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(layout.size());
    try {
      layout.writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  /** A file's length and header, and the tensors in the order of their data. */
  private static final class Layout {
    private final byte[] head;
    private final SortedMap<String, long[]> shapes;
    private final Function<String, FloatTensor> tensors;
    private final int dataBytes;

    private Layout(
        byte[] head,
        SortedMap<String, long[]> shapes,
        Function<String, FloatTensor> tensors,
        int dataBytes) {
      this.head = head;
      this.shapes = shapes;
      this.tensors = tensors;
      this.dataBytes = dataBytes;
    }

    int size() {
      return head.length + dataBytes;
    }

    static Layout of(Map<String, FloatTensor> tensors, Map<String, String> metadata) {
      SortedMap<String, long[]> shapes = new TreeMap<>();
      tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
      return of(shapes, name -> present(tensors, name), metadata);
    }

    static Layout of(
        SortedMap<String, long[]> shapes,
        Function<String, FloatTensor> tensors,
        Map<String, String> metadata) {
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
      ByteBuffer head = ByteBuffer.allocate(8 + headerBytes).order(ByteOrder.LITTLE_ENDIAN);
      head.putLong(headerBytes).put(json);
      while (head.hasRemaining()) {
        head.put((byte) ' ');
      }
      return new Layout(head.array(), shapes, tensors, (int) offset);
    }

    void writeTo(OutputStream out) throws IOException {
      out.write(head);
      byte[] chunk = new byte[CHUNK_BYTES];
      FloatBuffer floats = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      for (Map.Entry<String, long[]> e : shapes.entrySet()) {
        float[] values = checked(e.getKey(), e.getValue()).values();
        for (int at = 0; at < values.length; at += floats.capacity()) {
          int n = Math.min(floats.capacity(), values.length - at);
          floats.put(0, values, at, n);
          out.write(chunk, 0, 4 * n);
        }
      }
    }

    private FloatTensor checked(String name, long[] shape) {
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
  }

  private static FloatTensor present(Map<String, FloatTensor> tensors, String name) {
    FloatTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new SafeTensorsException("there is no tensor " + name);
    }
    return tensor;
  }
}
