package org.perceiveir.model.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * The tensors of one safetensors file, checked as a whole before the first of them is handed out.
 *
 * <p>The bytes are kept; every {@code floats} or {@code longs} converts and copies. Instances are
 * immutable and thread-safe as long as nobody writes to the parsed array. A file may have at most
 * 2^31 - 9 bytes (a Java array).
 */
public final class SafeTensors {
  /**
   * Largest header accepted, in bytes. The format allows 100 MB; a big model needs about 0.2. Its
   * JSON takes up to thirty times as much memory while it is read.
   */
  public static final int MAX_HEADER_BYTES = 4 * 1024 * 1024;

  private static final int MAX_FILE_BYTES = Integer.MAX_VALUE - 8;
  private static final int MAX_RANK = 16;
  private static final int LENGTH_BYTES = 8;

  /** A multiple of every element size. */
  private static final int CHUNK_BYTES = 1 << 16;

  private static final int SHOWN_CHARS = 200;
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");
  private static final String METADATA = "__metadata__";

  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(8)
                          .maxNumberLength(32)
                          .maxStringLength(MAX_HEADER_BYTES)
                          .maxNameLength(4096)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  /** Element types by their name in the format; {@code bytes} an element. */
  enum Dtype {
    BOOL(1),
    U8(1),
    I8(1),
    F8_E5M2(1),
    F8_E4M3(1),
    I16(2),
    U16(2),
    F16(2),
    BF16(2),
    I32(4),
    U32(4),
    F32(4),
    I64(8),
    U64(8),
    F64(8);

    private final int bytes;

    Dtype(int bytes) {
      this.bytes = bytes;
    }

    /** Whether the elements can be had as float32. */
    boolean floating() {
      return this == F32 || this == F16 || this == BF16 || this == F64;
    }
  }

  record Entry(Dtype dtype, ShapeOf shape, int begin, int end) {}

  /** Keeps the array out of the record's components. */
  static final class ShapeOf {
    private final long[] sizes;

    ShapeOf(long[] sizes) {
      this.sizes = sizes;
    }
  }

  private final byte[] file;
  private final int dataStart;
  private final Map<String, Entry> entries;
  private final Map<String, String> metadata;

  private SafeTensors(
      byte[] file, int dataStart, Map<String, Entry> entries, Map<String, String> metadata) {
    this.file = file;
    this.dataStart = dataStart;
    this.entries = entries;
    this.metadata = metadata;
  }

