package org.perceiveir.cli.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.perceiveir.cli.failure.CommandFailure;
import org.perceiveir.cli.input.ImageFiles;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.codec.ImageHeader;

/**
 * Real frames in the files of a directory, in the order of their names, of any mix of sizes.
 *
 * <p>Headers are checked when the directory is opened, pixels are decoded when a frame is asked
 * for.
 */
final class FrameFiles implements RealFrames {
  private static final int WARNINGS = 5;

  private final List<Path> files;
  private final int maxWidth;
  private final int maxHeight;
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

  private FrameFiles(List<Path> files, int maxWidth, int maxHeight) {
    this.files = files;
    this.maxWidth = maxWidth;
    this.maxHeight = maxHeight;
  }

  /**
   * Opens the PNG and JPEG files of a directory; each one that cannot be read is left out with a
   * warning.
   *
   * @throws CommandFailure if none is left
   */
  static FrameFiles open(Path directory, PrintWriter warnings) {
    List<Path> candidates = ImageFiles.in(directory);
    List<Path> files = new ArrayList<>();
    int maxWidth = 0;
    int maxHeight = 0;
    int refused = 0;
    ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
    for (Path file : candidates) {
      try {
        ImageHeader header = decoder.readHeader(ImageFiles.read(file));
        // Turned upright, a frame may be as wide as its header is high.
        boolean turned = header.orientation() >= 5;
        maxWidth = Math.max(maxWidth, turned ? header.height() : header.width());
        maxHeight = Math.max(maxHeight, turned ? header.width() : header.height());
        files.add(file);
      } catch (IOException e) {
        refused++;
        if (refused <= WARNINGS) {
          warnings.println("perceive: " + file + " is left out: " + e.getMessage());
        }
      }
    }
    if (refused > WARNINGS) {
      warnings.println("perceive: " + refused + " files are left out in all");
    }
    warnings.flush();
    if (files.isEmpty()) {
      throw new CommandFailure(
          "none of the " + refused + " files in --input " + directory + " is a readable frame",
          "put PNG or JPEG frames there");
    }
    return new FrameFiles(List.copyOf(files), maxWidth, maxHeight);
  }

  @Override
  public String label() {
    return files.size() + " files";
  }

  @Override
  public int maxWidth() {
    return maxWidth;
  }

  @Override
  public int maxHeight() {
    return maxHeight;
  }

  @Override
  public CleanFrames source(int source, int sources) {
    int first = (int) ((long) source * files.size() / sources);
    return index -> decode(first + index);
  }

  /** Decodes a file; where its pixels turn out to be damaged, the next one takes its place. */
  private RgbImage decode(int index) {
    IOException last = null;
    for (int tried = 0; tried < files.size(); tried++) {
      Path file = files.get(Math.floorMod(index + tried, files.size()));
      try {
        return decoder.decode(ImageFiles.read(file));
      } catch (IOException e) {
        last = e;
      }
    }
    throw new CommandFailure(
        "no file of --input can be decoded: " + (last == null ? "" : last.getMessage()),
        "put whole PNG or JPEG frames there",
        last);
  }

  @Override
  public void close() {}
}
