package org.perceiveir.capture;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.ffmpeg.global.avutil;

/** How a video is written: encoders that FFmpeg's LGPL build has. */
public enum VideoCodec {
  /** H.264 by OpenH264: plays everywhere, browsers included. */
  H264("libopenh264", "mp4 mkv"),
  /** VP9 by libvpx: plays in browsers, free of royalties, takes two to four times the CPU. */
  VP9("libvpx-vp9", "webm mkv mp4"),
  /** MPEG-4 Part 2: plays in players, not in browsers; little CPU. */
  MPEG4("mpeg4", "mp4 mkv"),
  /** Motion JPEG: every frame stands alone. */
  MJPEG("mjpeg", "mkv"),
  /** FFV1: every pixel as it is, for measuring. */
  FFV1("ffv1", "mkv");

  private final String encoder;

  /** Separated by blanks. */
  private final String extensions;

  VideoCodec(String encoder, String extensions) {
    this.encoder = encoder;
    this.extensions = extensions;
  }

  /** The codec that a file gets where none is asked for: by its extension, without the dot. */
  public static Optional<VideoCodec> usual(String extension) {
    return Arrays.stream(values()).filter(codec -> codec.fits(extension)).findFirst();
  }

  /** The extensions of all codecs. */
  public static String allExtensions() {
    return Arrays.stream(values())
        .flatMap(codec -> codec.extensions().stream())
        .distinct()
        .map(extension -> "." + extension)
        .collect(Collectors.joining(", "));
  }

  /** Whether a file with this extension may hold it. */
  public boolean fits(String extension) {
    return extensions().contains(extension.toLowerCase(Locale.ROOT));
  }

  /** The extensions that may hold it, without the dot. */
  public List<String> extensions() {
    return List.of(extensions.split(" ", -1));
  }

  String encoder() {
    return encoder;
  }

  /** Whether width and height must be even. */
  boolean needsEvenSides() {
    return this != FFV1;
  }

  /** FFmpeg's number of the pixel format. */
  int pixelFormat() {
    return switch (this) {
      case FFV1 -> avutil.AV_PIX_FMT_0RGB32();
      case MJPEG -> avutil.AV_PIX_FMT_YUVJ420P;
      case H264, VP9, MPEG4 -> avutil.AV_PIX_FMT_YUV420P;
    };
  }

  /** FFmpeg's name of the container. */
  static String container(String extension) {
    return extension.equalsIgnoreCase("mkv") ? "matroska" : extension.toLowerCase(Locale.ROOT);
  }
}