  /**
   * Reads and checks a file.
   *
   * @throws IOException if the file cannot be read
   * @throws SafeTensorsException if it is not well-formed; the message names the file
   */
  public static SafeTensors read(Path path) throws IOException {
    long size = Files.size(path);
    if (size > MAX_FILE_BYTES) {
      throw new SafeTensorsException(
          path + ": " + size + " bytes, at most " + MAX_FILE_BYTES + " can be read");
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path)) {
      bytes = in.readNBytes((int) size);
    }
    try {
      return parse(bytes);
    } catch (SafeTensorsException e) {
      throw new SafeTensorsException(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Checks the bytes of a file and indexes its tensors. The array is kept, not copied.
   *
   * @throws SafeTensorsException if it is not well-formed
   */
  public static SafeTensors parse(byte[] file) {
    if (file.length < LENGTH_BYTES) {
      throw new SafeTensorsException(
          "safetensors file has " + file.length + " bytes, the header length alone needs 8");
    }
    long headerBytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    checkHeaderLength(headerBytes, file.length);
    int dataStart = LENGTH_BYTES + (int) headerBytes;
    Header header =
        Header.of(ByteBuffer.wrap(file, LENGTH_BYTES, (int) headerBytes), file.length - dataStart);
    return new SafeTensors(
        file,
        dataStart,
        Collections.unmodifiableMap(header.entries),
        Collections.unmodifiableMap(header.metadata));
  }

  /**
   * Reads all floating point tensors in one pass, of which no more than the numbers themselves is
   * kept: the way to read a file that is a large part of the heap. {@link #read} and {@link
   * #allFloats} need twice the file's size, this needs it once.
   *
   * <p>Wrap the stream to hash what is read; it is read to its end and not closed.
   *
   * @param in the file from its first byte
   * @param size bytes of the file
   * @return F32, F16, BF16 and F64 tensors as float32, and the names of all others
   * @throws IOException if the stream fails
   * @throws SafeTensorsException if the bytes are not well-formed, or fewer or more than {@code
   *     size}
   */
  public static Floats readFloats(InputStream in, long size) throws IOException {
    Header header = readHeader(in, size);
    Map<String, FloatTensor> tensors = new TreeMap<>();
    Set<String> others = new TreeSet<>();
    // The tensors tile the data, so the order of their offsets is the order of the stream.
    for (Map.Entry<String, Entry> e : inFileOrder(header.entries)) {
      if (e.getValue().dtype().floating()) {
        tensors.put(e.getKey(), readFloats(in, e.getValue()));
      } else {
        int bytes = e.getValue().end() - e.getValue().begin();
        // Read, not skipped: a stream that hashes does so with what is read.
        for (int left = bytes; left > 0; left -= CHUNK_BYTES) {
          int wanted = Math.min(left, CHUNK_BYTES);
          checkWhole(in.readNBytes(wanted).length, wanted);
        }
        others.add(e.getKey());
      }
    }
    if (in.read() != -1) {
      throw new SafeTensorsException(
          "safetensors file has more than the " + size + " bytes it had");
    }
    return new Floats(Collections.unmodifiableMap(tensors), Collections.unmodifiableSet(others));
  }

  /** Reads length and header, so that the stream stands at the first byte of data. */
  static Header readHeader(InputStream in, long size) throws IOException {
    if (size < LENGTH_BYTES || size > MAX_FILE_BYTES) {
      throw new SafeTensorsException(
          "safetensors file has " + size + " bytes, allowed are 8 to " + MAX_FILE_BYTES);
    }
    byte[] length = in.readNBytes(LENGTH_BYTES);
    checkWhole(length.length, LENGTH_BYTES);
    long headerBytes = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
    checkHeaderLength(headerBytes, size);
    byte[] json = in.readNBytes((int) headerBytes);
    checkWhole(json.length, headerBytes);
    return Header.of(ByteBuffer.wrap(json), (int) (size - LENGTH_BYTES - headerBytes));
  }

  /** Reads a tensor that can be had as float32 from a stream that stands at its first byte. */
  static FloatTensor readFloats(InputStream in, Entry entry) throws IOException {
    int bytes = entry.end() - entry.begin();
    float[] values = new float[bytes / entry.dtype().bytes];
    byte[] chunk = new byte[Math.min(bytes, CHUNK_BYTES)];
    int at = 0;
    for (int left = bytes; left > 0; ) {
      int read = in.readNBytes(chunk, 0, Math.min(left, CHUNK_BYTES));
      checkWhole(read, Math.min(left, CHUNK_BYTES));
      left -= read;
      int n = read / entry.dtype().bytes;
      widen(entry.dtype(), ByteBuffer.wrap(chunk, 0, read), values, at, n);
      at += n;
    }
    return new FloatTensor(entry.shape().sizes.clone(), values);
  }

  /**
   * What {@link #readFloats} found.
   *
   * @param tensors floating point tensors by name, sorted
   * @param others names of the tensors of other types, sorted
   */
  public record Floats(Map<String, FloatTensor> tensors, Set<String> others) {}

  private static void checkWhole(long found, long expected) {
    if (found != expected) {
      throw new SafeTensorsException(
          "safetensors file ends after "
              + found
              + " of "
              + expected
              + " bytes of a part: truncated");
    }
  }

  private static void checkHeaderLength(long headerBytes, long fileBytes) {
    if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES) {
      throw new SafeTensorsException(
          "safetensors header of "
              + Long.toUnsignedString(headerBytes)
              + " bytes, allowed are 2 to "
              + MAX_HEADER_BYTES);
    }
    if (headerBytes > fileBytes - LENGTH_BYTES) {
      throw new SafeTensorsException(
          "safetensors header of "
              + headerBytes
              + " bytes in a file of "
              + fileBytes
              + ": truncated");
    }
  }

  /** The tensors and the metadata that a file's header lists, checked against its data. */
  record Header(Map<String, Entry> entries, Map<String, String> metadata) {

    static Header of(ByteBuffer json, int dataBytes) {
      Map<String, String> metadata = new LinkedHashMap<>();
      Map<String, Entry> entries = new TreeMap<>();
      long before = (long) LENGTH_BYTES + json.remaining();
      JsonNode header = header(json);
      for (Map.Entry<String, JsonNode> field : header.properties()) {
        if (field.getKey().equals(METADATA)) {
          readMetadata(field.getValue(), metadata);
        } else {
          entries.put(
              field.getKey(),
              entry(field.getKey(), field.getValue(), dataBytes, () -> before + dataEnd(header)));
        }
      }
      checkTiling(entries, dataBytes);
      return new Header(entries, metadata);
    }
  }

  /** Bytes of data that the largest offset of a header asks for. */
  private static long dataEnd(JsonNode header) {
    long end = 0;
    for (Map.Entry<String, JsonNode> field : header.properties()) {
      end = Math.max(end, field.getValue().path("data_offsets").path(1).asLong());
    }
    return end;
  }

  private static JsonNode header(ByteBuffer json) {
    if (json.get(json.position()) != '{') {
      throw new SafeTensorsException("safetensors header does not begin with '{'");
    }
    String text;
    try {
      // Decoded strictly: Jackson would guess UTF-16 or UTF-32 from the first bytes.
      text = StandardCharsets.UTF_8.newDecoder().decode(json).toString();
    } catch (CharacterCodingException e) {
      throw new SafeTensorsException("safetensors header is not UTF-8", e);
    }
    JsonNode header;
    try {
      header = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new SafeTensorsException(
          "safetensors header is not valid JSON: " + shown(e.getOriginalMessage()), e);
    }
    if (!header.isObject()) {
      throw new SafeTensorsException("safetensors header is not a JSON object");
    }
    return header;
  }

  private static void readMetadata(JsonNode node, Map<String, String> metadata) {
    if (!node.isObject()) {
      throw new SafeTensorsException("__metadata__ is not a JSON object");
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isTextual()) {
        throw new SafeTensorsException(
            "__metadata__." + shown(field.getKey()) + " is not a string");
      }
      metadata.put(field.getKey(), field.getValue().textValue());
    }
  }

