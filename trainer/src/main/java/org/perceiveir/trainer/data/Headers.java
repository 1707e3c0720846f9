package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.perceiveir.trainer.data.layout.Finding;
import org.perceiveir.trainer.data.layout.ImageEntry;

/** Looks at the headers of an image's files without decoding pixels. */
final class Headers {
  private Headers() {}

  /**
   * What the headers of an entry say.
   *
   * @param size of the clean image; 0x0 where it cannot be read
   * @param finding what is the matter, empty if it can be used
   */
  record Verdict(ImageFile.Size size, Optional<Finding> finding) {}

  static Verdict check(ImageEntry entry, int smallestSide) {
    ImageFile.Size clean = new ImageFile.Size(0, 0);
    Path file = entry.clean();
    try {
      clean = ImageFile.size(ImageFile.bytes(file));
      if (entry.degraded().isPresent()) {
        file = entry.degraded().get();
        ImageFile.Size degraded = ImageFile.size(ImageFile.bytes(file));
        if (!degraded.equals(clean)) {
          return bad(clean, Finding.Kind.SIZES_DIFFER, entry, sizesDiffer(degraded, clean));
        }
      }
    } catch (IOException e) {
      return bad(clean, Finding.Kind.UNREADABLE, entry, unreadable(entry, file, e));
    }
    if (clean.smallerSide() < smallestSide) {
      return bad(clean, Finding.Kind.TOO_SMALL, entry, tooSmall(clean, smallestSide));
    }
    return new Verdict(clean, Optional.empty());
  }

  private static Verdict bad(
      ImageFile.Size size, Finding.Kind kind, ImageEntry entry, String what) {
    return new Verdict(size, Optional.of(new Finding(kind, entry.name(), what)));
  }

  static String sizesDiffer(ImageFile.Size degraded, ImageFile.Size clean) {
    return "it is " + degraded + ", its truth " + clean;
  }

  static String tooSmall(ImageFile.Size size, int smallestSide) {
    return size + ", both sides need " + smallestSide + " pixels";
  }

  /** Says which of the two files it is, where there are two. */
  static String unreadable(ImageEntry entry, Path file, IOException e) {
    boolean truth = entry.degraded().isPresent() && file.equals(entry.clean());
    return (truth ? "its truth " + file.getFileName() + ": " : "") + e.getMessage();
  }
}
