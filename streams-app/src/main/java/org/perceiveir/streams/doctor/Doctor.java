package org.perceiveir.streams.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.perceiveir.model.session.Restorer;
import org.perceiveir.streams.client.ClientSettings;
import org.perceiveir.streams.config.AlertSettings;
import org.perceiveir.streams.config.ConfigurationException;
import org.perceiveir.streams.config.ModelControlSettings;
import org.perceiveir.streams.config.PayloadSettings;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.doctor.Finding.Level;
import org.perceiveir.streams.limits.MeasuredSpeed;
import org.perceiveir.streams.pass.ModelSlot;
import org.perceiveir.streams.pass.TierJudge;
import org.perceiveir.streams.service.Networks;
import org.perceiveir.streams.service.ServiceLimits;
import org.perceiveir.streams.service.WarmUp;
import org.perceiveir.streams.topics.ClusterFacts;
import org.perceiveir.streams.topics.TopicAdmin;
import org.perceiveir.streams.topics.TopicFindings;

/**
 * Examines what a configuration needs: brokers, topics, sizes, registry, directories, networks and
 * devices, and whether the work fits into time and heap. Opens the networks as a start would, and
 * changes nothing.
 */
public final class Doctor {
  private static final String TOPICS = "topics";
  private static final String SIZES = "sizes";
  private static final String DIRECTORIES = "directories";
  private static final String NETWORKS = "networks";
  private static final String LIMITS = "limits";

  private final ServiceConfig config;
  private final String file;
  private final List<Finding> findings = new ArrayList<>();

  private Doctor(ServiceConfig config, String file) {
    this.config = config;
    this.file = file;
  }

  /**
   * Examines.
   *
   * @param file name of the configuration file, for the commands in the findings
   * @param networks of the configuration; opened and closed again
   */
  public static List<Finding> examine(ServiceConfig config, String file, Networks networks) {
    Doctor doctor = new Doctor(config, file);
    Optional<ClusterFacts> cluster = doctor.topics();
    doctor.sizes();
    doctor.findings.addAll(SchemaCheck.of(config));
    doctor.directories();
    Optional<MeasuredSpeed> speed = doctor.networks(networks);
    doctor.limits(cluster, speed);
    return List.copyOf(doctor.findings);
  }

  private void add(Level level, String area, String text) {
    findings.add(new Finding(level, area, text.replace("--config FILE", "--config " + file)));
  }

  private void problem(String area, Exception e) {
    add(Level.PROBLEM, area, e.getMessage() == null ? e.toString() : e.getMessage());
  }

  private Optional<ClusterFacts> topics() {
    try (TopicAdmin admin = TopicAdmin.open(config)) {
      TopicFindings found = admin.examine();
      found.problems().forEach(text -> add(Level.PROBLEM, TOPICS, text));
      found.warnings().forEach(text -> add(Level.WARNING, TOPICS, text));
      if (!found.problems().isEmpty()) {
        return Optional.empty();
      }
      add(
          Level.OK,
          TOPICS,
          config.topics().size()
              + " topics on "
              + config.bootstrapServers()
              + ", "
              + found.facts().inputPartitions()
              + " partitions of "
              + config.inputTopic()
              + " for "
              + config.streamThreads()
              + " stream threads");
      return Optional.of(found.facts());
    } catch (ConfigurationException | KafkaException e) {
      problem(TOPICS, e);
      return Optional.empty();
    }
  }

  /** What the user has set on the producer must let the largest record through. */
  private void sizes() {
    Map<String, Object> producer = ClientSettings.producer(config);
    boolean fits = true;
    for (String name :
        List.of(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, ProducerConfig.BUFFER_MEMORY_CONFIG)) {
      String text = String.valueOf(producer.get(name));
      if (text.matches("[0-9]{1,18}") && Long.parseLong(text) < config.outputRecordMaxBytes()) {
        fits = false;
        add(
            Level.PROBLEM,
            SIZES,
            "kafka.producer."
                + name
                + "="
                + text
                + ": "
                + ServiceConfig.FRAME_MAX_BYTES
                + "="
                + config.frameMaxBytes()
                + " needs "
                + config.outputRecordMaxBytes()
                + "; leave it out, then it is set as needed");
      }
    }
    if (fits) {
      add(
          Level.OK,
          SIZES,
          "the producers take frames up to "
              + config.frameMaxBytes()
              + " bytes, records up to "
              + config.outputRecordMaxBytes());
    }
  }

