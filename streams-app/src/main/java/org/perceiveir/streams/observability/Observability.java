package org.perceiveir.streams.observability;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;
import org.perceiveir.streams.config.HttpSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.http.OperationsServer;
import org.perceiveir.streams.http.Reply;
import org.perceiveir.streams.meters.FrameMeters;
import org.perceiveir.streams.trace.FrameTracer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that a service shows of itself. Opened before anything else of the service and closed
 * after it, so that a start that takes long and a close that hangs can be watched.
 *
 * <p>Meters count from the start, whether or not a port is open. What only somebody who looks needs
 * (the metrics of the JVM and of Kafka) is bound with the port.
 */
public final class Observability implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Observability.class);

  /** Content type of Prometheus' text format. */
  static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  /** Some of Kafka's metrics have no description, which Prometheus' own check calls an error. */
  private static final MeterFilter DESCRIBED =
      new MeterFilter() {
        @Override
        public Meter.Id map(Meter.Id id) {
          String description = id.getDescription();
          return description == null || description.isBlank()
              ? new Meter.Id(
                  id.getName(),
                  Tags.of(id.getTagsAsIterable()),
                  id.getBaseUnit(),
                  "No description by the library that measures it.",
                  id.getType())
              : id;
        }
      };

  private final ServiceConfig config;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final FrameMeters meters;
  private final FrameTracer tracer;
  private final Health health;
  private final ServiceGauges gauges;
  private final Deque<AutoCloseable> bound = new ArrayDeque<>();
  private @Nullable OperationsServer server;
  private @Nullable String address;

  /**
   * With all meters at zero; opens nothing.
   *
   * @param service what is observed
   * @param clock by which ages count
   */
  public Observability(ServiceConfig config, Observed service, InstantSource clock) {
    this.config = config;
    registry.config().meterFilter(DESCRIBED);
    this.meters = new FrameMeters(registry, config.metrics().maxSources());
    this.tracer = FrameTracer.global();
    this.health = new Health(service);
    this.gauges = new ServiceGauges(registry, service, health::isReady, clock);
  }

  /** Counts attempts. */
  public FrameMeters meters() {
    return meters;
  }

  /** Makes the spans of attempts. */
  public FrameTracer tracer() {
    return tracer;
  }

  /** Takes further meters. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Adds what must hold before {@code /health/ready} answers 200. */
  public void requireForReady(String what, BooleanSupplier holds) {
    health.require(what, holds);
  }

  /**
   * The server, to route further pages; empty where {@code http.port} is -1, or before it opens.
   */
  public synchronized Optional<OperationsServer> server() {
    return Optional.ofNullable(server);
  }

  /**
   * Opens the port, if one is configured.
   *
   * @throws org.perceiveir.streams.config.ConfigurationException if it cannot listen, or strangers
   *     could
   */
  public synchronized void open() {
    HttpSettings http = config.http();
    if (http.port() < 0) {
      return;
    }
    JvmGcMetrics collector = new JvmGcMetrics();
    bound.push(collector);
    List<MeterBinder> binders =
        List.of(
            collector,
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new ClassLoaderMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics(),
            new FileDescriptorMetrics());
    binders.forEach(binder -> binder.bindTo(registry));
    OperationsServer started = OperationsServer.start(http);
    server = started;
    health.serve(started);
    started.route(
        "/metrics", false, (exchange, trusted) -> Reply.send(exchange, 200, PROMETHEUS, scrape()));
    address =
        "http://"
            + (http.bind().indexOf(':') < 0 ? http.bind() : "[" + http.bind() + "]")
            + ":"
            + started.port()
            + "/metrics, /health/live, /health/ready"
            + (config.livePage().enabled() ? ", /live" : "")
            + (http.token().isPresent() ? ", with the token" : "");
    log.info("metrics and health on {}", address);
  }

  /** Where to look, in one line; empty where no port is open. */
  public synchronized Optional<String> address() {
    return Optional.ofNullable(address);
  }

  /** All metrics in Prometheus' text format. */
  byte[] scrape() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream(1 << 16);
    synchronized (gauges) {
      gauges.refresh();
      registry.scrape(text);
    }
    return text.toByteArray();
  }

  /** Adds the metrics of Kafka Streams and its clients, if somebody can look at them. */
  public synchronized void watch(KafkaStreams streams) {
    if (server != null) {
      KafkaStreamsMetrics metrics = new KafkaStreamsMetrics(streams);
      bound.push(metrics);
      metrics.bindTo(registry);
    }
  }

  /** Stops listening and forgets all meters. Idempotent. */
  @Override
  public synchronized void close() {
    if (server != null) {
      server.close();
      server = null;
      address = null;
    }
    while (!bound.isEmpty()) {
      try {
        bound.pop().close();
      } catch (Exception e) {
        log.debug("a binder did not close in order", e);
      }
    }
    registry.close();
  }
}
