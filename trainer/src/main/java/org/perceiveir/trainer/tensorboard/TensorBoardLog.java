package org.perceiveir.trainer.tensorboard;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.trainer.listener.StepReport;
import org.perceiveir.trainer.listener.TrainingListener;
import org.perceiveir.trainer.listener.TrainingStart;
import org.perceiveir.trainer.listener.ValidationReport;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/**
 * Writes a training's curves for TensorBoard.
 *
 * <pre>
 *   loss/total  loss/by-task/TASK  loss/TERM        each step
 *   optimizer/learning-rate  optimizer/gradient-norm
 *   speed/images-per-second  speed/loader-share     of the step alone
 *   validation/FIGURE, validation/images            each validation
 * </pre>
 */
public final class TensorBoardLog implements TrainingListener {
  private static final int FLUSH_STEPS = 50;

  private final Path folder;
  private @Nullable EventFile events;

  /** A log into a folder, which {@code tensorboard --logdir} is given. */
  public TensorBoardLog(Path folder) {
    this.folder = folder;
  }

  @Override
  public void onStart(TrainingStart start) throws IOException {
    events = EventFile.create(folder, start.step() + 1, System.currentTimeMillis());
  }

  @Override
  public void onStep(StepReport r) throws IOException {
    Summary.Builder summary = Summary.newBuilder();
    scalar(summary, "loss/total", r.loss());
    scalar(summary, "loss/by-task/" + r.task(), r.loss());
    r.terms().forEach((term, value) -> scalar(summary, "loss/" + term, value));
    scalar(summary, "optimizer/learning-rate", (float) r.learningRate());
    scalar(summary, "optimizer/gradient-norm", r.gradientNorm());
    if (r.stepNanos() > 0) {
      scalar(summary, "speed/images-per-second", (float) (r.count() * 1e9 / r.stepNanos()));
      scalar(summary, "speed/loader-share", (float) r.waitedNanos() / r.stepNanos());
    }
    write(r.step(), summary);
    if (events != null && r.step() % FLUSH_STEPS == 0) {
      events.flush();
    }
  }

  @Override
  public void onValidation(ValidationReport r) throws IOException {
    Summary.Builder summary = Summary.newBuilder();
    for (Map.Entry<String, Double> figure : r.figures().entrySet()) {
      scalar(summary, "validation/" + figure.getKey(), figure.getValue().floatValue());
    }
    if (r.sheet().isPresent()) {
      RgbImage sheet = r.sheet().get();
      summary
          .addValueBuilder()
          .setTag("validation/images")
          .setImage(
              Summary.Image.newBuilder()
                  .setWidth(sheet.width())
                  .setHeight(sheet.height())
                  .setColorspace(3)
                  .setEncodedImageString(
                      ByteString.copyFrom(ImageEncoder.encode(sheet, ImageFormat.PNG))));
    }
    write(r.step(), summary);
    onCheckpoint(r.step());
  }

  private static void scalar(Summary.Builder summary, String tag, float value) {
    summary.addValueBuilder().setTag(tag).setSimpleValue(value);
  }

  private void write(int step, Summary.Builder summary) throws IOException {
    if (events != null) {
      events.write(
          Event.newBuilder()
              .setWallTime(System.currentTimeMillis() / 1000.0)
              .setStep(step)
              .setSummary(summary)
              .build());
    }
  }

  @Override
  public void onCheckpoint(int step) throws IOException {
    if (events != null) {
      events.flush();
    }
  }

  @Override
  public void onEnd(int step) throws IOException {
    if (events != null) {
      events.close();
      events = null;
    }
  }
}
