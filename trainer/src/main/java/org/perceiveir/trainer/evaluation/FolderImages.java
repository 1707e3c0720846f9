package org.perceiveir.trainer.evaluation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.trainer.data.DataException;
import org.perceiveir.trainer.data.ImageFile;
import org.perceiveir.trainer.data.layout.Folders;

/** The image files of one folder, in the order of their names, without any truth. */
public final class FolderImages implements TestImages {
  private final List<Path> files;

  private FolderImages(List<Path> files) {
    this.files = files;
  }

  /**
   * Lists a folder; nothing is decoded yet.
   *
   * @throws DataException if it is no folder or holds no such file
   * @throws IOException if it cannot be listed
   */
  public static FolderImages in(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new DataException(folder + " is not a folder: give a folder of PNG or JPEG images");
    }
    List<Path> files;
    try (Stream<Path> list = Files.list(folder)) {
      files = list.filter(Folders::isImage).sorted().toList();
    }
    if (files.isEmpty()) {
      throw new DataException(folder + " holds no .png, .jpg, .jpeg or .bmp file");
    }
    return new FolderImages(files);
  }

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
    return ImageFile.decode(files.get(index));
  }

  @Override
  public Optional<RgbImage> truth(int index) {
    return Optional.empty();
  }
}
