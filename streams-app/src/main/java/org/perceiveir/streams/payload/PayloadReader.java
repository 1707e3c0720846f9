package org.perceiveir.streams.payload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.PayloadSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.payload.PayloadException.Reason;

/**
 * Reads payloads that are stored outside Kafka. Thread-safe.
 *
 * <p><u>What comes back</u> has the size and the SHA-256 that the record declares, and no more
 * bytes than {@code frame.max.bytes} (a restored frame 1 MiB more); anything else is a {@link
 * PayloadException}.
 *
 * <p><u>Time.</u> The caller waits for {@code payload.timeout.ms} at most, whatever happens: a name
 * server or a network disk that hangs cannot be interrupted, so each payload is read by a thread of
 * its own pool, which is given up when the time is over. There are at most {@code readers} of them
 * for each scheme, so that servers that hang take no reader of files; while all hang, payloads are
 * unreachable after {@value #HANDOVER_MS} ms.
 */
public final class PayloadReader implements AutoCloseable {
  private static final int MAX_URI = 2_048;
  private static final long IDLE_SECONDS = 30;

  /** A reader that has just delivered needs a moment until it takes the next payload. */
  private static final long HANDOVER_MS = 100;

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Map<String, Lane> lanes;
  private final @Nullable HttpsOrigins https;
  private final Duration timeout;
  private final int maxBytes;

  private PayloadReader(
      Map<String, PayloadSource> sources,
      @Nullable HttpsOrigins https,
      Duration timeout,
      int maxBytes,
      int readers) {
    Map<String, Lane> byScheme = new HashMap<>();
    sources.forEach((scheme, source) -> byScheme.put(scheme, new Lane(source, pool(readers))));
    this.lanes = Map.copyOf(byScheme);
    this.https = https;
    this.timeout = timeout;
    this.maxBytes = maxBytes;
  }

  /** The payloads of one scheme and the threads that read them. */
  private record Lane(PayloadSource source, ThreadPoolExecutor readers) {}

