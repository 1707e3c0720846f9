package org.perceiveir.model.session;

import static org.tensorflow.internal.c_api.global.tensorflow.TF_CloseSession;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_DeleteDeviceList;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_DeleteSession;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_DeviceListCount;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_DeviceListName;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_NewSession;
import static org.tensorflow.internal.c_api.global.tensorflow.TF_SessionListDevices;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.internal.c_api.TF_DeviceList;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.proto.ConfigProto;

/** Asks TensorFlow's C API for its devices: the Java API has no call for it. */
final class TensorFlowDevices {
  private TensorFlowDevices() {}

  /**
   * Names of all devices of a session with this configuration.
   *
   * <p>TensorFlow fixes its thread pools for the process at its first session, so the configuration
   * is the one that the work itself will use.
   */
  @SuppressWarnings("try") // the scope is never named: it frees every pointer made inside it
  static List<String> names(ConfigProto config) {
    try (PointerScope scope = new PointerScope()) {
      TF_Status status = TF_Status.newStatus();
      TF_Graph graph = TF_Graph.newGraph();
      TF_SessionOptions options = TF_SessionOptions.newSessionOptions();
      BytePointer proto = new BytePointer(config.toByteArray());
      org.tensorflow.internal.c_api.global.tensorflow.TF_SetConfig(
          options, proto, proto.limit(), status);
      status.throwExceptionIfNotOK();
      TF_Session session = TF_NewSession(graph, options, status);
      status.throwExceptionIfNotOK();
      try {
        return names(session, status);
      } finally {
        TF_CloseSession(session, status);
        TF_DeleteSession(session, status);
      }
    }
  }

  private static List<String> names(TF_Session session, TF_Status status) {
    TF_DeviceList list = TF_SessionListDevices(session, status);
    status.throwExceptionIfNotOK();
    try {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < TF_DeviceListCount(list); i++) {
        names.add(TF_DeviceListName(list, i, status).getString());
        status.throwExceptionIfNotOK();
      }
      return names;
    } finally {
      TF_DeleteDeviceList(list);
    }
  }
}
