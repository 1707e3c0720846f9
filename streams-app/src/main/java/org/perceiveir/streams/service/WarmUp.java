package org.perceiveir.streams.service;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.streams.config.BatchMode;
import org.perceiveir.streams.config.FrameSize;
import org.perceiveir.streams.config.ServiceConfig;
import org.perceiveir.streams.limits.BatchPlan;
import org.perceiveir.streams.limits.MeasuredSpeed;
import org.perceiveir.streams.pass.FramePass;
import org.perceiveir.streams.pass.ModelSlot;
import org.perceiveir.streams.pass.PassedFrame;
import org.perceiveir.streams.pass.RoutedPass;
import org.perceiveir.streams.pass.RoutingPolicy;
import org.perceiveir.streams.pass.TierJudge;

/**
 * Runs the network and the codecs before the first real frame, and times them. The first pass of
 * each kind builds graphs and fills caches and does not count; of the others the slowest does.
 */
public final class WarmUp {
  private WarmUp() {}

  /**
   * Measures the slowest way a frame may go through a network: judged before and after, and
   * restored.
   *
   * @param slot holds the network
   * @param judge tells tiers; null where nobody does
   */
  public static MeasuredSpeed measure(
      ServiceConfig config, ModelSlot slot, @Nullable TierJudge judge) {
    // A thread that blocks for each frame cannot fill more of a batch than its own place.
    int largestBatch =
        config.batchMode() == BatchMode.ASYNC
            ? config.batchMaxSize()
            : Math.min(config.batchMaxSize(), config.streamThreads());
    return measure(
        new RoutedPass(slot, null, judge, RoutingPolicy.allFull(), 1),
        config.warmupFrameSize(),
        config.warmupFrames(),
        largestBatch);
  }

  /**
   * Measures.
   *
   * @param device its slowest pass: every frame judged before and after and fully restored
   * @param frames single frames to time
   * @param maxBatch most frames in a batch that is warmed up and timed too, fewer on a slow device;
   *     1 for none
   */
  static MeasuredSpeed measure(FramePass device, FrameSize size, int frames, int maxBatch) {
    return measure(
        device, UnaryOperator.identity(), Double.POSITIVE_INFINITY, size, frames, maxBatch);
  }

  /**
   * As above, on a device that works already.
   *
   * @param alone runs what is timed, while the device does nothing else; waiting for that is not
   *     part of the time. What is not timed runs beside its other work: the first pass takes long
   * @param hopelessMs a frame that takes longer than this beside other work, and again at once, is
   *     not timed alone: nothing else could run meanwhile
   */
  static MeasuredSpeed measure(
      FramePass device,
      UnaryOperator<Supplier<Double>> alone,
      double hopelessMs,
      FrameSize size,
      int frames,
      int maxBatch) {
    RgbImage frame = noisyRamp(size);
    double beside = pass(device, List.of(frame));
    if (beside > hopelessMs) {
      beside = pass(device, List.of(frame));
      if (beside > hopelessMs) {
        return new MeasuredSpeed(size, beside, 0);
      }
    }
    double slowest = 0;
    for (int i = 0; i < frames && slowest <= hopelessMs; i++) {
      slowest = Math.max(slowest, timed(device, alone, List.of(frame)));
    }
    int batch = BatchPlan.batchFor(slowest, maxBatch);
    if (batch > 1) {
      List<RgbImage> together = new ArrayList<>(Collections.nCopies(batch, frame));
      double unused = pass(device, together);
      slowest = Math.max(slowest, timed(device, alone, together) / batch);
    }
    codec(frame);
    return new MeasuredSpeed(size, slowest, codec(frame));
  }

  private static double timed(
      FramePass device, UnaryOperator<Supplier<Double>> alone, List<RgbImage> frames) {
    return alone.apply(() -> pass(device, frames)).get();
  }

  private static double pass(FramePass device, List<RgbImage> frames) {
    long start = System.nanoTime();
    List<PassedFrame> restored = device.run(frames);
    double millis = (System.nanoTime() - start) / 1e6;
    if (restored.size() != frames.size()) {
      throw new IllegalStateException(
          "the restorer returned " + restored.size() + " frames for " + frames.size());
    }
    return millis;
  }

  /** PNG both ways, the slowest of the encodings. */
  private static double codec(RgbImage frame) {
    ImageDecoder decoder =
        new ImageDecoder(
            new DecodeLimits(
                frame.width(),
                frame.height(),
                (long) frame.width() * frame.height(),
                Integer.MAX_VALUE,
                1));
    long start = System.nanoTime();
    try {
      decoder.decode(ImageEncoder.encode(frame, ImageFormat.PNG));
    } catch (ImageFormatException e) {
      throw new IllegalStateException("the decoder refuses what the encoder wrote", e);
    }
    return (System.nanoTime() - start) / 1e6;
  }

  /** A ramp under noise: neither as easy to encode as a flat image nor as hard as pure noise. */
  private static RgbImage noisyRamp(FrameSize size) {
    byte[] rgb = new byte[Math.toIntExact(3 * size.pixels())];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (200L * i / rgb.length + random.nextInt(32));
    }
    return RgbImage.wrap(size.width(), size.height(), rgb);
  }
}
