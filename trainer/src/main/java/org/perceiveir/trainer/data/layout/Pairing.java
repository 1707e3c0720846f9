package org.perceiveir.trainer.data.layout;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Brings damaged images and their truths together, and says which stay alone. */
final class Pairing {
  private final PairRule rule;
  private final List<ImageEntry> entries = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();

  Pairing(PairRule rule) {
    this.rule = rule;
  }

  /**
   * Pairs the files of two folders.
   *
   * @param prefix put in front of names in reports, such as the name of a sequence
   */
  void add(
      String prefix, Path inputs, List<Path> inputFiles, Path targets, List<Path> targetFiles) {
    Map<String, List<Path>> truths = new LinkedHashMap<>();
    for (Path target : targetFiles) {
      String key = folder(targets, target) + rule.targetKey(target);
      truths.computeIfAbsent(key, k -> new ArrayList<>()).add(target);
    }
    Map<String, List<Path>> unused = new LinkedHashMap<>(truths);
    for (Path input : inputFiles) {
      String name = prefix + Folders.relative(inputs, input);
      String key = folder(inputs, input) + rule.inputKey(input);
      List<Path> found = truths.getOrDefault(key, List.of());
      unused.remove(key);
      if (found.isEmpty()) {
        findings.add(
            new Finding(Finding.Kind.UNPAIRED, name, "no truth named '" + key + "' in " + targets));
      } else if (found.size() > 1) {
        findings.add(
            new Finding(
                Finding.Kind.AMBIGUOUS,
                name,
                "its truth may be "
                    + Folders.relative(targets, found.get(0))
                    + " or "
                    + Folders.relative(targets, found.get(1))
                    + ": leave one there"));
      } else {
        entries.add(new ImageEntry(name, Optional.of(input), found.get(0)));
      }
    }
    unused
        .values()
        .forEach(
            files ->
                files.forEach(
                    file ->
                        findings.add(
                            new Finding(
                                Finding.Kind.UNPAIRED,
                                prefix + Folders.relative(targets, file),
                                "a truth without a damaged image in " + inputs))));
  }

  private String folder(Path root, Path file) {
    if (!rule.bindsFolders()) {
      return "";
    }
    Path parent = root.relativize(file).getParent();
    return parent == null ? "" : parent.toString().replace('\\', '/') + "/";
  }

  void note(List<Finding> more) {
    findings.addAll(more);
  }

  Listing listing(Path root) {
    if (entries.isEmpty()) {
      findings.add(
          new Finding(
              Finding.Kind.EMPTY,
              String.valueOf(root),
              "no image has its truth by the rule '" + rule + "'"));
    }
    return new Listing(entries, findings);
  }
}
