package org.perceiveir.model.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.tensorflow.proto.ConfigProto;

/** The devices that TensorFlow sees, and the choice among them. */
public final class Devices {
  /** The id of the CPU. */
  static final String CPU = "cpu";

  private static final String GPU = "gpu:";
  private static final String REMEDY =
      "; build with -Pgpu, put CUDA 12 and cuDNN 9 on LD_LIBRARY_PATH, or set device to cpu";

  private Devices() {}

  /**
   * The device that TensorFlow places a graph on which names none. To be asked after the first
   * session of the process was made, which fixes TensorFlow's threads.
   *
   * @return {@code cpu} or {@code gpu:N}
   */
  public static String usual() {
    return choose("auto", ids(TensorFlowDevices.names(ConfigProto.getDefaultInstance())));
  }

  /**
   * Chooses devices without ever falling back in silence.
   *
   * @param wanted {@code auto}, or {@code cpu} and {@code gpu:N}
   * @param gpuRequired whether the CPU will not do
   * @param available asked once
   * @return the ids of the devices to use, as many as are wanted
   * @throws IllegalArgumentException if a wanted GPU is not there, or the CPU is what is left and
   *     will not do
   */
  public static List<String> choose(
      List<String> wanted, boolean gpuRequired, DeviceList available) {
    List<String> ids = available.ids();
    List<String> chosen = wanted.stream().map(one -> choose(one, ids)).toList();
    if (gpuRequired && chosen.contains("cpu")) {
      throw new IllegalArgumentException(
          "a GPU is required but TensorFlow sees " + String.join(", ", ids) + REMEDY);
    }
    return chosen;
  }

  /**
   * Chooses a device without ever falling back in silence.
   *
   * @param wanted {@code auto}, {@code cpu} or {@code gpu:N}
   * @param available ids such as {@code cpu} and {@code gpu:0}
   * @return the id of the device to use
   * @throws IllegalArgumentException if the wanted GPU is not there
   */
  static String choose(String wanted, List<String> available) {
    if (wanted.equals("auto")) {
      return available.stream().filter(d -> d.startsWith(GPU)).findFirst().orElse(CPU);
    }
    if (wanted.startsWith(GPU) && !available.contains(wanted)) {
      throw new IllegalArgumentException(
          "device is '"
              + wanted
              + "' but TensorFlow sees "
              + String.join(", ", available)
              + REMEDY);
    }
    return wanted;
  }

  /**
   * Turns TensorFlow's device names, such as {@code /job:localhost/replica:0/task:0/device:GPU:0},
   * into ids.
   */
  static List<String> ids(List<String> names) {
    List<String> ids = new ArrayList<>();
    for (String name : names) {
      String tail = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
      if (tail.startsWith("device:cpu:")) {
        if (!ids.contains(CPU)) {
          ids.add(CPU);
        }
      } else if (tail.startsWith("device:gpu:")) {
        ids.add(GPU + tail.substring("device:gpu:".length()));
      }
    }
    return ids;
  }
}
