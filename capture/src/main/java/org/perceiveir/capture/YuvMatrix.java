package org.perceiveir.capture;

import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.IntPointer;

/** Which YUV a video means: libswscale alone takes BT.601 for everything, which tints HD video. */
final class YuvMatrix {
  /** By convention video from this height on is BT.709 where it does not say. */
  private static final int HD_HEIGHT = 720;

  private static final int ONE = 1 << 16;

  private YuvMatrix() {}

  /** The matrix of a video: its own, or the usual one of its height. */
  static int of(int colorSpace, int height) {
    return colorSpace == avutil.AVCOL_SPC_UNSPECIFIED || colorSpace == avutil.AVCOL_SPC_RGB
        ? usual(height)
        : colorSpace;
  }

  /** The usual matrix of a height. */
  static int usual(int height) {
    return height >= HD_HEIGHT ? avutil.AVCOL_SPC_BT709 : avutil.AVCOL_SPC_SMPTE170M;
  }

  /**
   * Tells a conversion its matrix and range; conversions between RGB formats have none.
   *
   * @param fullRangeIn whether the input's luma goes from 0 to 255
   * @param fullRangeOut whether the output's does
   */
  static void set(SwsContext context, int colorSpace, boolean fullRangeIn, boolean fullRangeOut) {
    IntPointer matrix = swscale.sws_getCoefficients(colorSpace);
    swscale.sws_setColorspaceDetails(
        context, matrix, fullRangeIn ? 1 : 0, matrix, fullRangeOut ? 1 : 0, 0, ONE, ONE);
  }
}
