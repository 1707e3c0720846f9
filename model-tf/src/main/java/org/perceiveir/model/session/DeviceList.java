package org.perceiveir.model.session;

import java.util.List;

/** Tells which devices there are, so that a choice among them can be tested on any machine. */
@FunctionalInterface
public interface DeviceList {
  /** Ids such as {@code cpu} and {@code gpu:0}. */
  List<String> ids();

  /**
   * The devices that TensorFlow sees. It fixes its threads and its way with the memory of GPUs for
   * the process when it is first asked.
   *
   * @param options those of the sessions that will be opened
   */
  static DeviceList ofTensorFlow(SessionOptions options) {
    return () -> Devices.ids(TensorFlowDevices.names(RestorationSession.config(options)));
  }
}
