package org.perceiveir.capture;

import java.nio.charset.StandardCharsets;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avdevice;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** FFmpeg itself: loaded on first use, silent, its errors as text. */
final class Ffmpeg {
  private static final int TEXT_BYTES = 256;

  private static boolean loaded;
  private static boolean devicesLoaded;

  private Ffmpeg() {}

  /**
   * Loads the natives and silences their log, which names addresses with passwords.
   *
   * @throws CaptureException if they are not on the class path, or not for this system
   */
  static synchronized void load() throws CaptureException {
    if (loaded) {
      return;
    }
    try {
      Loader.load(avutil.class);
      Loader.load(avcodec.class);
      Loader.load(avformat.class);
      Loader.load(swscale.class);
      avutil.av_log_set_level(avutil.AV_LOG_QUIET);
      loaded = true;
    } catch (LinkageError e) {
      throw missing("FFmpeg is not there: " + e, e);
    }
  }

  /**
   * Loads what reads cameras of this machine; it needs libraries of the system that the rest does
   * not.
   *
   * @throws CaptureException if it does not load
   */
  static synchronized void loadDevices() throws CaptureException {
    if (devicesLoaded) {
      return;
    }
    try {
      Loader.load(avdevice.class);
      avdevice.avdevice_register_all();
      devicesLoaded = true;
    } catch (LinkageError e) {
      throw new CaptureException(
          "FFmpeg's devices cannot be loaded: " + e.getMessage(),
          "install libxcb1 and libpulse0 (Debian), or read the camera over RTSP",
          e);
    }
  }

  private static CaptureException missing(String what, LinkageError e) {
    return new CaptureException(
        what,
        "cameras and videos need the jars javacpp and ffmpeg of org.bytedeco with the natives of this"
            + " system on the class path (25 MB); ./perceive from a checkout has them; see"
            + " docs/cameras.md",
        e);
  }

  /** What an error code of FFmpeg means. */
  static String text(int code) {
    byte[] text = new byte[TEXT_BYTES];
    avutil.av_strerror(code, text, text.length);
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return new String(text, 0, end, StandardCharsets.UTF_8);
  }

  /** A dictionary without entries, which FFmpeg allocates when the first is set. */
  static AVDictionary dictionary() {
    return new AVDictionary((Pointer) null);
  }

  /** Sets one entry. */
  static void set(AVDictionary options, String key, @Nullable String value) {
    avutil.av_dict_set(options, key, value, 0);
  }
}
