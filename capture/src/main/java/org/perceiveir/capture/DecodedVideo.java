package org.perceiveir.capture;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.IntPointer;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.Orientation;

/**
 * One opened camera or file. Owns the native contexts and buffers of its decoder until it is
 * closed.
 *
 * <p>Packets that cannot be decoded are told and passed over, as a camera on a bad line sends some;
 * a stream with too many of them in a row fails.
 */
final class DecodedVideo implements FrameSource {
  private static final int MAX_DAMAGED_IN_A_ROW = 250;
  private static final int THREADS = 2;

  /** Time between frames where a stream does not say. */
  private static final long USUAL_INTERVAL_MICROS = 40_000;

  private final VideoAddress address;
  private final CaptureOptions options;
  private final Deadline deadline;
  private final Demuxer demuxer;
  private final Runnable damage;
  private final AVCodecContext decoder;
  private final AVRational timeBase;
  private final AVRational micros = new AVRational().num(1).den(1_000_000);
  private final int orientation;
  private final Positions positions;
  private final AVPacket packet = avcodec.av_packet_alloc();
  private final AVFrame frame = avutil.av_frame_alloc();
  private final RgbConversion conversion = new RgbConversion();

  private long frames;
  private int damaged;
  private int lastDamage;
  private boolean ended;
  private boolean closed;

  private DecodedVideo(
      VideoAddress address,
      CaptureOptions options,
      Deadline deadline,
      Demuxer demuxer,
      Runnable damage,
      AVCodecContext decoder) {
    this.address = address;
    this.options = options;
    this.deadline = deadline;
    this.demuxer = demuxer;
    this.damage = damage;
    this.decoder = decoder;
    AVStream stream = demuxer.stream();
    this.timeBase = stream.time_base();
    this.orientation = orientation(stream.codecpar());
    AVRational rate = stream.avg_frame_rate();
    long usualInterval =
        rate.num() > 0 && rate.den() > 0
            ? Math.max(1, 1_000_000L * rate.den() / rate.num())
            : USUAL_INTERVAL_MICROS;
    this.positions =
        new Positions(
            span -> avutil.av_rescale_q(span, timeBase, micros),
            usualInterval,
            demuxer.timesJump());
  }

  /** Opens an address whose place has been checked; FFmpeg is loaded. */
  static DecodedVideo open(VideoAddress address, CaptureOptions options, Runnable damage)
      throws CaptureException {
    Deadline deadline = new Deadline(options.patience());
    Demuxer demuxer = Demuxer.open(address, options, deadline);
    try {
      AVCodecContext decoder = decoder(address, options, demuxer.stream().codecpar());
      return new DecodedVideo(address, options, deadline, demuxer, damage, decoder);
    } catch (CaptureException | RuntimeException e) {
      demuxer.close();
      throw e;
    }
  }

  private static AVCodecContext decoder(
      VideoAddress address, CaptureOptions options, AVCodecParameters parameters)
      throws CaptureException {
    options.check(address, parameters.width(), parameters.height());
    AVCodec codec =
        parameters.codec_id() == avcodec.AV_CODEC_ID_AV1
            ? avcodec.avcodec_find_decoder_by_name("libaom-av1")
            : avcodec.avcodec_find_decoder(parameters.codec_id());
    if (codec == null || !Demuxer.CODECS.contains(codec.name().getString())) {
      throw new CaptureException(
          address
              + " is encoded as "
              + avcodec.avcodec_get_name(parameters.codec_id()).getString()
              + ", which is not read",
          "read are " + String.join(", ", Demuxer.CODECS));
    }
    AVCodecContext decoder = avcodec.avcodec_alloc_context3(codec);
    avcodec.avcodec_parameters_to_context(decoder, parameters);
    decoder.thread_count(THREADS);
    if (address.isLive()) {
      // Threads by frame would hold frames back.
      decoder.thread_type(AVCodecContext.FF_THREAD_SLICE);
      decoder.flags(decoder.flags() | avcodec.AV_CODEC_FLAG_LOW_DELAY);
    }
    AVDictionary settings = Ffmpeg.dictionary();
    Ffmpeg.set(settings, "max_pixels", String.valueOf(options.limits().maxPixels()));
    int code = avcodec.avcodec_open2(decoder, codec, settings);
    avutil.av_dict_free(settings);
    if (code < 0) {
      avcodec.avcodec_free_context(decoder);
      throw new CaptureException(
          address + " cannot be decoded: " + Ffmpeg.text(code), "convert the video to H.264");
    }
    return decoder;
  }

