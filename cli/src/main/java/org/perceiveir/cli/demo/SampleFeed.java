package org.perceiveir.cli.demo;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.perceiveir.cli.lifetime.Interruption;
import org.perceiveir.cli.publish.FrameOutlet;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.imaging.degrade.DegradationType;
import org.perceiveir.imaging.degrade.Degradations;
import org.perceiveir.schemas.avro.FrameIdentity;

/**
 * Drawn scenes of 480x272 pixels from several cameras at a steady rate, each damaged by one kind of
 * degradation after the other. For a stack that has no cameras yet.
 */
public final class SampleFeed {
  private final FrameOutlet outlet;
  private final List<CleanFrames> sources = new ArrayList<>();
  private final double fps;
  private final DegradationPlan plan = DegradationPlan.mixed(Integer.MAX_VALUE);

  /**
   * A feed that has not begun.
   *
   * @param outlet sends the frames
   * @param sources number of cameras, named sample-1, sample-2 and so on
   * @param fps frames a second of each camera
   */
  public SampleFeed(FrameOutlet outlet, int sources, double fps) {
    this.outlet = outlet;
    this.fps = fps;
    for (int i = 0; i < sources; i++) {
      this.sources.add(DrawnFrames.source(i));
    }
  }

  /**
   * Sends until it is interrupted or has sent enough. A frame that is late is sent at once; the
   * rate falls where drawing or sending takes longer.
   *
   * @param frames how many frames to send, of all cameras together; 0 for no end
   * @return how many frames were sent
   * @throws org.perceiveir.cli.failure.CommandFailure if a frame cannot be published
   */
  public long run(long frames, Interruption interruption) throws InterruptedException {
    long epoch = Instant.now().toEpochMilli();
    long begin = System.nanoTime();
    long sent = 0;
    while (frames == 0 || sent < frames) {
      long due = begin + (long) (sent * 1e9 / (fps * sources.size()));
      if (interruption.await(Duration.ofNanos(Math.max(0, due - System.nanoTime())))) {
        break;
      }
      send((int) (sent % sources.size()), Math.toIntExact(sent / sources.size()), epoch);
      sent++;
    }
    outlet.flush();
    return sent;
  }

  private void send(int source, int index, long epoch) {
    DegradationType type = plan.type(source, index);
    RgbImage degraded =
        Degradations.standard(type)
            .apply(sources.get(source).frame(index), plan.seed(source, index), index);
    FrameIdentity identity =
        new FrameIdentity(
            "sample-" + (source + 1),
            epoch,
            (long) index,
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
    outlet.send(
        identity,
        degraded.width(),
        degraded.height(),
        ImageFormat.PNG,
        ImageEncoder.encode(degraded, ImageFormat.PNG),
        Map.of("degradation", type.id()));
  }
}
