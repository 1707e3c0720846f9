package org.perceiveir.capture;

import java.nio.file.Files;
import java.nio.file.Path;

/** Opens cameras and video files. */
public final class VideoInput {
  private VideoInput() {}

  /**
   * Opens a camera or file once.
   *
   * @return its frames; a file ends, a camera that ends fails
   * @throws CaptureException if it is not there, does not answer, holds no video, or none of a kind
   *     and size that is read; also where FFmpeg is missing
   */
  public static FrameSource open(VideoAddress address, CaptureOptions options)
      throws CaptureException {
    return open(address, options, () -> {});
  }

  /**
   * As above.
   *
   * @param damage told of each packet that cannot be decoded, on the thread that reads
   */
  public static FrameSource open(VideoAddress address, CaptureOptions options, Runnable damage)
      throws CaptureException {
    checkPlace(address);
    Ffmpeg.load();
    return DecodedVideo.open(address, options, damage);
  }

  private static void checkPlace(VideoAddress address) throws CaptureException {
    if (address.kind() == VideoAddress.Kind.RTSP) {
      return;
    }
    Path path = address.path();
    if (!Files.exists(path)) {
      throw new CaptureException(
          address + " does not exist",
          address.isLive()
              ? "plug the camera in; v4l2-ctl --list-devices lists what is there"
              : "name a video file, or a directory of images");
    }
    if (!address.isLive() && !Files.isRegularFile(path)) {
      throw new CaptureException(address + " is no file", "name a video file");
    }
    if (!Files.isReadable(path)) {
      throw new CaptureException(
          address + " cannot be read: permission denied",
          address.isLive() ? "join the group of the device, usually video" : "check permissions");
    }
  }
}
