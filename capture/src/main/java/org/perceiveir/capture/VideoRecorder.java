package org.perceiveir.capture;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.Pointer;
import org.perceiveir.imaging.RgbImage;

/**
 * Writes a video file frame by frame, each with its own time (variable frame rate). For one thread.
 *
 * <p>The file grows beside its place as {@code .NAME.part} and moves there when it is closed, so
 * what has the name plays. Neither name may exist: nothing is overwritten, also not what appears
 * there meanwhile. All frames have the size of the first, rounded down to even sides where the
 * codec wants that; others are scaled to it.
 */
public final class VideoRecorder implements AutoCloseable {
  /** Ticks of a tenth of a millisecond: MPEG-4 has no finer ones. */
  private static final int TICKS = 10_000;

  private static final int NOMINAL_FPS = 25;
  private static final int KEY_FRAMES_EVERY = 50;

  /** Bits that a pixel of a frame gets: some 39 dB on road scenes. */
  private static final double BITS_A_PIXEL = 0.5;

  private final Path file;
  private final Path draft;
  private final AVFormatContext context;
  private final AVCodecContext encoder;
  private final AVStream stream;
  private final AVRational timeBase;
  private final AVFrame frame = avutil.av_frame_alloc();
  private final AVPacket packet = avcodec.av_packet_alloc();
  private final YuvConversion conversion;
  private long lastTick = -1;
  private boolean closed;

  private VideoRecorder(
      Path file,
      Path draft,
      AVFormatContext context,
      AVCodecContext encoder,
      AVStream stream,
      AVRational timeBase) {
    this.file = file;
    this.draft = draft;
    this.context = context;
    this.encoder = encoder;
    this.stream = stream;
    this.timeBase = timeBase;
    this.conversion = new YuvConversion(encoder);
  }

  /**
   * Begins a file.
   *
   * @param file its place, where nothing is yet; its extension names the container
   * @param codec how to encode, one that {@link VideoCodec#fits} the extension
   * @param width width of the frames in pixels, at least 2
   * @param height height of the frames in pixels, at least 2
   * @throws CaptureException if it cannot be written, or FFmpeg is missing
   */
  public static VideoRecorder open(Path file, VideoCodec codec, int width, int height)
      throws CaptureException {
    if (width < 2 || height < 2) {
      throw new CaptureException(
          "frames of " + width + "x" + height + " are too small for a video",
          "record into a directory instead");
    }
    Path whole = file.toAbsolutePath().normalize();
    if (Files.exists(whole, LinkOption.NOFOLLOW_LINKS)) {
      throw new CaptureException(file + " exists", "name another file, or delete it");
    }
    Ffmpeg.load();
    Path draft = whole.resolveSibling("." + whole.getFileName() + ".part");
    String name = String.valueOf(whole.getFileName());
    String container = VideoCodec.container(name.substring(name.lastIndexOf('.') + 1));
    AVFormatContext context = new AVFormatContext((Pointer) null);
    check(
        file,
        avformat.avformat_alloc_output_context2(
            context, (AVOutputFormat) null, container, "file:" + draft));
    try {
      begin(file, draft);
    } catch (CaptureException | RuntimeException e) {
      avformat.avformat_free_context(context);
      throw e;
    }
    AVRational timeBase = new AVRational().num(1).den(TICKS);
    AVCodecContext encoder = new AVCodecContext((Pointer) null);
    try {
      encoder = encoder(file, codec, width, height, timeBase, context);
      AVStream stream = avformat.avformat_new_stream(context, null);
      stream.time_base(timeBase);
      check(file, avcodec.avcodec_parameters_from_context(stream.codecpar(), encoder));
      AVIOContext output = new AVIOContext((Pointer) null);
      check(file, avformat.avio_open(output, "file:" + draft, avformat.AVIO_FLAG_WRITE));
      context.pb(output);
      check(file, avformat.avformat_write_header(context, (AVDictionary) null));
      return new VideoRecorder(file, draft, context, encoder, stream, timeBase);
    } catch (CaptureException | RuntimeException e) {
      free(context, encoder);
      draft.toFile().delete();
      throw e;
    }
  }

  /** Makes the draft, which FFmpeg would open whatever lies or links there. */
  private static void begin(Path file, Path draft) throws CaptureException {
    try {
      Files.createFile(draft);
    } catch (FileAlreadyExistsException e) {
      throw new CaptureException(
          draft + " exists: another recording writes it, or one was killed",
          "name another file, or move the .part file away",
          e);
    } catch (IOException e) {
      throw new CaptureException(
          file
              + " cannot be written: "
              + (e instanceof NoSuchFileException ? "No such file or directory" : e.getMessage()),
          "check that its directory exists, may be written and has room",
          e);
    }
  }

