package org.perceiveir.trainer.mediocre;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.trainer.data.DataException;
import org.perceiveir.trainer.data.ImageFile;
import org.perceiveir.trainer.data.layout.Folders;

/**
 * Images that some restorer left in a folder, under the names of the damaged ones: {@code
 * ROOT/TASK/NAME}, or {@code ROOT/NAME} where there is no folder of the task.
 */
public final class RestoredFolder implements MediocreSource {
  private final Path root;

  /**
   * The images of a folder.
   *
   * @throws DataException if it is none
   */
  public RestoredFolder(Path root) throws DataException {
    if (!Files.isDirectory(root)) {
      throw new DataException(root + " is not a folder of restored images");
    }
    this.root = root;
  }

  @Override
  public Optional<RgbImage> restore(String task, String file, RgbImage degraded)
      throws IOException {
    Path ofTask = root.resolve(task);
    Path folder = Files.isDirectory(ofTask) ? ofTask : root;
    Optional<Path> path = Folders.image(folder, Stems.of(file));
    if (path.isEmpty()) {
      return Optional.empty();
    }
    RgbImage image;
    try {
      image = ImageFile.decode(path.get());
    } catch (IOException e) {
      throw new IOException(path.get() + ": " + e.getMessage(), e);
    }
    if (image.width() != degraded.width() || image.height() != degraded.height()) {
      throw new DataException(
          path.get()
              + " has "
              + image.width()
              + "x"
              + image.height()
              + " pixels, the damaged image "
              + degraded.width()
              + "x"
              + degraded.height());
    }
    return Optional.of(image);
  }
}