  /** EXIF's number for how the video says that it must be turned. */
  private static int orientation(AVCodecParameters parameters) {
    AVPacketSideData matrix =
        avcodec.av_packet_side_data_get(
            parameters.coded_side_data(),
            parameters.nb_coded_side_data(),
            avcodec.AV_PKT_DATA_DISPLAYMATRIX);
    if (matrix == null || matrix.isNull()) {
      return 1;
    }
    double left = avutil.av_display_rotation_get(new IntPointer(matrix.data()));
    return Double.isNaN(left)
        ? 1
        : switch (Math.floorMod((int) Math.round(left / 90), 4)) {
          case 1 -> 8;
          case 2 -> 3;
          case 3 -> 6;
          default -> 1;
        };
  }

  @Override
  public Optional<CapturedFrame> next() throws CaptureException {
    while (!deadline.isCancelled()) {
      int code = avcodec.avcodec_receive_frame(decoder, frame);
      if (code == 0) {
        try {
          return Optional.of(captured());
        } finally {
          avutil.av_frame_unref(frame);
        }
      }
      if (code == avutil.AVERROR_EOF()) {
        if (frames == 0 && lastDamage < 0 && !deadline.isCancelled()) {
          throw undecodable();
        }
        return Optional.empty();
      }
      if (code != org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN()) {
        damaged(code);
      }
      feed();
    }
    return Optional.empty();
  }

  private void feed() throws CaptureException {
    boolean more = readPacket();
    // Without a packet the decoder gives what it holds back, then the end.
    ended = !more;
    int code = avcodec.avcodec_send_packet(decoder, more ? packet : null);
    avcodec.av_packet_unref(packet);
    if (more && code == avutil.AVERROR_EOF()) {
      lastDamage = code;
      throw undecodable();
    }
    if (code < 0 && code != avutil.AVERROR_EOF()) {
      damaged(code);
    }
  }

  /** Reads the next packet; an empty one, which the decoder would take for the end, is skipped. */
  private boolean readPacket() throws CaptureException {
    while (!ended && demuxer.read(packet)) {
      if (packet.size() > 0) {
        return true;
      }
      avcodec.av_packet_unref(packet);
    }
    return false;
  }

  private void damaged(int code) throws CaptureException {
    damaged++;
    damage.run();
    lastDamage = code;
    if (damaged > MAX_DAMAGED_IN_A_ROW) {
      throw undecodable();
    }
  }

  private CaptureException undecodable() {
    return new CaptureException(
        address + " cannot be decoded: " + Ffmpeg.text(lastDamage),
        address.isLive()
            ? "check the line to the camera"
            : "the file is damaged or its frames are too large");
  }

  private CapturedFrame captured() throws CaptureException {
    // A stream may change its size on the way.
    options.check(address, frame.width(), frame.height());
    RgbImage image = Orientation.upright(conversion.convert(frame), orientation);
    damaged = 0;
    return new CapturedFrame(
        image, 0, frames++, position(), ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
  }

  private long position() {
    long stamp = frame.best_effort_timestamp();
    return positions.next(
        stamp == avutil.AV_NOPTS_VALUE() ? OptionalLong.empty() : OptionalLong.of(stamp));
  }

  @Override
  public void cancel() {
    deadline.cancel();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    conversion.close();
    avutil.av_frame_free(frame);
    avcodec.av_packet_free(packet);
    avcodec.avcodec_free_context(decoder);
    demuxer.close();
    micros.deallocate();
  }
}
