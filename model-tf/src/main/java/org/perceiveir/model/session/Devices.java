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
              + "; build with -Pgpu, put CUDA 12 and cuDNN 9 on LD_LIBRARY_PATH, or set device to cpu");
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