  private static Entry entry(
      String name, JsonNode node, int dataBytes, LongSupplier wholeFileBytes) {
    if (!node.isObject()
        || node.size() != 3
        || !node.path("dtype").isTextual()
        || !node.path("shape").isArray()
        || !node.path("data_offsets").isArray()) {
      throw new SafeTensorsException(
          "tensor " + shown(name) + ": the entry must have exactly dtype, shape and data_offsets");
    }
    Dtype dtype = dtype(name, node.path("dtype").textValue());
    JsonNode sizes = node.path("shape");
    if (sizes.size() > MAX_RANK) {
      throw new SafeTensorsException(
          "tensor " + shown(name) + ": rank " + sizes.size() + ", at most " + MAX_RANK);
    }
    long[] shape = new long[sizes.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = nonNegative(name, "shape", sizes.get(i));
    }
    JsonNode offsets = node.path("data_offsets");
    if (offsets.size() != 2) {
      throw new SafeTensorsException(
          "tensor "
              + shown(name)
              + ": data_offsets has "
              + offsets.size()
              + " numbers, expected 2");
    }
    long begin = nonNegative(name, "data_offsets", offsets.get(0));
    long end = nonNegative(name, "data_offsets", offsets.get(1));
    if (begin > end || end > dataBytes) {
      throw new SafeTensorsException(
          "tensor "
              + shown(name)
              + ": data_offsets ["
              + begin
              + ", "
              + end
              + "] do not lie in the "
              + dataBytes
              + " bytes of data"
              + (begin > end
                  ? ""
                  // Unsigned, since an offset may be near 2^63.
                  : ": truncated, the file should have "
                      + Long.toUnsignedString(wholeFileBytes.getAsLong())
                      + " bytes"));
    }
    long elements;
    try {
      elements = FloatTensor.elements(shape);
    } catch (SafeTensorsException e) {
      throw new SafeTensorsException("tensor " + shown(name) + ": " + e.getMessage(), e);
    }
    // Division, not multiplication: elements may be near 2^63.
    if ((end - begin) % dtype.bytes != 0 || elements != (end - begin) / dtype.bytes) {
      throw new SafeTensorsException(
          "tensor "
              + shown(name)
              + ": "
              + dtype
              + Arrays.toString(shape)
              + " has "
              + elements
              + " elements of "
              + dtype.bytes
              + " bytes, data_offsets hold "
              + (end - begin)
              + " bytes");
    }
    return new Entry(dtype, new ShapeOf(shape), (int) begin, (int) end);
  }

  private static Dtype dtype(String name, String text) {
    for (Dtype dtype : Dtype.values()) {
      if (dtype.name().equals(text)) {
        return dtype;
      }
    }
    throw new SafeTensorsException("tensor " + shown(name) + ": unknown dtype " + shown(text));
  }

