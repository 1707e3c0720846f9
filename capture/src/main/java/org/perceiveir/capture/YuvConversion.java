package org.perceiveir.capture;

import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;

/** RGB images to the pixel format and size of an encoder. Owns native memory of one image. */
final class YuvConversion implements AutoCloseable {
  /** libswscale reads whole vectors, beyond the end of the last row. */
  private static final int MARGIN = 64;

  private final int width;
  private final int height;
  private final int format;
  private final boolean fullRange;
  private final PointerPointer<BytePointer> planes = new PointerPointer<>(4);
  private final IntPointer strides = new IntPointer(4);
  private @Nullable SwsContext context;
  private @Nullable BytePointer pixels;

  YuvConversion(AVCodecContext encoder) {
    width = encoder.width();
    height = encoder.height();
    format = encoder.pix_fmt();
    fullRange = encoder.color_range() == avutil.AVCOL_RANGE_JPEG;
  }

  /** Converts into a frame, which gets buffers of its own if it has none that may be written. */
  void convert(RgbImage image, AVFrame frame) throws CaptureException {
    if (frame.width() == 0) {
      frame.width(width);
      frame.height(height);
      frame.format(format);
    }
    int code =
        frame.data(0) == null
            ? avutil.av_frame_get_buffer(frame, 0)
            : avutil.av_frame_make_writable(frame);
    context =
        swscale.sws_getCachedContext(
            context,
            image.width(),
            image.height(),
            avutil.AV_PIX_FMT_RGB24,
            width,
            height,
            format,
            swscale.SWS_BICUBIC | swscale.SWS_ACCURATE_RND | swscale.SWS_FULL_CHR_H_INP,
            null,
            null,
            (double[]) null);
    if (code < 0 || context == null || context.isNull()) {
      throw new CaptureException(
          "frames of " + image.width() + "x" + image.height() + " cannot be converted",
          "record into a directory instead");
    }
    YuvMatrix.set(context, YuvMatrix.usual(height), true, fullRange);
    byte[] rgb = image.rgb();
    BytePointer room = pixels;
    if (room == null || room.capacity() < rgb.length + MARGIN) {
      close(room);
      room = new BytePointer((long) rgb.length + MARGIN);
      pixels = room;
    }
    room.position(0).put(rgb, 0, rgb.length);
    planes.put(0, room);
    strides.put(0, 3 * image.width());
    swscale.sws_scale(context, planes, strides, 0, image.height(), frame.data(), frame.linesize());
  }

  private static void close(@Nullable BytePointer memory) {
    if (memory != null) {
      memory.deallocate();
    }
  }

  @Override
  public void close() {
    swscale.sws_freeContext(context);
    context = null;
    close(pixels);
    pixels = null;
    planes.deallocate();
    strides.deallocate();
  }
}
