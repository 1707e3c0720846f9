package org.perceiveir.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Kafka node, broker and controller in one, in this JVM and on 127.0.0.1 only; for the demo and
 * for tests.
 *
 * <p>It is the production server class with a freshly formatted directory. The directory belongs to
 * the caller and keeps the data and the cluster's id: a broker started on it again has them. Its
 * limits admit records of up to {@value #MAX_MESSAGE_BYTES} bytes.
 *
 * <p>Close the broker before its directory is deleted: a Kafka server whose directory vanishes
 * halts the JVM.
 *
 * <p>Kafka does not publish the classes used here as an API, so nothing outside this class may use
 * them.
 */
public final class EmbeddedBroker implements AutoCloseable {
  /** Largest record batch that the broker takes: 10 MiB frames and ample room for the rest. */
  public static final int MAX_MESSAGE_BYTES = 12 << 20;

  private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final int NODE_ID = 1;
  private static final int START_ATTEMPTS = 3;
  private static final String HOST = "127.0.0.1";

  /**
   * A listener beside the plain one, to try TLS and SASL out. What it needs (key store, mechanisms,
   * users) are broker properties of the caller.
   *
   * @param name in upper-case letters and digits, neither PLAINTEXT nor CONTROLLER
   * @param protocol for instance {@code SASL_SSL}
   */
  public record SecondListener(String name, String protocol) {}

  private record Ports(int plain, int second, int controller) {
    static final int NONE = -1;

    /** Free ports but for {@code plain}, if that is not 0. */
    static Ports choose(int plain, boolean second) {
      Set<Integer> chosen = new LinkedHashSet<>();
      if (plain != 0) {
        chosen.add(plain);
      }
      while (chosen.size() < 3) {
        chosen.add(freePort());
      }
      List<Integer> ports = List.copyOf(chosen);
      return new Ports(ports.get(0), second ? ports.get(1) : NONE, ports.get(2));
    }
  }

  private final KafkaRaftServer server;
  private final Ports ports;
  private final FileChannel claim;
  private boolean closed;

  private EmbeddedBroker(KafkaRaftServer server, Ports ports, FileChannel claim) {
    this.server = server;
    this.ports = ports;
    this.claim = claim;
  }

  /**
   * Starts a broker with the default properties; see {@link #start(Path, int, Map)}.
   *
   * @param dir where the data is; made if absent
   * @param port port on 127.0.0.1; 0 for a free one
   */
  public static EmbeddedBroker start(Path dir, int port) {
    return start(dir, port, Map.of());
  }

  /**
   * Starts a broker and returns when it serves.
   *
   * @param dir where the data is; made if absent; not used by another running broker
   * @param port port on 127.0.0.1; 0 for a free one
   * @param properties Kafka broker properties that replace this class's choices, except those of
   *     its identity, its listeners and its directory
   * @throws KafkaException if the broker does not start, for example because the port is taken
   */
  public static EmbeddedBroker start(Path dir, int port, Map<String, String> properties) {
    return start(dir, port, properties, null);
  }

  /**
   * As above, with free ports and a second listener; see {@link #secondBootstrapServers()}.
   *
   * @param second the listener
   */
  public static EmbeddedBroker start(
      Path dir, Map<String, String> properties, SecondListener second) {
    return start(dir, 0, properties, second);
  }

  private static EmbeddedBroker start(
      Path dir, int port, Map<String, String> properties, @Nullable SecondListener second) {
    if (port != 0) {
      requireFree(port);
    }
    Path logs = dir.toAbsolutePath();
    FileChannel claim = claim(logs);
    try {
      format(logs, clusterId(logs));
      return start(logs, port, properties, second, claim);
    } catch (RuntimeException e) {
      release(claim);
      throw e;
    }
  }

  private static EmbeddedBroker start(
      Path logs,
      int port,
      Map<String, String> properties,
      @Nullable SecondListener second,
      FileChannel claim) {
    KafkaException failure = null;
    // Another process may take a free port between its choice and its use.
    for (int attempt = 0; attempt < (port == 0 ? START_ATTEMPTS : 1); attempt++) {
      Ports ports = Ports.choose(port, second != null);
      try {
        return new EmbeddedBroker(server(logs, ports, properties, second), ports, claim);
      } catch (KafkaException e) {
        log.debug("The broker did not start in attempt {}", attempt, e);
        failure = e;
      }
    }
    throw new KafkaException(
        "No Kafka broker could be started in "
            + logs
            + " on the port "
            + (port == 0 ? "0 (any)" : port)
            + (failure == null ? "" : ": " + failure.getMessage()),
        failure);
  }

  private static KafkaRaftServer server(
      Path logs, Ports ports, Map<String, String> properties, @Nullable SecondListener second) {
    Properties config = new Properties();
    config.putAll(defaults());
    config.putAll(properties);
    config.putAll(identity(logs, ports, second));
    KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(config, false), Time.SYSTEM);
    try {
      server.startup();
      return server;
    } catch (RuntimeException e) {
      server.shutdown();
      server.awaitShutdown();
      throw new KafkaException(e.getMessage(), e);
    }
  }

  /**
   * Locks the directory. Kafka has a lock of its own, but a second server that fails on it has by
   * then damaged the first one's metadata, and halts the JVM.
   */
  private static FileChannel claim(Path logs) {
    try {
      Files.createDirectories(logs);
      FileChannel channel =
          FileChannel.open(
              logs.resolve(".embedded-broker.lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      if (isLocked(channel)) {
        return channel;
      }
      channel.close();
    } catch (IOException e) {
      throw new KafkaException("Cannot write to " + logs + " for the embedded broker", e);
    }
    throw new KafkaException(
        "Another broker uses the directory " + logs + "; stop it or choose another directory");
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static void release(FileChannel claim) {
    try {
      claim.close();
    } catch (IOException e) {
      log.warn("The lock of the broker's directory could not be released", e);
    }
  }

  /** What a single small node needs so that it starts, stops and rebalances quickly. */
  private static Map<String, String> defaults() {
    Map<String, String> p = new HashMap<>();
    p.put("auto.create.topics.enable", "false");
    p.put("message.max.bytes", Integer.toString(MAX_MESSAGE_BYTES));
    p.put("replica.fetch.max.bytes", Integer.toString(MAX_MESSAGE_BYTES));
    p.put("offsets.topic.replication.factor", "1");
    p.put("offsets.topic.num.partitions", "1");
    p.put("transaction.state.log.replication.factor", "1");
    p.put("transaction.state.log.min.isr", "1");
    p.put("transaction.state.log.num.partitions", "1");
    p.put("share.coordinator.state.topic.replication.factor", "1");
    p.put("share.coordinator.state.topic.min.isr", "1");
    p.put("share.coordinator.state.topic.num.partitions", "1");
    p.put("group.initial.rebalance.delay.ms", "0");
    p.put("group.streams.initial.rebalance.delay.ms", "0");
    p.put("group.min.session.timeout.ms", "1000");
    // A killed client's transaction blocks read_committed consumers until the broker aborts it.
    p.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
    p.put("log.cleaner.dedupe.buffer.size", "2097152");
    p.put("num.network.threads", "2");
    p.put("num.io.threads", "4");
    return p;
  }

  private static Map<String, String> identity(
      Path logs, Ports ports, @Nullable SecondListener second) {
    String clients = "PLAINTEXT://" + HOST + ":" + ports.plain();
    String protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT";
    if (second != null) {
      clients += "," + second.name() + "://" + HOST + ":" + ports.second();
      protocols += "," + second.name() + ":" + second.protocol();
    }
    return Map.of(
        "process.roles",
        "broker,controller",
        "node.id",
        Integer.toString(NODE_ID),
        "listeners",
        clients + ",CONTROLLER://" + HOST + ":" + ports.controller(),
        "advertised.listeners",
        clients,
        "listener.security.protocol.map",
        protocols,
        "inter.broker.listener.name",
        "PLAINTEXT",
        "controller.listener.names",
        "CONTROLLER",
        "controller.quorum.voters",
        NODE_ID + "@" + HOST + ":" + ports.controller(),
        "log.dirs",
        logs.toString());
  }

  /** The id of the cluster whose data {@code logs} holds, or a new one: Kafka checks it. */
  private static String clusterId(Path logs) {
    Path meta = logs.resolve("meta.properties");
    if (!Files.exists(meta)) {
      return Uuid.randomUuid().toString();
    }
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(meta)) {
      properties.load(in);
    } catch (IOException e) {
      throw new KafkaException("Cannot read " + meta + " of the embedded broker", e);
    }
    return Optional.ofNullable(properties.getProperty("cluster.id"))
        .orElseThrow(
            () ->
                new KafkaException(
                    meta + " has no cluster.id; delete the directory to start anew"));
  }

  private static void format(Path logs, String clusterId) {
    try (PrintStream silent =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      new Formatter()
          .setPrintStream(silent)
          .setNodeId(NODE_ID)
          .setClusterId(clusterId)
          .setDirectories(List.of(logs.toString()))
          .setMetadataLogDirectory(logs.toString())
          .setControllerListenerName("CONTROLLER")
          .setIgnoreFormatted(true)
          .run();
    } catch (Exception e) {
      throw new KafkaException("Cannot prepare " + logs + " for the embedded broker", e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = listen(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new KafkaException("No free port on " + HOST, e);
    }
  }

  /** Kafka itself takes half a minute to give up on a port that is taken. */
  private static void requireFree(int port) {
    try {
      listen(port).close();
    } catch (IOException e) {
      throw new KafkaException(
          "The port " + port + " on " + HOST + " is taken; choose another one, or 0 for any", e);
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      // As Kafka does: a port whose last connections have just closed counts as free.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** The address for {@code bootstrap.servers}. */
  public String bootstrapServers() {
    return HOST + ":" + ports.plain();
  }

  /**
   * The address of the second listener for {@code bootstrap.servers}; empty where there is none.
   */
  public Optional<String> secondBootstrapServers() {
    return ports.second() == Ports.NONE
        ? Optional.empty()
        : Optional.of(HOST + ":" + ports.second());
  }

  /** The port on 127.0.0.1. */
  public int port() {
    return ports.plain();
  }

  /**
   * Creates a topic with the broker's defaults; see {@link #createTopic(String, int, Map)}.
   *
   * @return false if there is such a topic already
   */
  public boolean createTopic(String name, int partitions) {
    return createTopic(name, partitions, Map.of());
  }

  /**
   * Creates a topic.
   *
   * @param configs topic properties such as {@code retention.ms}
   * @return false if there is such a topic already; it stays as it is
   */
  public boolean createTopic(String name, int partitions, Map<String, String> configs) {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers()))) {
      admin
          .createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs)))
          .all()
          .get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw new KafkaException("Cannot create the topic " + name, e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Stops the broker and returns when its files are closed. Further calls do nothing. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    server.shutdown();
    server.awaitShutdown();
    release(claim);
  }
}
