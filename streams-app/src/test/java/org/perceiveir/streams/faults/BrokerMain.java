package org.perceiveir.streams.faults;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.perceiveir.embedded.EmbeddedBroker;

/**
 * A broker in a process of its own, for faults that end it. Arguments: its directory and its port,
 * 0 for a free one. Prints {@value #SERVES} and its address; ends with its standard input.
 */
final class BrokerMain {
  static final String SERVES = "broker ";

  private BrokerMain() {}

  public static void main(String[] args) throws InterruptedException {
    FaultyServiceMain.endWithParent();
    Map<String, String> properties = new HashMap<>(FaultCluster.impatient());
    // After a crash the controller waits for the session of the broker that is dead.
    properties.put("broker.session.timeout.ms", "2000");
    properties.put("broker.heartbeat.interval.ms", "500");
    EmbeddedBroker broker =
        EmbeddedBroker.start(Path.of(args[0]), Integer.parseInt(args[1]), properties);
    Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "shutdown"));
    System.out.println(SERVES + broker.bootstrapServers());
    Thread.currentThread().join();
  }
}
