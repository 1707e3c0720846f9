package org.perceiveir.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.codec.ImageFormatException;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.imaging.scene.SyntheticScene;
import org.perceiveir.schemas.avro.FrameEncoding;
import org.perceiveir.schemas.avro.FrameIdentity;
import org.perceiveir.streams.client.FramePublisher;
import org.perceiveir.streams.config.FrameSize;

/**
 * Noisy frames of a drawn street, in memory both encoded and as the pixels that the service decodes
 * from that; a run goes round them.
 *
 * @param size width and height, in pixels
 * @param encoding how {@code encoded} is encoded
 * @param encoded what is published
 * @param pixels what the bare network gets, decoded from {@code encoded}
 */
record FrameSet(FrameSize size, ImageFormat encoding, List<byte[]> encoded, List<RgbImage> pixels) {

  /** Most different frames. */
  private static final int DIFFERENT = 32;

  /** Most bytes of pixels. */
  private static final long MAX_BYTES = 64L << 20;

  /** Draws, degrades and encodes as many frames as a run needs, or as fit into memory. */
  static FrameSet draw(FrameSize size, ImageFormat encoding, int wanted) {
    long fit = Math.max(1, MAX_BYTES / (3 * size.pixels()));
    int count = (int) Math.min(Math.min(DIFFERENT, wanted), fit);
    SyntheticScene scene = SyntheticScene.street(1, size.width(), size.height());
    ImageDecoder decoder =
        new ImageDecoder(
            new DecodeLimits(size.width(), size.height(), size.pixels(), Integer.MAX_VALUE, 64));
    List<byte[]> encoded = new ArrayList<>();
    List<RgbImage> pixels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RgbImage noisy = Degradations.standard(DegradationType.NOISE).apply(scene.frame(i), 100L + i);
      byte[] bytes = ImageEncoder.encode(noisy, encoding);
      encoded.add(bytes);
      pixels.add(encoding == ImageFormat.RGB8 ? noisy : decoded(decoder, bytes));
    }
    return new FrameSet(size, encoding, List.copyOf(encoded), List.copyOf(pixels));
  }

  private static RgbImage decoded(ImageDecoder decoder, byte[] bytes) {
    try {
      return decoder.decode(bytes);
    } catch (ImageFormatException e) {
      throw new IllegalStateException("the decoder refuses what the encoder wrote", e);
    }
  }

  /** The encoded frame at a place of the run. */
  byte[] encoded(long index) {
    return encoded.get((int) (index % encoded.size()));
  }

  /** The pixels of the frame at a place of the run. */
  RgbImage pixels(long index) {
    return pixels.get((int) (index % pixels.size()));
  }

  /** The encoding as the records name it. */
  FrameEncoding frameEncoding() {
    return FrameEncoding.valueOf(encoding.name());
  }

  /**
   * Publishes the frame at a place of the run.
   *
   * @param lost gets the first failure of all
   */
  void publish(
      FramePublisher publisher,
      FrameIdentity identity,
      long index,
      AtomicReference<@Nullable Throwable> lost) {
    var unused =
        publisher
            .publishEncoded(
                identity, size.width(), size.height(), frameEncoding(), encoded(index), Map.of())
            .whenComplete(
                (metadata, thrown) -> {
                  if (thrown != null) {
                    lost.compareAndSet(null, thrown);
                  }
                });
  }

  /** Bytes of one encoded frame, on average. */
  long bytes() {
    return Math.round(encoded.stream().mapToInt(e -> e.length).average().orElse(0));
  }
}
