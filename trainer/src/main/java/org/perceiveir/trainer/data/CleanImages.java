package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.trainer.data.layout.Folders;

/**
 * The undamaged photographs of one folder, decoded once and kept as bytes: 400 of 481x321 pixels
 * take 185 MB, and a step then costs no decoding.
 *
 * <p>Files are taken in the order of their names, so the same folder gives the same index to the
 * same image everywhere. An image that cannot be used is skipped and named, never silently.
 */
public final class CleanImages {
  private static final double HEAP_SHARE = 0.7;

  private final Path folder;
  private final List<String> names;
  private final List<RgbImage> images;
  private final List<Skipped> skipped;

  /**
   * An image file that is not used.
   *
   * @param file its name in the folder
   * @param reason why not
   */
  public record Skipped(String file, String reason) {}

  /** What became of one file: exactly one of the two is there. */
  private record Loaded(String file, Optional<RgbImage> image, String reason) {
    Loaded(String file, String reason) {
      this(file, Optional.empty(), reason);
    }
  }

  private CleanImages(
      Path folder, List<String> names, List<RgbImage> images, List<Skipped> skipped) {
    this.folder = folder;
    this.names = List.copyOf(names);
    this.images = List.copyOf(images);
    this.skipped = List.copyOf(skipped);
  }

  /**
   * Decodes every PNG, JPEG and BMP file directly in a folder, on all processors.
   *
   * @param folder the folder
   * @param smallestSide images with a side below this many pixels are skipped
   * @throws DataException if the folder is missing or holds no usable image
   * @throws IOException if the folder cannot be listed
   */
  public static CleanImages load(Path folder, int smallestSide) throws IOException {
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
    checkFitsHeap(folder, files);
    List<Loaded> loaded = files.parallelStream().map(file -> decode(file, smallestSide)).toList();
    List<String> names = new ArrayList<>();
    List<RgbImage> images = new ArrayList<>();
    List<Skipped> skipped = new ArrayList<>();
    for (Loaded one : loaded) {
      one.image()
          .ifPresentOrElse(
              image -> {
                names.add(one.file());
                images.add(image);
              },
              () -> skipped.add(new Skipped(one.file(), one.reason())));
    }
    if (images.isEmpty()) {
      throw new DataException(
          folder
              + ": none of the "
              + files.size()
              + " image files can be used; the first, "
              + skipped.get(0).file()
              + ": "
              + skipped.get(0).reason());
    }
    return new CleanImages(folder, names, images, skipped);
  }

  /** All images are held decoded, so their headers say beforehand whether the heap takes them. */
  private static void checkFitsHeap(Path folder, List<Path> files) throws DataException {
    long need = files.parallelStream().mapToLong(CleanImages::decodedBytes).sum();
    long room = (long) (Runtime.getRuntime().maxMemory() * HEAP_SHARE);
    if (need > room) {
      throw new DataException(
          folder
              + " needs "
              + (need >> 20)
              + " MiB decoded, of a heap of "
              + (Runtime.getRuntime().maxMemory() >> 20)
              + " MiB at most "
              + (room >> 20)
              + " are for images: give Java a larger heap (-Xmx), or use fewer or smaller images");
    }
  }

  /** 0 where the header cannot be read: such a file is skipped with its reason later. */
  private static long decodedBytes(Path file) {
    try {
      return ImageFile.size(ImageFile.bytes(file)).bytes();
    } catch (IOException e) {
      return 0;
    }
  }

  private static Loaded decode(Path file, int smallestSide) {
    String name = String.valueOf(file.getFileName());
    try {
      RgbImage image = ImageFile.decode(file);
      if (Math.min(image.width(), image.height()) < smallestSide) {
        return new Loaded(
            name,
            image.width() + "x" + image.height() + ", both sides need " + smallestSide + " pixels");
      }
      return new Loaded(name, Optional.of(image), "");
    } catch (IOException e) {
      return new Loaded(name, String.valueOf(e.getMessage()));
    }
  }

  /** Number of usable images, at least 1. */
  public int size() {
    return images.size();
  }

  /** The image with an index from 0, in the order of the names. */
  public RgbImage image(int index) {
    return images.get(index);
  }

  /** The file name of the image with an index. */
  public String name(int index) {
    return names.get(index);
  }

  /** Image files that are not used, with the reason. */
  public List<Skipped> skipped() {
    return skipped;
  }

  /** Last part of the folder's name. */
  public String folderName() {
    return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
  }
}
