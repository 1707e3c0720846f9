package org.perceiveir.streams.config;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Where the networks run.
 *
 * @param devices {@code auto}, or one or more of {@code cpu} and {@code gpu:N}; a pass is split
 *     over them
 * @param gpuRequired whether the service refuses to run on the CPU
 * @param gpuMemoryFraction share of a GPU's memory that TensorFlow may take, above 0 to 1; 0 leaves
 *     it to TensorFlow
 * @param gpuMemoryGrowth whether TensorFlow takes the memory as it needs it, not all at once
 */
public record DeviceSettings(
    List<String> devices, boolean gpuRequired, double gpuMemoryFraction, boolean gpuMemoryGrowth) {
  public static final String REQUIRED = "device.required";
  public static final String MEMORY_FRACTION = "gpu.memory.fraction";
  public static final String MEMORY_GROWTH = "gpu.memory.growth";

  private static final String GPU = "gpu";
  private static final String ONE = "(cpu|gpu:[0-9]{1,3})";

  static void define(ConfigDef definition) {
    definition
        .define(
            ServiceConfig.DEVICE,
            ConfigDef.Type.STRING,
            "auto",
            KeyRules.matching(
                "auto|" + ONE + "(," + ONE + "){0,15}",
                "auto, cpu or gpu:N, or several of the last two separated by commas"),
            MEDIUM,
            "Device that runs the network: cpu, gpu:N, or auto for the first GPU if there is one"
                + " and the CPU otherwise. With several, for instance gpu:0,gpu:1, each has the"
                + " network and takes its part of every batch. A GPU that is named and not there"
                + " is an error.")
        .define(
            REQUIRED,
            ConfigDef.Type.STRING,
            "auto",
            ConfigDef.ValidString.in("auto", GPU),
            MEDIUM,
            "gpu: refuse to start where device would be the CPU, for instance because a driver is"
                + " missing. auto: any device will do.")
        .define(
            MEMORY_FRACTION,
            ConfigDef.Type.DOUBLE,
            0.0,
            ConfigDef.Range.between(0, 1),
            LOW,
            "Share of a GPU's memory that TensorFlow may take, 0 to 1; 0 leaves it to TensorFlow."
                + " For GPUs that other processes use too.")
        .define(
            MEMORY_GROWTH,
            ConfigDef.Type.BOOLEAN,
            true,
            LOW,
            "Whether TensorFlow takes a GPU's memory as it needs it; false takes it all at the"
                + " start, which fails then rather than later.");
  }

  static DeviceSettings of(ConfigValues values) {
    DeviceSettings settings =
        new DeviceSettings(
            List.of(values.string(ServiceConfig.DEVICE).split(",", -1)),
            values.string(REQUIRED).equals(GPU),
            values.doubleValue(MEMORY_FRACTION),
            values.flag(MEMORY_GROWTH));
    if (settings.gpuRequired() && settings.devices().contains("cpu")) {
      throw new ConfigurationException(
          REQUIRED,
          GPU,
          ServiceConfig.DEVICE + "=" + values.string(ServiceConfig.DEVICE) + " names the CPU",
          "set " + ServiceConfig.DEVICE + " to auto or to GPUs, or leave " + REQUIRED + " out");
    }
    return settings;
  }
}
