package org.perceiveir.trainer.validation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.imaging.degrade.Degradation;
import org.perceiveir.trainer.data.DataException;
import org.perceiveir.trainer.data.ImagePairs;

/** Pairs of one folder of clean images, or of two folders with files of the same names. */
final class FolderPairs {
  private static final List<String> EXTENSIONS = List.of(".png", ".jpg", ".jpeg");

  private FolderPairs() {}

  /** The images of a folder in the order of their names, image i degraded with seed i. */
  static ImagePairs degraded(Path clean, Degradation degradation) throws IOException {
    List<Path> files = images(clean);
    ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
    return new ImagePairs() {
      @Override
      public int size() {
        return files.size();
      }

      @Override
      public String name(int index) {
        return String.valueOf(files.get(index).getFileName());
      }

      @Override
      public RgbImage degraded(int index) throws IOException {
        return degradation.apply(clean(index), index);
      }

      @Override
      public RgbImage clean(int index) throws IOException {
        return decoder.decode(Files.readAllBytes(files.get(index)));
      }
    };
  }

  /** Files of the same name in two folders. */
  static ImagePairs pairs(Path input, Path target) throws IOException {
    List<Path> inputs = new ArrayList<>();
    for (Path file : images(input)) {
      if (Files.exists(target.resolve(file.getFileName()))) {
        inputs.add(file);
      }
    }
    if (inputs.isEmpty()) {
      throw new DataException(
          input + " and " + target + " have no image file of the same name: nothing to compare");
    }
    ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
    return new ImagePairs() {
      @Override
      public int size() {
        return inputs.size();
      }

      @Override
      public String name(int index) {
        return String.valueOf(inputs.get(index).getFileName());
      }

      @Override
      public RgbImage degraded(int index) throws IOException {
        return decoder.decode(Files.readAllBytes(inputs.get(index)));
      }

      @Override
      public RgbImage clean(int index) throws IOException {
        return decoder.decode(Files.readAllBytes(target.resolve(name(index))));
      }
    };
  }

  private static List<Path> images(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new DataException(folder + " is not a folder: give a folder of PNG or JPEG images");
    }
    List<Path> files;
    try (Stream<Path> list = Files.list(folder)) {
      files = list.filter(FolderPairs::isImage).sorted().toList();
    }
    if (files.isEmpty()) {
      throw new DataException(folder + " holds no .png, .jpg or .jpeg file");
    }
    return files;
  }

  private static boolean isImage(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return !name.startsWith(".") && EXTENSIONS.stream().anyMatch(name::endsWith);
  }
}
