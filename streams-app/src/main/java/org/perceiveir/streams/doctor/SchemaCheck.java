package org.perceiveir.streams.doctor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.kafka.common.KafkaException;
import org.perceiveir.schemas.avro.Frame;
import org.perceiveir.schemas.avro.FrameTelemetry;
import org.perceiveir.schemas.avro.ModelOrder;
import org.perceiveir.schemas.avro.ModelStatus;
import org.perceiveir.schemas.avro.QualityAlert;
import org.perceiveir.schemas.avro.RestoredFrame;
import org.perceiveir.schemas.avro.SourceTelemetry;
import org.perceiveir.schemas.serde.RegistryProbe;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.doctor.Finding.Level;

/** Whether the registry has, or takes, the schemas of all topics. */
final class SchemaCheck {
  private static final String AREA = "registry";

  private SchemaCheck() {}

  static List<Finding> of(ServiceConfig config) {
    Map<String, Schema> schemas = schemas(config);
    List<Finding> findings = new ArrayList<>();
    try {
      RegistryProbe probe = new RegistryProbe(config.serdeSettings());
      schemas.forEach(
          (topic, schema) ->
              problem(config, probe, topic, schema)
                  .ifPresent(text -> findings.add(new Finding(Level.PROBLEM, AREA, text))));
    } catch (KafkaException e) {
      findings.add(new Finding(Level.PROBLEM, AREA, String.valueOf(e.getMessage())));
    }
    if (findings.isEmpty()) {
      findings.add(
          new Finding(
              Level.OK,
              AREA,
              schemas.size()
                  + " schemas are in "
                  + config.registryUrl()
                  + ", or will be with the first record"));
    }
    return findings;
  }

  private static Map<String, Schema> schemas(ServiceConfig config) {
    Map<String, Schema> schemas = new LinkedHashMap<>();
    schemas.put(config.inputTopic(), Frame.getClassSchema());
    schemas.put(config.restoredTopic(), RestoredFrame.getClassSchema());
    schemas.put(config.telemetryTopic(), FrameTelemetry.getClassSchema());
    if (config.aggregates().enabled()) {
      schemas.put(config.aggregates().sourcesTopic(), SourceTelemetry.getClassSchema());
      schemas.put(config.aggregates().alertsTopic(), QualityAlert.getClassSchema());
    }
    if (config.modelControl().isOn()) {
      schemas.put(config.modelControl().controlTopic(), ModelOrder.getClassSchema());
      schemas.put(config.modelControl().statusTopic(), ModelStatus.getClassSchema());
    }
    return schemas;
  }

  private static Optional<String> problem(
      ServiceConfig config, RegistryProbe probe, String topic, Schema schema) {
    String subject = probe.subject(topic, schema);
    return switch (probe.ask(topic, schema)) {
      case INCOMPATIBLE ->
          Optional.of(
              "the newest schema of subject "
                  + subject
                  + " does not allow that of this version; look at it with: curl "
                  + config.registryUrl()
                  + "/subjects/"
                  + subject
                  + "/versions/latest, then give the topic another name or the subject another"
                  + " compatibility");
      case NOT_REGISTERED ->
          Optional.of(
              "subject "
                  + subject
                  + " has no such schema, and schema.registry.auto.register.schemas=false; register"
                  + " it, or leave that setting out for one start");
      case REGISTERED, WILL_BE_REGISTERED -> Optional.empty();
    };
  }
}
