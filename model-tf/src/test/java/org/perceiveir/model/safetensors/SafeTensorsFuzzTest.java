package org.perceiveir.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Weight files come from strangers. Whatever their bytes are, reading ends in tensors or in a
 * {@link SafeTensorsException} with one short line, and takes memory in proportion to the file.
 *
 * <p>The corpus keeps a file for every way of being malformed that is known, with the words that
 * its error must have; a file that once broke the reader goes there too. {@code
 * -Dperceive.fuzz.rounds=N} runs longer, {@code -Dperceive.fuzz.seed=N} elsewhere.
 */
class SafeTensorsFuzzTest {
  private static final int ROUNDS = Integer.getInteger("perceive.fuzz.rounds", 6_000);
  private static final long SEED = Long.getLong("perceive.fuzz.seed", 20_240_828L);
  private static final int LONGEST_MESSAGE = 600;

  /** Allocation that a file of {@code n} bytes may cause: fixed buffers, and a tree of its JSON. */
  private static long allowance(int n) {
    return 1_000_000 + 60L * n;
  }

  private static final List<String> NUMBERS =
      List.of(
          "-1",
          "0",
          "1",
          "-0",
          "1.0",
          "1e3",
          "1e400",
          "2147483647",
          "2147483648",
          "4294967296",
          "4611686018427387904",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551616",
          "99999999999999999999999999999999999999",
          "null",
          "true",
          "\"4\"",
          "[]",
          "{}");

  /** What refusals are counted by. */
  private static final List<String> REASONS =
      List.of(
          "not valid JSON",
          "not UTF-8",
          "does not begin with",
          "header of",
          "header length alone",
          "exactly dtype",
          "unknown dtype",
          "rank",
          "expected an integer",
          "expected 2",
          "do not lie in",
          "2^63",
          "data_offsets hold",
          "overlap",
          "gap",
          "belongs to no tensor",
          "is not a string",
          "is not a JSON object");

  private static final List<String> DTYPES =
      List.of("F32", "F16", "BF16", "F64", "I64", "U8", "BOOL", "F8_E4M3", "f32", "", "C64");
  private static final long[] LENGTHS = {
    0,
    1,
    2,
    3,
    7,
    8,
    -1,
    100_000_000_000L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    1L << 31,
    1L << 32,
    (1L << 32) + 8,
    SafeTensors.MAX_HEADER_BYTES,
    SafeTensors.MAX_HEADER_BYTES + 1L
  };

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  static Map<String, String> expected() throws IOException {
    try (InputStream in = resource("expected.json")) {
      Map<String, String> expected = new TreeMap<>();
      new ObjectMapper()
          .readTree(in)
          .properties()
          .forEach(e -> expected.put(e.getKey(), e.getValue().textValue()));
      return expected;
    }
  }

  static List<String> names() throws IOException {
    return List.copyOf(expected().keySet());
  }

  private static InputStream resource(String name) {
    InputStream in = SafeTensorsFuzzTest.class.getResourceAsStream("corpus/" + name);
    if (in == null) {
      throw new AssertionError("no corpus/" + name);
    }
    return in;
  }

  static byte[] corpus(String name) throws IOException {
    try (InputStream in = resource(name + ".safetensors")) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldSayTheOneThingThatIsWrongWithAKnownFile(String name) throws IOException {
    byte[] file = corpus(name);
    String reason = expected().getOrDefault(name, "?");

    Outcome whole = Outcome.of(() -> SafeTensors.parse(file));
    Outcome streamed = Outcome.of(() -> stream(file));

    assertThat(name.startsWith("good-")).isEqualTo(reason.isEmpty());
    if (reason.isEmpty()) {
      assertThat(whole.refusal()).isEmpty();
      assertThat(streamed.refusal()).isEmpty();
    } else {
      assertThat(whole.refusal()).contains(reason).hasSizeLessThan(LONGEST_MESSAGE);
      assertThat(streamed.refusal()).contains(reason).hasSizeLessThan(LONGEST_MESSAGE);
    }
  }

  @Test
  void shouldReadOrRefuseEveryMutation() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (String name : names()) {
      seeds.add(corpus(name));
    }
    List<byte[]> good = new ArrayList<>();
    for (String name : names()) {
      if (name.startsWith("good-")) {
        good.add(corpus(name));
      }
    }
    Map<String, Integer> outcomes = new TreeMap<>();
    long began = System.nanoTime();
    for (int round = 0; round < ROUNDS; round++) {
      Random random = new Random(SEED + round);
      // Well-formed files get further into the reader.
      List<byte[]> from = random.nextInt(4) == 0 ? seeds : good;
      byte[] file = from.get(random.nextInt(from.size()));
      int edits = 1 + random.nextInt(3);
      for (int i = 0; i < edits; i++) {
        file = mutate(random, file, seeds);
      }
      String outcome;
      try {
        outcome = check(file);
      } catch (Throwable e) {
        throw new AssertionError(
            "round " + round + " of seed " + SEED + ": " + HexFormat.of().formatHex(file), e);
      }
      outcomes.merge(outcome, 1, Integer::sum);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        "weight file fuzz: %d executions, %.0f a second, outcomes %s%n",
        ROUNDS, ROUNDS / seconds, outcomes);
    // Mutations that never get through, or always do, test nothing.
    int read = outcomes.getOrDefault("read", 0);
    assertThat(read).isBetween(ROUNDS / 50, ROUNDS / 2);
    assertThat(outcomes).hasSizeGreaterThan(10);
  }

