package org.perceiveir.capture;

import java.util.List;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * The opened address and its video stream: gives packets. Owns the native context until it is
 * closed.
 *
 * <p><u>What FFmpeg may do</u> is told three times over: protocols (a playlist inside a file would
 * reach the network else), formats (no playlists, no scripts, no image patterns) and codecs (the
 * common ones; the hundreds of others are little tested against attacks). FLV and MPEG-PS are not
 * read: their streams appear while FFmpeg looks for them, and no limit of pixels holds for those.
 */
final class Demuxer implements AutoCloseable {
  private static final String FILE_FORMATS =
      "mov,matroska,webm,avi,mpegts,mpegvideo,m4v,h264,hevc,mjpeg,ivf,ogg";

  /** How often a camera without a frame is asked again. */
  private static final long ASK_AGAIN_MS = 5;

  /** FFmpeg's names of the decoders. */
  static final List<String> CODECS =
      List.of(
          "h264",
          "hevc",
          "mpeg4",
          "mpeg2video",
          "mpeg1video",
          "h263",
          "mjpeg",
          "vp8",
          "vp9",
          "libaom-av1",
          "ffv1",
          "theora",
          "rawvideo");

  /** What a live stream is looked at before its first frame, in microseconds. */
  private static final String LIVE_ANALYSIS = "2000000";

  /**
   * How many times the limit of pixels a frame may have that is only looked at for its size: beyond
   * it nobody learns the size, and the message is a poorer one.
   */
  private static final long PROBED_PIXELS = 4;

  private final VideoAddress address;
  private final Deadline deadline;
  private final AVFormatContext context;
  private final AVStream stream;

  private Demuxer(
      VideoAddress address, Deadline deadline, AVFormatContext context, AVStream stream) {
    this.address = address;
    this.deadline = deadline;
    this.context = context;
    this.stream = stream;
  }

  /** Opens an address and finds its video. */
  static Demuxer open(VideoAddress address, CaptureOptions options, Deadline deadline)
      throws CaptureException {
    AVInputFormat format = format(address);
    AVFormatContext context = avformat.avformat_alloc_context();
    Deadline.watch(context);
    if (address.kind() == VideoAddress.Kind.DEVICE) {
      // Waiting for a frame, the driver would ask no deadline.
      context.flags(context.flags() | AVFormatContext.AVFMT_FLAG_NONBLOCK);
    }
    AVDictionary settings = settings(address, options);
    deadline.begin();
    try {
      int code = avformat.avformat_open_input(context, address.location(), format, settings);
      if (code < 0) {
        // FFmpeg has freed the context.
        throw failure(address, deadline, "cannot be opened", code);
      }
    } finally {
      avutil.av_dict_free(settings);
    }
    try {
      checkSizes(context, address, options);
      probe(context, address, options, deadline);
      return new Demuxer(address, deadline, context, video(context, address));
    } catch (CaptureException | RuntimeException e) {
      avformat.avformat_close_input(context);
      throw e;
    } finally {
      deadline.end();
    }
  }

  private static @Nullable AVInputFormat format(VideoAddress address) throws CaptureException {
    if (address.kind() != VideoAddress.Kind.DEVICE) {
      return null;
    }
    Ffmpeg.loadDevices();
    AVInputFormat format = avformat.av_find_input_format("video4linux2");
    if (format == null) {
      throw new CaptureException(
          address + ": this system has no Video4Linux", "read the camera over RTSP");
    }
    return format;
  }

  private static AVDictionary settings(VideoAddress address, CaptureOptions options) {
    AVDictionary settings = Ffmpeg.dictionary();
    Ffmpeg.set(settings, "codec_whitelist", String.join(",", CODECS));
    switch (address.kind()) {
      case FILE -> {
        Ffmpeg.set(settings, "protocol_whitelist", "file");
        Ffmpeg.set(settings, "format_whitelist", FILE_FORMATS);
      }
      case RTSP -> {
        Ffmpeg.set(settings, "protocol_whitelist", options.transport().protocols());
        Ffmpeg.set(settings, "format_whitelist", "rtsp");
        Ffmpeg.set(settings, "rtsp_transport", options.transport().option());
        Ffmpeg.set(settings, "allowed_media_types", "video");
        Ffmpeg.set(settings, "analyzeduration", LIVE_ANALYSIS);
        Ffmpeg.set(settings, "timeout", String.valueOf(options.patience().toNanos() / 1000));
      }
      case DEVICE -> {
        // The device is opened without any of FFmpeg's protocols.
        Ffmpeg.set(settings, "protocol_whitelist", "file");
        Ffmpeg.set(settings, "format_whitelist", "video4linux2,v4l2");
      }
    }
    return settings;
  }

