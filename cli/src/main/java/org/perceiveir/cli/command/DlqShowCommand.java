package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.letters.DeadLetter;
import org.perceiveir.streams.letters.DeadLetterBox;
import org.perceiveir.streams.letters.LetterFilter;
import org.perceiveir.streams.log.PlainText;
import org.perceiveir.streams.topology.DeadLetters;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./perceive dlq show}. */
@Command(
    name = "show",
    description = {
      "Shows dead letters: reason, origin, headers, key, size and first bytes.",
      "Without --partition and --offset, those with the latest input records, oldest first."
    })
public final class DlqShowCommand implements Callable<Integer> {
  private static final int DUMPED_BYTES = 64;

  @Spec private CommandSpec spec;

  @Mixin private ConfigOption config;

  @Option(names = "--reason", paramLabel = "R", description = "Only letters of this reason.")
  private @Nullable String reason;

  @Mixin private LastOption last;

  @ArgGroup(exclusive = false)
  private @Nullable LetterPlace place;

  @Option(
      names = "--save",
      paramLabel = "DIR",
      description = "Write the bytes of each as dead-letter-pP-oO.bin, just as they came.")
  private @Nullable Path directory;

  @Override
  public Integer call() throws IOException {
    int count = last.count();
    return config.use(service -> show(service, count));
  }

  private void show(ServiceConfig service, int count) throws IOException {
    List<DeadLetter> letters;
    try (DeadLetterBox box = DeadLetterBox.open(service)) {
      if (place != null) {
        DeadLetter one =
            box.at(place.partition(), place.offset())
                .orElseThrow(() -> noSuchLetter(service, place));
        letters = List.of(one);
      } else {
        letters = box.last(count, reason == null ? LetterFilter.ALL : LetterFilter.reason(reason));
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    for (DeadLetter letter : letters) {
      print(out, letter, service);
      byte[] value = letter.value();
      if (directory != null && value != null) {
        Path file =
            directory.resolve(
                "dead-letter-p" + letter.partition() + "-o" + letter.offset() + ".bin");
        WholeFile.write(file, value);
        out.println("  saved    " + file);
      }
    }
    if (letters.isEmpty()) {
      out.println("no such dead letter");
    }
    out.flush();
  }

  static CommandFailure noSuchLetter(ServiceConfig service, @Nullable LetterPlace place) {
    return new CommandFailure(
        service.deadLetterTopic()
            + " has no letter at "
            + (place == null
                ? "that place"
                : "partition " + place.partition() + ", offset " + place.offset()),
        "dlq show lists those that are there");
  }

  private static void print(PrintWriter out, DeadLetter letter, ServiceConfig service) {
    out.println(
        service.deadLetterTopic()
            + " partition "
            + letter.partition()
            + " offset "
            + letter.offset()
            + ": "
            + PlainText.of(letter.reason(), 60));
    letter.message().ifPresent(m -> out.println("  message  " + PlainText.of(m, 500)));
    out.println(
        "  origin   " + letter.origin().map(o -> PlainText.of(o.name(), 300)).orElse("unknown"));
    out.println(
        "  time     " + Instant.ofEpochMilli(letter.timestampMs()) + " (of the input record)");
    out.println("  replays  " + letter.replays());
    out.println("  key      " + PlainText.of(letter.key()));
    for (Header header : letter.headers()) {
      if (!isShown(header.key())) {
        out.println(
            "  header   " + PlainText.of(header.key(), 100) + " = " + PlainText.of(header.value()));
      }
    }
    byte[] value = letter.value();
    if (value == null) {
      out.println("  value    none");
      return;
    }
    out.println(
        "  value    " + value.length + " bytes" + (letter.isCut() ? ", cut: the first ones" : ""));
    if (value.length > 0) {
      out.println(PlainText.dump(value, DUMPED_BYTES, "    "));
    }
  }

  /** Headers that have a line of their own. */
  private static boolean isShown(String name) {
    return name.equals(DeadLetters.REASON_HEADER)
        || name.equals(DeadLetters.MESSAGE_HEADER)
        || name.equals(DeadLetters.TOPIC_HEADER)
        || name.equals(DeadLetters.PARTITION_HEADER)
        || name.equals(DeadLetters.OFFSET_HEADER);
  }
}
