package org.perceiveir.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.model.bundle.ModelBundle;
import org.perceiveir.model.export.SafeTensorsExport;
import org.perceiveir.model.export.SavedModelExport;
import org.perceiveir.model.perceiver.Perceiver;
import org.perceiveir.model.perceiver.PerceiverBundle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./perceive export}. */
@Command(
    name = "export",
    description = {
      "Writes a model bundle in a format of others.",
      "savedmodel: a directory for TensorFlow Serving and Triton; signature serving_default takes"
          + " images, uint8 (batch, height, width, 3) of any size, and gives restored, the same.",
      "safetensors: the weights under PyTorch's names, in its layouts."
    })
public final class ExportCommand implements Callable<Integer> {

  /** What to write. */
  enum Format {
    SAVEDMODEL,
    SAFETENSORS
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--bundle",
      paramLabel = "DIR",
      description = "Model bundle to export; the shipped one (models/compact) by default.")
  private @Nullable Path bundle;

  @Option(
      names = "--format",
      paramLabel = "savedmodel|safetensors",
      required = true,
      description = "What to write.")
  private Format format;

  @Option(
      names = "--out",
      paramLabel = "DIR|FILE",
      required = true,
      description =
          "Directory of the SavedModel, or safetensors file. An earlier export there is replaced,"
              + " anything else is refused.")
  private Path target;

  @Option(
      names = "--perceiver",
      paramLabel = "DIR",
      description = {
        "Add this quality perceiver to a SavedModel: a further output tiers, float32",
        "(batch, tiers), says how likely each quality tier of the input is."
      })
  private @Nullable Path perceiver;

  @Override
  public Integer call() throws IOException {
    if (perceiver != null && format != Format.SAVEDMODEL) {
      throw new ParameterException(
          spec.commandLine(), "--perceiver is an output of a SavedModel: use --format savedmodel");
    }
    ModelBundle read = ModelBundle.read(bundle == null ? ModelOptions.shipped() : bundle);
    try {
      if (format == Format.SAVEDMODEL) {
        SavedModelExport.write(target, read, tiers());
      } else {
        SafeTensorsExport.write(target, read);
      }
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(
          "the bundle " + read + " cannot be exported: " + e.getMessage(),
          "choose another --bundle",
          e);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(read + " written to " + target);
    if (format == Format.SAFETENSORS && read.encoder() != null) {
      out.println("not in it: the " + read.encoder() + ", which a SavedModel would hold");
    }
    out.flush();
    return 0;
  }

  private SavedModelExport.@Nullable Tiers tiers() throws IOException {
    if (perceiver == null) {
      return null;
    }
    PerceiverBundle bundle = PerceiverBundle.read(perceiver);
    return (tf, images) -> Perceiver.constantProbabilities(tf, images, bundle);
  }
}