  private static long nonNegative(String name, String field, JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
      throw new SafeTensorsException(
          "tensor "
              + shown(name)
              + ": "
              + field
              + " holds "
              + shown(node.toString())
              + ", expected an integer from 0");
    }
    return node.longValue();
  }

  private static List<Map.Entry<String, Entry>> inFileOrder(Map<String, Entry> entries) {
    return entries.entrySet().stream()
        .sorted(
            Comparator.comparingInt((Map.Entry<String, Entry> e) -> e.getValue().begin())
                .thenComparingInt(e -> e.getValue().end()))
        .toList();
  }

  private static void checkTiling(Map<String, Entry> entries, int dataBytes) {
    int expected = 0;
    for (Map.Entry<String, Entry> e : inFileOrder(entries)) {
      if (e.getValue().begin() != expected) {
        throw new SafeTensorsException(
            "tensor "
                + shown(e.getKey())
                + " begins at byte "
                + e.getValue().begin()
                + ", the one before ends at "
                + expected
                + (e.getValue().begin() < expected ? ": overlap" : ": gap"));
      }
      expected = e.getValue().end();
    }
    if (expected != dataBytes) {
      throw new SafeTensorsException(
          "tensors end at byte "
              + expected
              + " of "
              + dataBytes
              + " bytes of data: the rest belongs to no tensor");
    }
  }

  /** Text of a stranger, fit for one line of a log: cut, and without control characters. */
  private static String shown(String text) {
    String cut =
        text.length() <= SHOWN_CHARS
            ? text
            : text.substring(0, SHOWN_CHARS) + "... (" + text.length() + " characters)";
    return CONTROL.matcher(cut).replaceAll("?");
  }

  /** Names of the tensors, sorted. */
  public Set<String> names() {
    return entries.keySet();
  }

  /** True if the file has a tensor of this name. */
  public boolean has(String name) {
    return entries.containsKey(name);
  }

  /** The strings of {@code __metadata__}; empty if the file has none. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** Sizes of a tensor, a copy; empty for a scalar. */
  public long[] shape(String name) {
    return entry(name).shape().sizes.clone();
  }

  /** Element type as the format names it, for instance {@code F32}. */
  public String dtype(String name) {
    return entry(name).dtype().name();
  }

  /**
   * A tensor as float32: F32 as it is, F16 and BF16 widened exactly, F64 rounded to nearest.
   *
   * @throws SafeTensorsException if there is no such tensor or it has another type
   */
  public FloatTensor floats(String name) {
    Entry entry = entry(name);
    checkFloating(name, entry);
    ByteBuffer data = data(entry);
    int n = (entry.end() - entry.begin()) / entry.dtype().bytes;
    float[] values = new float[n];
    widen(entry.dtype(), data, values, 0, n);
    return new FloatTensor(entry.shape().sizes.clone(), values);
  }

  static void checkFloating(String name, Entry entry) {
    if (!entry.dtype().floating()) {
      throw new SafeTensorsException(
          "tensor "
              + name
              + " has dtype "
              + entry.dtype()
              + ", as floats can be read F32, F16, BF16 and F64");
    }
  }

  /**
   * The elements of an I64 tensor, row-major.
   *
   * @throws SafeTensorsException if there is no such tensor or it has another type
   */
  public long[] longs(String name) {
    Entry entry = entry(name);
    if (entry.dtype() != Dtype.I64) {
      throw new SafeTensorsException(
          "tensor " + name + " has dtype " + entry.dtype() + ", as longs can be read I64");
    }
    long[] values = new long[(entry.end() - entry.begin()) / 8];
    data(entry).asLongBuffer().get(values);
    return values;
  }

  /** All tensors as float32, by name; see {@link #floats}. */
  public Map<String, FloatTensor> allFloats() {
    Map<String, FloatTensor> all = new LinkedHashMap<>();
    for (String name : names()) {
      all.put(name, floats(name));
    }
    return Collections.unmodifiableMap(all);
  }

  private Entry entry(String name) {
    return entry(entries, name);
  }

  static Entry entry(Map<String, Entry> entries, String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new SafeTensorsException(
          "no tensor " + name + " among the " + entries.size() + " of the file");
    }
    return entry;
  }

  private ByteBuffer data(Entry entry) {
    return ByteBuffer.wrap(file, dataStart + entry.begin(), entry.end() - entry.begin())
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The next {@code n} elements of the buffer into {@code values} from {@code at} on. */
  private static void widen(Dtype dtype, ByteBuffer buffer, float[] values, int at, int n) {
    ByteBuffer data = buffer.order(ByteOrder.LITTLE_ENDIAN);
    switch (dtype) {
      case F32 -> data.asFloatBuffer().get(values, at, n);
      case F64 -> {
        for (int i = 0; i < n; i++) {
          values[at + i] = (float) data.getDouble(8 * i);
        }
      }
      case BF16 -> {
        for (int i = 0; i < n; i++) {
          values[at + i] = Float.intBitsToFloat(data.getShort(2 * i) << 16);
        }
      }
      case F16 -> {
        for (int i = 0; i < n; i++) {
          values[at + i] = halfToFloat(data.getShort(2 * i));
        }
      }
      default -> throw new IllegalArgumentException(dtype + " is no floating point type");
    }
  }

  /** IEEE 754 binary16 to binary32, exact, subnormals, infinities and NaN included. */
  static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 31 ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | (wide << 23) | (fraction << 13));
  }
}