  /** Many containers tell the size; then nothing is decoded to find it. */
  private static void checkSizes(
      AVFormatContext context, VideoAddress address, CaptureOptions options)
      throws CaptureException {
    for (int i = 0; i < context.nb_streams(); i++) {
      AVCodecParameters parameters = context.streams(i).codecpar();
      if (parameters.codec_type() == avutil.AVMEDIA_TYPE_VIDEO) {
        options.check(address, parameters.width(), parameters.height());
      }
    }
  }

  /** Looks into the streams; decoders that FFmpeg opens for that obey a limit of pixels too. */
  private static void probe(
      AVFormatContext context, VideoAddress address, CaptureOptions options, Deadline deadline)
      throws CaptureException {
    int streams = context.nb_streams();
    try (PointerPointer<AVDictionary> settings = new PointerPointer<>(Math.max(1, streams))) {
      for (int i = 0; i < streams; i++) {
        AVDictionary one = Ffmpeg.dictionary();
        Ffmpeg.set(one, "max_pixels", String.valueOf(PROBED_PIXELS * options.limits().maxPixels()));
        settings.put(i, one);
      }
      int code = avformat.avformat_find_stream_info(context, settings);
      for (int i = 0; i < streams; i++) {
        Pointer left = settings.get(i);
        if (left != null) {
          avutil.av_dict_free(new AVDictionary(left));
        }
      }
      if (code < 0) {
        throw failure(address, deadline, "cannot be read", code);
      }
    }
  }

  private static AVStream video(AVFormatContext context, VideoAddress address)
      throws CaptureException {
    int best =
        avformat.av_find_best_stream(context, avutil.AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0);
    AVStream video = best < 0 ? null : context.streams(best);
    if (video == null || (video.disposition() & avformat.AV_DISPOSITION_ATTACHED_PIC) != 0) {
      throw new CaptureException(
          address + " has no video stream that is read", "name a source with pictures");
    }
    for (int i = 0; i < context.nb_streams(); i++) {
      if (i != best) {
        context.streams(i).discard(avcodec.AVDISCARD_ALL);
      }
    }
    return video;
  }

  /** Whether times jump in files of this format where parts are joined. */
  boolean timesJump() {
    return (context.iformat().flags() & avformat.AVFMT_TS_DISCONT) != 0;
  }

  /** The video. */
  AVStream stream() {
    return stream;
  }

  /**
   * Waits for the next packet of the video.
   *
   * @return false at the end of a file, or when cancelled
   */
  boolean read(AVPacket packet) throws CaptureException {
    deadline.begin();
    try {
      while (!deadline.isCancelled()) {
        int code = avformat.av_read_frame(context, packet);
        if (code == avutil.AVERROR_EOF() && !address.isLive()) {
          return false;
        }
        if (code == org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN() && !deadline.isOver()) {
          pause();
          continue;
        }
        if (code < 0) {
          if (deadline.isCancelled()) {
            return false;
          }
          throw failure(address, deadline, "broke off", code);
        }
        if (packet.stream_index() == stream.index()) {
          return true;
        }
        avcodec.av_packet_unref(packet);
      }
      return false;
    } finally {
      deadline.end();
    }
  }

  private static void pause() throws CaptureException {
    try {
      Thread.sleep(ASK_AGAIN_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CaptureException("interrupted while waiting for a frame", "run it again", e);
    }
  }

  private static CaptureException failure(
      VideoAddress address, Deadline deadline, String what, int code) {
    boolean live = address.isLive();
    if (deadline.isPassed()) {
      return new CaptureException(
          address + " does not answer in time",
          live ? "check that the camera is on and reachable" : "check the disk");
    }
    String why = address + " " + what + ": " + Ffmpeg.text(code);
    if (code == avutil.AVERROR_HTTP_UNAUTHORIZED() || code == avutil.AVERROR_HTTP_FORBIDDEN()) {
      return new CaptureException(why, "check user and password of the camera");
    }
    if (code == avutil.AVERROR_HTTP_NOT_FOUND()) {
      return new CaptureException(why, "check the path of the address in the camera's manual");
    }
    if (code == avutil.AVERROR_PROTOCOL_NOT_FOUND()) {
      return new CaptureException(why, "this build of FFmpeg does not have the protocol");
    }
    return new CaptureException(
        why,
        switch (address.kind()) {
          case FILE -> "name a whole file with video, such as MP4, MKV, AVI or MPEG-TS";
          case RTSP -> "check address and port, and that the camera is on";
          case DEVICE -> "check that no other program uses the camera";
        });
  }

  @Override
  public void close() {
    // Closing says goodbye to a camera (TEARDOWN), which may hang too.
    deadline.beginClosing();
    try {
      avformat.avformat_close_input(context);
    } finally {
      deadline.end();
    }
  }
}
