package org.perceiveir.trainer.mediocre;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.imaging.codec.DecodeLimits;
import org.perceiveir.imaging.codec.ImageDecoder;
import org.perceiveir.trainer.data.DataException;

/**
 * Images that some restorer left in a folder, under the names of the damaged ones: {@code
 * ROOT/TASK/NAME}, or {@code ROOT/NAME} where there is no folder of the task.
 */
public final class RestoredFolder implements MediocreSource {
  private static final List<String> EXTENSIONS = List.of("png", "jpg", "jpeg", "PNG", "JPG");

  private final Path root;
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

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
    String stem = Stems.of(file);
    for (String extension : EXTENSIONS) {
      Path path = folder.resolve(stem + "." + extension);
      if (Files.isRegularFile(path)) {
        long limit = DecodeLimits.defaults().maxEncodedBytes();
        if (Files.size(path) > limit) {
          throw new DataException(path + " has more than " + limit + " bytes");
        }
        RgbImage image = decoder.decode(Files.readAllBytes(path));
        if (image.width() != degraded.width() || image.height() != degraded.height()) {
          throw new DataException(
              path
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
    return Optional.empty();
  }
}
