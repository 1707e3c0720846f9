package org.perceiveir.streams.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/** The compose stack as its files have it. */
final class ComposeFiles {
  static final String BASE = "docker-compose.yml";
  static final String TLS = "docker-compose.tls.yml";

  private ComposeFiles() {}

  /** A file, anchors and merges resolved, without the extension fields that only hold anchors. */
  static ObjectNode read(String name) {
    return (ObjectNode) DeployFiles.yaml(DeployFiles.ROOT.resolve(name));
  }

  /** Services of a file by name. */
  static Map<String, JsonNode> services(String name) {
    Map<String, JsonNode> services = new TreeMap<>();
    read(name)
        .path("services")
        .properties()
        .forEach(entry -> services.put(entry.getKey(), entry.getValue()));
    return services;
  }

  /** Variables of a service, those of the second file over those of the first. */
  static Map<String, String> environment(String service, String... files) {
    Map<String, String> variables = new TreeMap<>();
    for (String file : files) {
      read(file)
          .path("services")
          .path(service)
          .path("environment")
          .properties()
          .forEach(entry -> variables.put(entry.getKey(), entry.getValue().asText()));
    }
    return variables;
  }
}