  private static AVCodecContext encoder(
      Path file,
      VideoCodec codec,
      int width,
      int height,
      AVRational timeBase,
      AVFormatContext context)
      throws CaptureException {
    AVCodec implementation = avcodec.avcodec_find_encoder_by_name(codec.encoder());
    if (implementation == null) {
      throw new CaptureException(
          "this build of FFmpeg has no encoder " + codec.encoder(), "choose another --codec");
    }
    int even = codec.needsEvenSides() ? ~1 : ~0;
    AVCodecContext encoder = avcodec.avcodec_alloc_context3(implementation);
    encoder.width(width & even);
    encoder.height(height & even);
    encoder.pix_fmt(codec.pixelFormat());
    encoder.time_base(timeBase);
    encoder.framerate(new AVRational().num(NOMINAL_FPS).den(1));
    encoder.gop_size(KEY_FRAMES_EVERY);
    encoder.max_b_frames(0);
    encoder.thread_count(2);
    if ((context.oformat().flags() & avformat.AVFMT_GLOBALHEADER) != 0) {
      encoder.flags(encoder.flags() | avcodec.AV_CODEC_FLAG_GLOBAL_HEADER);
    }
    AVDictionary settings = Ffmpeg.dictionary();
    switch (codec) {
      case H264 ->
          encoder.bit_rate(Math.max(400_000, (long) (BITS_A_PIXEL * NOMINAL_FPS * width * height)));
      case VP9 -> {
        encoder.bit_rate(0);
        Ffmpeg.set(settings, "crf", "24");
        Ffmpeg.set(settings, "deadline", "realtime");
        Ffmpeg.set(settings, "cpu-used", "7");
      }
      case MPEG4, MJPEG -> {
        encoder.flags(encoder.flags() | avcodec.AV_CODEC_FLAG_QSCALE);
        encoder.global_quality(3 * avutil.FF_QP2LAMBDA);
      }
      case FFV1 -> Ffmpeg.set(settings, "level", "3");
    }
    if (codec != VideoCodec.FFV1) {
      encoder.colorspace(YuvMatrix.usual(height));
      encoder.color_range(
          codec == VideoCodec.MJPEG ? avutil.AVCOL_RANGE_JPEG : avutil.AVCOL_RANGE_MPEG);
    }
    int code = avcodec.avcodec_open2(encoder, implementation, settings);
    avutil.av_dict_free(settings);
    if (code < 0) {
      avcodec.avcodec_free_context(encoder);
      throw new CaptureException(
          file
              + ": frames of "
              + width
              + "x"
              + height
              + " cannot be encoded as "
              + codec
              + ": "
              + Ffmpeg.text(code),
          "choose another --codec, or record into a directory");
    }
    return encoder;
  }

  /**
   * Writes a frame.
   *
   * @param timeMicros its time from the beginning of the video in microseconds; a time that does
   *     not grow is raised to the next tenth of a millisecond
   * @throws CaptureException if it cannot be written
   */
  public void write(RgbImage image, long timeMicros) throws CaptureException {
    conversion.convert(image, frame);
    lastTick = Math.max(lastTick + 1, timeMicros * TICKS / 1_000_000);
    frame.pts(lastTick);
    check(file, avcodec.avcodec_send_frame(encoder, frame));
    drain();
  }

  private void drain() throws CaptureException {
    while (true) {
      int code = avcodec.avcodec_receive_packet(encoder, packet);
      if (code == org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN()
          || code == avutil.AVERROR_EOF()) {
        return;
      }
      check(file, code);
      packet.stream_index(stream.index());
      // Of the last frame: MP4 ends where it begins otherwise, and players leave it out.
      packet.duration(TICKS / NOMINAL_FPS);
      avcodec.av_packet_rescale_ts(packet, timeBase, stream.time_base());
      check(file, avformat.av_interleaved_write_frame(context, packet));
    }
  }

  private static void check(Path file, int code) throws CaptureException {
    if (code < 0) {
      throw new CaptureException(
          file + " cannot be written: " + Ffmpeg.text(code),
          "check that its directory exists, may be written and has room");
    }
  }

  /**
   * Writes the end and puts the file into its place; without a frame there is no file.
   *
   * @throws CaptureException if that fails; what there is stays in the {@code .part} file
   */
  @Override
  public void close() throws CaptureException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (lastTick >= 0) {
        check(file, avcodec.avcodec_send_frame(encoder, null));
        drain();
      }
      check(file, avformat.av_write_trailer(context));
    } finally {
      conversion.close();
      avutil.av_frame_free(frame);
      avcodec.av_packet_free(packet);
      free(context, encoder);
      timeBase.deallocate();
    }
    try {
      if (lastTick < 0) {
        Files.deleteIfExists(draft);
      } else {
        finish(draft, file.toAbsolutePath());
      }
    } catch (FileAlreadyExistsException e) {
      throw new CaptureException(
          file + " appeared meanwhile; the video is in " + draft, "move it yourself", e);
    } catch (IOException e) {
      throw new CaptureException(
          draft + " cannot be moved to " + file + ": " + e.getMessage(), "move it yourself", e);
    }
  }

  /** Moves without replacing; where there are links, without a moment for another to come first. */
  private static void finish(Path draft, Path file) throws IOException {
    try {
      Files.createLink(file, draft);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (IOException | UnsupportedOperationException e) {
      // A file system without links.
      Files.move(draft, file);
      return;
    }
    Files.delete(draft);
  }

  private static void free(AVFormatContext context, AVCodecContext encoder) {
    if (!encoder.isNull()) {
      avcodec.avcodec_free_context(encoder);
    }
    AVIOContext output = context.pb();
    if (output != null && !output.isNull()) {
      avformat.avio_closep(output);
      context.pb(null);
    }
    avformat.avformat_free_context(context);
  }
}
