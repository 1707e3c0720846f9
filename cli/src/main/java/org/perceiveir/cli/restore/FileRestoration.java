package org.perceiveir.cli.restore;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.cli.output.WholeFile;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageEncoder;
import org.perceiveir.imaging.codec.ImageFormat;
import org.perceiveir.model.session.Restorer;

/** Restores image files one by one into PNG files of an output directory. */
public final class FileRestoration {
  private final Restorer restorer;
  private final PrintWriter out;
  private final PrintWriter err;
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

  /** With the network to use and where to speak. */
  public FileRestoration(Restorer restorer, PrintWriter out, PrintWriter err) {
    this.restorer = restorer;
    this.out = out;
    this.err = err;
  }

  /**
   * Restores files; one that cannot be read is reported and left out.
   *
   * @param files the files, each read once
   * @param output directory of the results, made if absent; results that are there are replaced
   * @return how many files could not be restored
   * @throws CommandFailure if a result would replace one of the files, or the output cannot be
   *     written
   */
  public int restore(List<Path> files, Path output) {
    Map<Path, String> names = OutputNames.of(files);
    refuseToReplace(files, names, output);
    int failed = 0;
    for (Map.Entry<Path, String> entry : names.entrySet()) {
      Path file = entry.getKey();
      RgbImage image;
      try {
        image = decoder.decode(ImageFiles.read(file));
      } catch (IOException e) {
        failed++;
        err.println("perceive: " + file + " is left out: " + reason(e));
        err.flush();
        continue;
      }
      long start = System.nanoTime();
      RgbImage restored = restorer.restore(List.of(image)).get(0);
      double millis = (System.nanoTime() - start) / 1e6;
      Path result = output.resolve(entry.getValue());
      try {
        WholeFile.write(result, ImageEncoder.encode(restored, ImageFormat.PNG));
      } catch (IOException e) {
        throw new CommandFailure(
            result + " cannot be written: " + reason(e), "check --output and the space there", e);
      }
      out.println(
          String.format(
              Locale.ROOT, "%s  %dx%d  %.0f ms", result, image.width(), image.height(), millis));
      out.flush();
    }
    return failed;
  }

  private static void refuseToReplace(List<Path> files, Map<Path, String> names, Path output) {
    for (String name : names.values()) {
      Path result = output.resolve(name);
      for (Path file : files) {
        try {
          if (Files.exists(result) && Files.isSameFile(result, file)) {
            throw new CommandFailure(
                result + " would replace the file it is made from or another input",
                "choose another --output");
          }
        } catch (IOException e) {
          throw new CommandFailure(
              result + " cannot be compared with the input: " + reason(e),
              "choose another --output",
              e);
        }
      }
    }
  }

  /** File system exceptions hold the file's name only; their class says what is wrong. */
  private static String reason(IOException e) {
    return e instanceof java.nio.file.FileSystemException
        ? e.getClass().getSimpleName() + " " + e.getMessage()
        : String.valueOf(e.getMessage());
  }
}