  /** The worst that a header of the largest size can ask for. */
  @ParameterizedTest
  @ValueSource(strings = {"\"%d\":0,", "\"%d\":{},", "\"%d\":\"\",", "\"a%d\":[[],[]],"})
  void shouldRefuseALargeHeaderOfTrashWithinABoundedHeap(String entry) {
    StringBuilder json = new StringBuilder("{");
    for (int i = 0; json.length() < SafeTensors.MAX_HEADER_BYTES - 64; i++) {
      json.append(entry.replace("%d", Integer.toString(i, 36)));
    }
    json.append("\"end\":0}");
    byte[] header = json.toString().getBytes(StandardCharsets.UTF_8);
    byte[] file = withHeader(header, new byte[0]);
    json.setLength(0);

    long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    assertThatThrownBy(() -> SafeTensors.parse(file)).isInstanceOf(SafeTensorsException.class);
    long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;

    assertThat(allocated).isLessThan(allowance(file.length));
  }

  /** Reads a file in both ways and compares them; returns what came of it. */
  static String check(byte[] file) throws IOException {
    long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    Outcome whole = Outcome.of(() -> SafeTensors.parse(file));
    Outcome streamed = Outcome.of(() -> stream(file));
    long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    assertThat(allocated).as("bytes allocated").isLessThan(2 * allowance(file.length));
    assertThat(streamed.refusal().isEmpty())
        .as("in one pass: '%s', whole: '%s'", streamed.refusal(), whole.refusal())
        .isEqualTo(whole.refusal().isEmpty());
    if (!whole.refusal().isEmpty()) {
      assertThat(whole.refusal()).hasSizeLessThan(LONGEST_MESSAGE).doesNotContain("\n", "\u001b");
      return REASONS.stream().filter(whole.refusal()::contains).findFirst().orElse("other");
    }
    SafeTensors tensors = SafeTensors.parse(file);
    SafeTensors.Floats floats = stream(file);
    assertThat(tensors.names())
        .hasSize(floats.tensors().size() + floats.others().size())
        .containsAll(floats.others());
    for (Map.Entry<String, FloatTensor> e : floats.tensors().entrySet()) {
      assertThat(tensors.floats(e.getKey())).isEqualTo(e.getValue());
    }
    for (String other : floats.others()) {
      assertThatThrownBy(() -> tensors.floats(other)).isInstanceOf(SafeTensorsException.class);
    }
    byte[] again = SafeTensorsWriter.toBytes(floats.tensors(), tensors.metadata());
    assertThat(SafeTensors.parse(again).allFloats()).isEqualTo(floats.tensors());
    return "read";
  }

