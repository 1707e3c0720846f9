package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.header.FrameHeaders;
import org.perceiveir.streams.log.PlainText;
import org.perceiveir.streams.payload.PayloadStore;
import org.perceiveir.streams.payload.PayloadsUnavailableException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive publish}. */
@Command(
    name = "publish",
    description = {
      "Publishes the images of a directory as the frames of one source, in the order of their names.",
      "Files that are no readable image are left out; the command then ends with 1."
    })
public final class PublishCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      required = true,
      description = "Java properties; docs/configuration.md lists the keys.")
  private Path configFile;

  @Option(
      names = "--input",
      paramLabel = "DIR",
      required = true,
      description = "Directory of PNG and JPEG files.")
  private Path input;

  @Option(
      names = "--source-id",
      paramLabel = "ID",
      required = true,
      description = "Name of the source; frames of one source keep their order.")
  private String sourceId;

  @Option(
      names = "--fps",
      paramLabel = "F",
      defaultValue = "5",
      description = "Frames a second. Default: ${DEFAULT-VALUE}.")
  private double fps;

  @Option(names = "--loop", description = "Begin again after the last file, until Ctrl-C.")
  private boolean loop;

  @Option(
      names = "--encoding",
      paramLabel = "png|jpeg|rgb8",
      description = "Encode the frames anew; without it each file goes out as it is.")
  private @Nullable ImageFormat encoding;

  @Option(
      names = "--priority",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "Priority of the frames under overload, -100 to 100; higher ones are shed last. Default:"
              + " ${DEFAULT-VALUE}.")
  private int priority;

  @Option(
      names = "--by-reference",
      paramLabel = "ROOT",
      description =
          "Write the frames under this directory and publish references to them; the service reads"
              + " them where payload.file.roots has the directory. See docs/claim-check.md.")
  private @Nullable Path references;

  private @Nullable PayloadStore store;

  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
  private final AtomicReference<@Nullable Throwable> lost = new AtomicReference<>();

  @Override
  public Integer call() throws InterruptedException {
    if (!(fps > 0 && fps <= 1000)) {
      throw new ParameterException(
          spec.commandLine(), "--fps is " + fps + ": it must lie above 0 and up to 1000");
    }
    if (priority < FrameHeaders.MIN_PRIORITY || priority > FrameHeaders.MAX_PRIORITY) {
      throw new ParameterException(
          spec.commandLine(),
          "--priority is "
              + priority
              + ": it must lie from "
              + FrameHeaders.MIN_PRIORITY
              + " to "
              + FrameHeaders.MAX_PRIORITY);
    }
    if (sourceId.isBlank()) {
      throw new ParameterException(spec.commandLine(), "--source-id is empty: name the source");
    }
    ServiceConfig config = ServiceConfig.load(configFile);
    store = references == null ? null : PayloadStore.open("--by-reference", references);
    List<Path> files = ImageFiles.in(input);
    int leftOut;
    try (Interruption interruption = Interruption.watch(PATIENCE);
        FramePublisher publisher = FramePublisher.open(config)) {
      leftOut = publish(files, publisher, interruption);
      publisher.flush();
    }
    checkNothingLost();
    if (leftOut > 0) {
      throw new CommandFailure(
          leftOut + " of " + files.size() + " files were left out",
          "the lines above say why; the others are published");
    }
    return 0;
  }

  /** Publishes at a steady rate; returns how many of the files were left out. */
  private int publish(List<Path> files, FramePublisher publisher, Interruption interruption)
      throws InterruptedException {
    long epoch = Instant.now().toEpochMilli();
    long begin = System.nanoTime();
    long sequence = 0;
    int leftOut = 0;
    boolean first = true;
    do {
      int unreadable = 0;
      for (Path file : files) {
        long due = begin + (long) (sequence * 1e9 / fps);
        if (interruption.await(Duration.ofNanos(Math.max(0, due - System.nanoTime())))) {
          break;
        }
        checkNothingLost();
        try {
          FrameIdentity identity =
              new FrameIdentity(
                  sourceId,
                  epoch,
                  sequence,
                  ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
          publish(publisher, identity, ImageFiles.read(file));
          sequence++;
        } catch (IOException | IllegalArgumentException e) {
          unreadable++;
          if (first) {
            spec.commandLine()
                .getErr()
                .println(PlainText.of("perceive: " + file + ": " + e.getMessage()));
            spec.commandLine().getErr().flush();
          }
        }
      }
      leftOut = Math.max(leftOut, unreadable);
      first = false;
    } while (loop && sequence > 0 && !interruption.isRequested());
    spec.commandLine()
        .getOut()
        .println(
            String.format(
                Locale.ROOT, "published %d frames of %s, epoch %d", sequence, sourceId, epoch));
    spec.commandLine().getOut().flush();
    return leftOut;
  }

  private void publish(FramePublisher publisher, FrameIdentity identity, byte[] file)
      throws ImageFormatException {
    RgbImage image = decoder.decode(file);
    ImageFormat own = decoder.readHeader(file).format();
    ImageFormat wanted = encoding == null ? own : encoding;
    byte[] encoded = wanted == own ? file : ImageEncoder.encode(image, wanted);
    FrameEncoding format = FrameEncoding.valueOf(wanted.name());
    Map<String, String> headers =
        priority == 0 ? Map.of() : Map.of(FrameHeaders.PRIORITY, String.valueOf(priority));
    PayloadStore outside = store;
    CompletableFuture<RecordMetadata> sent =
        outside == null
            ? publisher.publishEncoded(
                identity, image.width(), image.height(), format, encoded, Map.of(), headers)
            : publisher.publishReference(
                identity,
                image.width(),
                image.height(),
                format,
                write(outside, identity, format, encoded),
                Map.of(),
                headers);
    var unused =
        sent.whenComplete(
            (metadata, thrown) -> {
              if (thrown != null) {
                lost.compareAndSet(null, thrown);
              }
            });
  }

  /** Before the record is sent: a reference without its file would be dead-lettered. */
  private static ExternalPayload write(
      PayloadStore store, FrameIdentity identity, FrameEncoding format, byte[] encoded) {
    try {
      return store.write(identity, null, null, format, encoded);
    } catch (PayloadsUnavailableException e) {
      throw new CommandFailure(
          String.valueOf(e.getMessage()), "make room there, or name another --by-reference", e);
    }
  }

  private void checkNothingLost() {
    Throwable thrown = lost.get();
    if (thrown != null) {
      throw new CommandFailure(
          "a frame could not be published: " + thrown.getMessage(),
          "check that the broker is up, and create the topics: ./perceive topics create",
          thrown);
    }
  }
}