  private void directories() {
    config
        .payload()
        .fileRoots()
        .forEach(root -> directory(PayloadSettings.FILE_ROOTS, root, false));
    config
        .payload()
        .outputRoot()
        .ifPresent(root -> directory(PayloadSettings.OUTPUT_ROOT, root, true));
    config
        .modelControl()
        .directory()
        .ifPresent(root -> directory(ModelControlSettings.DIRECTORY, root, false));
  }

  private void directory(String key, Path directory, boolean writes) {
    boolean usable =
        Files.isDirectory(directory)
            && Files.isReadable(directory)
            && (!writes || Files.isWritable(directory));
    if (usable) {
      add(Level.OK, DIRECTORIES, key + "=" + directory);
    } else {
      add(
          Level.PROBLEM,
          DIRECTORIES,
          key
              + "="
              + directory
              + " is no directory that this user may "
              + (writes ? "write to" : "read")
              + "; make it with: mkdir -p "
              + directory);
    }
  }

  private Optional<MeasuredSpeed> networks(Networks networks) {
    try (ModelSlot full = new ModelSlot(networks.full())) {
      add(Level.OK, NETWORKS, "bundle " + full.identity());
      Optional<TierJudge> judge = networks.judge();
      if (judge.isEmpty()) {
        return Optional.of(slower(full, networks.light(), null));
      }
      try (TierJudge perceiver = judge.get()) {
        add(Level.OK, NETWORKS, "perceiver " + perceiver.name());
        return Optional.of(slower(full, networks.light(), perceiver));
      }
    } catch (RuntimeException e) {
      problem(NETWORKS, e);
      return Optional.empty();
    }
  }

  /** The limits follow from the slower of the two networks. */
  private MeasuredSpeed slower(
      ModelSlot full, Optional<Restorer> light, @Nullable TierJudge perceiver) {
    MeasuredSpeed speed = WarmUp.measure(config, full, perceiver);
    if (light.isEmpty()) {
      return speed;
    }
    try (ModelSlot lighter = new ModelSlot(light.get())) {
      add(Level.OK, NETWORKS, "light bundle " + lighter.identity());
      MeasuredSpeed other = WarmUp.measure(config, lighter, perceiver);
      return other.frameMs() > speed.frameMs() ? other : speed;
    }
  }

  private void limits(Optional<ClusterFacts> cluster, Optional<MeasuredSpeed> speed) {
    if (cluster.isEmpty() || speed.isEmpty()) {
      add(
          Level.SKIPPED,
          LIMITS,
          "time and heap are told when "
              + (cluster.isEmpty() ? "the topics" : "the networks")
              + " are right");
      return;
    }
    try {
      ServiceLimits limits = ServiceLimits.derive(config, cluster.get(), speed.get());
      add(Level.OK, LIMITS, limits.time().summary());
      add(
          Level.OK,
          LIMITS,
          "a heap of "
              + (Runtime.getRuntime().maxMemory() >> 20)
              + " MiB, that of this command, takes frames up to "
              + limits.memory().maxFramePixels()
              + " pixels");
      silence(limits.time().roundMs() + limits.time().commitIntervalMs());
    } catch (ConfigurationException e) {
      problem(LIMITS, e);
    }
  }

  /** Telemetry is seen when it is committed: a source whose frames are in work is not silent. */
  private void silence(long pauseMs) {
    long silentMs = config.alerts().silentAfter().map(Duration::toMillis).orElse(-1L);
    if (config.aggregates().enabled() && silentMs >= 0 && silentMs < 2 * pauseMs) {
      add(
          Level.WARNING,
          LIMITS,
          AlertSettings.SILENT_AFTER_MS
              + "="
              + silentMs
              + " is less than twice the longest pause between two commits, "
              + pauseMs
              + " ms: sources are called silent while their frames are in work; set it to "
              + 2 * pauseMs);
    }
  }
}