  private static ThreadPoolExecutor pool(int readers) {
    return new ThreadPoolExecutor(
        0,
        readers,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        task -> {
          Thread thread = new Thread(task, "payload-reader-" + NUMBER.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        },
        PayloadReader::handOver);
  }

  private static void handOver(Runnable task, ThreadPoolExecutor readers) {
    try {
      if (readers.isShutdown()
          || !readers.getQueue().offer(task, HANDOVER_MS, TimeUnit.MILLISECONDS)) {
        throw new RejectedExecutionException("no reader is free");
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /**
   * A reader of what frames of the input may refer to.
   *
   * @throws ConfigurationException if a root is no directory or the trust store cannot be read
   */
  public static PayloadReader ofInput(ServiceConfig config) {
    return open(
        config,
        config.payload().fileRoots(),
        config.frameMaxBytes(),
        SystemDefaultDnsResolver.INSTANCE);
  }

  /**
   * A reader for consumers: of what frames of the input and restored frames may refer to.
   *
   * @throws ConfigurationException as above
   */
  public static PayloadReader ofInputAndOutput(ServiceConfig config) {
    List<Path> roots = new ArrayList<>(config.payload().fileRoots());
    config.payload().outputRoot().ifPresent(roots::add);
    return open(config, roots, config.outputRecordMaxBytes(), SystemDefaultDnsResolver.INSTANCE);
  }

  static PayloadReader open(
      ServiceConfig config, List<Path> roots, int maxBytes, DnsResolver names) {
    PayloadSettings settings = config.payload();
    int readers = readers(config);
    Map<String, PayloadSource> sources = new HashMap<>();
    if (!roots.isEmpty()) {
      sources.put("file", FileRoots.open(roots));
    }
    HttpsOrigins https = null;
    if (!settings.origins().isEmpty()) {
      https = new HttpsOrigins(settings, names, readers);
      sources.put("https", https);
    }
    return new PayloadReader(Map.copyOf(sources), https, settings.timeout(), maxBytes, readers);
  }

  /** Threads that read for a service: as many as may hang beside those that work. */
  private static int readers(ServiceConfig config) {
    return 2 * config.streamThreads();
  }

  /** Most bytes that the reading threads of a service hold, those that were given up too. */
  public static long heldBytes(ServiceConfig config) {
    PayloadSettings payload = config.payload();
    int schemes = (payload.fileRoots().isEmpty() ? 0 : 1) + (payload.origins().isEmpty() ? 0 : 1);
    return (long) schemes * readers(config) * config.frameMaxBytes();
  }

  /**
   * Reads a payload.
   *
   * @return its bytes, of the declared size and SHA-256
   * @throws PayloadException if it is not to be had
   * @throws PayloadsUnavailableException if this is closed
   */
  public byte[] read(ExternalPayload reference) throws PayloadException {
    try {
      return checked(reference);
    } catch (PayloadException e) {
      throw new PayloadException(
          e.reason(), e.getMessage() + " (" + shown(reference.getUri()) + ")", e);
    }
  }

  private byte[] checked(ExternalPayload reference) throws PayloadException {
    long size = reference.getSizeBytes();
    if (size < 1) {
      throw new PayloadException(
          Reason.SIZE_MISMATCH, "the reference declares " + size + " bytes, at least 1 is needed");
    }
    if (size > maxBytes) {
      throw new PayloadException(
          Reason.TOO_LARGE,
          "the reference declares "
              + size
              + " bytes, above the limit of "
              + maxBytes
              + " that follows from "
              + ServiceConfig.FRAME_MAX_BYTES);
    }
    URI uri = parse(reference.getUri());
    byte[] bytes = await(lane(uri), uri, (int) size);
    if (!MessageDigest.isEqual(Sha256s.of(bytes), reference.getSha256().bytes())) {
      throw new PayloadException(
          Reason.HASH_MISMATCH, "the SHA-256 of the payload is not the one of the reference");
    }
    return bytes;
  }

  private static URI parse(String text) throws PayloadException {
    if (text.length() > MAX_URI) {
      throw new PayloadException(
          Reason.NOT_ALLOWED,
          "the reference has " + text.length() + " characters, the limit is " + MAX_URI);
    }
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      // Without the cause, which holds the whole text: it may hold a signature or a password.
      throw new PayloadException(
          Reason.NOT_ALLOWED,
          "the reference is no URI: " + e.getReason() + " at character " + e.getIndex());
    }
  }

  private Lane lane(URI uri) throws PayloadException {
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    Lane lane = lanes.get(scheme);
    if (lane == null) {
      throw new PayloadException(
          Reason.NOT_ALLOWED,
          switch (scheme) {
            case "file" -> "no file is allowed; set " + PayloadSettings.FILE_ROOTS;
            case "https" -> "no server is allowed; set " + PayloadSettings.HTTPS_ORIGINS;
            default -> "only file: and https: references are read";
          });
    }
    return lane;
  }

  private byte[] await(Lane lane, URI uri, int size) throws PayloadException {
    long begin = System.nanoTime();
    Fetch fetch = new Fetch(timeout.toNanos());
    Future<byte[]> reading;
    try {
      reading = lane.readers().submit(() -> lane.source().read(uri, size, fetch));
    } catch (RejectedExecutionException e) {
      checkOpen(e);
      throw new PayloadException(
          Reason.UNREACHABLE,
          "all "
              + lane.readers().getMaximumPoolSize()
              + " readers hang on payloads that do not come",
          e);
    }
    try {
      return reading.get(timeout.toNanos() - (System.nanoTime() - begin), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      fetch.cancel();
      reading.cancel(true);
      throw new PayloadException(
          Reason.UNREACHABLE,
          "not read within " + PayloadSettings.TIMEOUT_MS + "=" + timeout.toMillis(),
          e);
    } catch (InterruptedException e) {
      fetch.cancel();
      reading.cancel(true);
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      checkOpen(e);
      throw failure(e.getCause());
    }
  }

  /** A frame is not to blame for the end of the service. */
  private void checkOpen(Exception cause) {
    if (lanes.values().stream().anyMatch(lane -> lane.readers().isShutdown())) {
      throw new PayloadsUnavailableException("payloads are not read any more: closed", cause);
    }
  }

  private static PayloadException failure(@Nullable Throwable thrown) {
    if (thrown instanceof PayloadException refused) {
      return refused;
    }
    if (thrown instanceof IOException) {
      return new PayloadException(
          Reason.UNREACHABLE, "the payload could not be read: " + thrown, thrown);
    }
    if (thrown instanceof Error fatal) {
      throw fatal;
    }
    throw new IllegalStateException("reading a payload failed", thrown);
  }

  /**
   * Fit for a log: without user and query, which may hold a password or a signature, and without
   * control characters.
   */
  private static String shown(String uri) {
    String plain =
        uri.replaceAll("(?s)[?#].*", "")
            .replaceFirst("//[^/]*@", "//")
            .replaceAll("[^\\x21-\\x7e]", "?");
    return plain.length() <= 300 ? plain : plain.substring(0, 300) + "...";
  }

  /** Ends the threads; a payload that is being read is given up. */
  @Override
  public void close() {
    lanes.values().forEach(lane -> lane.readers().shutdownNow());
    if (https != null) {
      try {
        https.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
