package org.perceiveir.capture;

/** How the pictures of an RTSP camera travel. */
public enum RtspTransport {
  /** Within the connection to the camera: nothing listens here, and no packet is lost silently. */
  TCP("tcp", "rtsp,tcp"),
  /** As datagrams to two ports that are opened for it on all addresses of this machine. */
  UDP("udp", "rtsp,tcp,rtp,udp");

  private final String option;
  private final String protocols;

  RtspTransport(String option, String protocols) {
    this.option = option;
    this.protocols = protocols;
  }

  /** FFmpeg's name. */
  String option() {
    return option;
  }

  /** All protocols that FFmpeg may use. */
  String protocols() {
    return protocols;
  }
}
