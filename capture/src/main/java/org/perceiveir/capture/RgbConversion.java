package org.perceiveir.capture;

import java.nio.ByteBuffer;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;

/** Decoded frames of any pixel format and size to RGB. Owns native memory of one frame. */
final class RgbConversion implements AutoCloseable {
  /** libswscale writes whole vectors: rows begin at multiples of this, and more is free behind. */
  private static final int ALIGNMENT = 64;

  private @Nullable SwsContext context;
  private @Nullable BytePointer pixels;
  private final PointerPointer<BytePointer> planes = new PointerPointer<>(4);
  private final IntPointer strides = new IntPointer(4);
  private int width;
  private int height;

  /** Converts; the frame's size has been checked. */
  RgbImage convert(AVFrame frame) throws CaptureException {
    resize(frame.width(), frame.height());
    context =
        swscale.sws_getCachedContext(
            context,
            width,
            height,
            frame.format(),
            width,
            height,
            avutil.AV_PIX_FMT_RGB24,
            swscale.SWS_BILINEAR | swscale.SWS_ACCURATE_RND | swscale.SWS_FULL_CHR_H_INT,
            null,
            null,
            (double[]) null);
    if (context == null || context.isNull() || pixels == null) {
      throw new CaptureException(
          "the video's pixel format " + frame.format() + " cannot be turned into RGB",
          "convert the video to yuv420p");
    }
    YuvMatrix.set(
        context,
        YuvMatrix.of(frame.colorspace(), height),
        frame.color_range() == avutil.AVCOL_RANGE_JPEG || isFullRange(frame.format()),
        true);
    swscale.sws_scale(context, frame.data(), frame.linesize(), 0, height, planes, strides);
    byte[] rgb = new byte[3 * width * height];
    ByteBuffer rows = pixels.asByteBuffer();
    int stride = strides.get(0);
    for (int y = 0; y < height; y++) {
      rows.get(y * stride, rgb, 3 * width * y, 3 * width);
    }
    return RgbImage.wrap(width, height, rgb);
  }

  private static boolean isFullRange(int format) {
    return format == avutil.AV_PIX_FMT_YUVJ420P
        || format == avutil.AV_PIX_FMT_YUVJ422P
        || format == avutil.AV_PIX_FMT_YUVJ444P;
  }

  private void resize(int newWidth, int newHeight) {
    if (newWidth == width && newHeight == height) {
      return;
    }
    free(pixels);
    width = newWidth;
    height = newHeight;
    int stride = (3 * width + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    BytePointer room = new BytePointer((long) stride * height + ALIGNMENT);
    pixels = room;
    planes.put(0, room);
    strides.put(0, stride);
  }

  private static void free(@Nullable Pointer memory) {
    if (memory != null) {
      memory.deallocate();
    }
  }

  @Override
  public void close() {
    swscale.sws_freeContext(context);
    context = null;
    free(pixels);
    pixels = null;
    planes.deallocate();
    strides.deallocate();
  }
}
