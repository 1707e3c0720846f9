package org.perceiveir.cli.restore;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.perceiveir.cli.input.ImageFiles;

/**
 * Names for the restored files: the base name and {@code .png}.
 *
 * <p>Where files share a base name ({@code a.png} and {@code a.jpg}), each keeps its whole name
 * before the new ending ({@code a.png.png}, {@code a.jpg.png}). Names that differ in case only
 * count as the same, because some file systems cannot keep them apart.
 */
final class OutputNames {
  private OutputNames() {}

  /** The name of each file's result, in the same order; no two are the same. */
  static Map<Path, String> of(List<Path> files) {
    Map<String, Integer> sharing = new HashMap<>();
    files.forEach(f -> sharing.merge(folded(ImageFiles.baseName(f)), 1, Integer::sum));
    Set<String> taken = new HashSet<>();
    Map<Path, String> names = new LinkedHashMap<>();
    for (Path file : files) {
      String base = ImageFiles.baseName(file);
      if (sharing.getOrDefault(folded(base), 0) == 1) {
        names.put(file, base);
        taken.add(folded(base));
      }
    }
    Map<Path, String> ordered = new LinkedHashMap<>();
    for (Path file : files) {
      String name = names.get(file);
      if (name == null) {
        String whole = ImageFiles.name(file);
        name = whole;
        for (int n = 2; !taken.add(folded(name)); n++) {
          name = whole + "-" + n;
        }
      }
      ordered.put(file, name + ".png");
    }
    return ordered;
  }

  private static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