  private static SafeTensors.Floats stream(byte[] file) {
    try {
      return SafeTensors.readFloats(new ByteArrayInputStream(file), file.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The refusal's message, empty when there was none; anything else that is thrown passes on. */
  private record Outcome(String refusal) {
    static Outcome of(Runnable read) {
      try {
        read.run();
        return new Outcome("");
      } catch (SafeTensorsException e) {
        return new Outcome(String.valueOf(e.getMessage()));
      }
    }
  }

  private static byte[] mutate(Random random, byte[] file, List<byte[]> seeds) {
    switch (random.nextInt(12)) {
      case 0 -> {
        return Arrays.copyOf(file, random.nextInt(file.length + 1));
      }
      case 1 -> {
        return Arrays.copyOf(file, file.length + 1 + random.nextInt(40));
      }
      case 2 -> {
        byte[] flipped = file.clone();
        for (int i = 0; i <= random.nextInt(4) && flipped.length > 0; i++) {
          flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return flipped;
      }
      case 3 -> {
        byte[] other = seeds.get(random.nextInt(seeds.size()));
        byte[] head = Arrays.copyOf(file, random.nextInt(file.length + 1));
        int from = random.nextInt(other.length + 1);
        byte[] spliced = Arrays.copyOf(head, head.length + other.length - from);
        System.arraycopy(other, from, spliced, head.length, other.length - from);
        return spliced;
      }
      case 4 -> {
        if (file.length < 8) {
          return file;
        }
        byte[] resized = file.clone();
        ByteBuffer buffer = ByteBuffer.wrap(resized).order(ByteOrder.LITTLE_ENDIAN);
        long length =
            random.nextBoolean()
                ? LENGTHS[random.nextInt(LENGTHS.length)]
                : buffer.getLong(0) + random.nextInt(9) - 4;
        buffer.putLong(0, length);
        return resized;
      }
      default -> {
        return mutateHeader(random, file);
      }
    }
  }

  /** Changes the JSON and sets the header's length right, so that the reader gets to it. */
  private static byte[] mutateHeader(Random random, byte[] file) {
    if (file.length < 10) {
      return file;
    }
    long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    if (length < 2 || length > file.length - 8) {
      return file;
    }
    String json = new String(file, 8, (int) length, StandardCharsets.ISO_8859_1);
    byte[] data = Arrays.copyOfRange(file, 8 + (int) length, file.length);
    String changed =
        switch (random.nextInt(11)) {
          case 0, 1, 2 -> replaceOne(random, json, "-?\\d+(\\.\\d+)?", pick(random, NUMBERS));
          case 3 ->
              replaceOne(random, json, "\"(F|BF|I|U)\\d+\"", "\"" + pick(random, DTYPES) + "\"");
          case 4 -> replaceOne(random, json, "\\[", "[".repeat(1 + random.nextInt(2000)));
          case 5 ->
              replaceOne(random, json, "[,:{}\\[\\]]", pick(random, List.of("", ",", "}", "{")));
          case 6 ->
              // One entry twice.
              replaceOne(random, json, ",", "," + entry(random, json) + ",");
          case 7 ->
              replaceOne(
                  random, json, "\"[a-z]+\"", "\"" + "x".repeat(random.nextInt(6000)) + "\"");
          case 8 -> {
            String key =
                pick(random, List.of("\\u0000", "\\ud800", "\u00ff", "\\n", "", "__metadata__"));
            yield replaceOne(random, json, "\"[a-z]\"", "\"" + key + "\"");
          }
          case 9 -> json + " ".repeat(random.nextInt(9));
          default -> {
            // The numbers in another order: offsets that overlap, leave gaps or run backwards.
            List<String> numbers =
                Pattern.compile("\\d+(?=[\\],])")
                    .matcher(json)
                    .results()
                    .map(MatchResult::group)
                    .collect(Collectors.toList());
            yield numbers.isEmpty()
                ? json
                : replaceOne(random, json, "\\d+(?=[\\],])", pick(random, numbers));
          }
        };
    return withHeader(changed.getBytes(StandardCharsets.ISO_8859_1), data);
  }

  private static String entry(Random random, String json) {
    List<String> entries =
        Pattern.compile("\"[^\"]*\":\\{\"dtype[^}]*\\}")
            .matcher(json)
            .results()
            .map(MatchResult::group)
            .collect(Collectors.toList());
    return entries.isEmpty() ? "\"a\":0" : pick(random, entries);
  }

  private static String pick(Random random, List<String> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** One of the places that match, chosen at random. */
  private static String replaceOne(Random random, String text, String pattern, String by) {
    List<MatchResult> places = Pattern.compile(pattern).matcher(text).results().toList();
    if (places.isEmpty()) {
      return text;
    }
    MatchResult place = places.get(random.nextInt(places.size()));
    return text.substring(0, place.start()) + by + text.substring(place.end());
  }

  private static byte[] withHeader(byte[] header, byte[] data) {
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(data)
        .array();
  }
}
