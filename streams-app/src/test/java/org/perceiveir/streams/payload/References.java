package org.perceiveir.streams.payload;

import java.util.HashMap;
import java.util.Map;
import org.perceiveir.schemas.avro.ExternalPayload;
import org.perceiveir.schemas.avro.Sha256;
import org.perceiveir.streams.config.ServiceConfig;

/** References to payloads, and configurations that allow them, for tests. */
public final class References {
  private References() {}

  /** An honest reference to {@code content}. */
  public static ExternalPayload to(String uri, byte[] content) {
    return new ExternalPayload(uri, (long) content.length, new Sha256(Sha256s.of(content)));
  }

  static ServiceConfig config(String... pairs) {
    Map<String, String> settings = new HashMap<>();
    settings.put("kafka.bootstrap.servers", "none:1");
    settings.put("schema.registry.url", "http://none:1");
    settings.put("frame.max.bytes", "65536");
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return ServiceConfig.of(settings);
  }
}
