package org.perceiveir.trainer.data.layout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Lists folders of images by how they are laid out. */
public final class Layouts {
  private Layouts() {}

  /** The image files directly in a folder, each a clean image. */
  public static Listing clean(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Listing.unusable(missing(folder));
    }
    return clean(folder, List.of(folder), file -> true);
  }

  /** The pairs of two folders, and of the folders of equal names below them. */
  public static Listing pairs(Path inputs, Path targets, PairRule rule) throws IOException {
    for (Path folder : List.of(inputs, targets)) {
      if (!Files.isDirectory(folder)) {
        return Listing.unusable(missing(folder));
      }
    }
    Pairing pairing = new Pairing(rule);
    pairing.note(Folders.otherFormats(inputs));
    pairing.note(Folders.otherFormats(targets));
    pairing.add("", inputs, Folders.imagesBelow(inputs), targets, Folders.imagesBelow(targets));
    return pairing.listing(inputs);
  }

  /**
   * The image files in a folder and below it, by {@link #nameKey}; of two with the same the first.
   */
  public static Map<String, Path> byName(Path folder) throws IOException {
    Map<String, Path> files = new HashMap<>();
    for (Path file : Folders.imagesBelow(folder)) {
      files.putIfAbsent(nameKey(Folders.relative(folder, file)), file);
    }
    return files;
  }

  /**
   * A relative path without its extension and capitals: what an image and its restored one share.
   */
  public static String nameKey(String relative) {
    int dot = relative.lastIndexOf('.');
    String stem = dot > relative.lastIndexOf('/') + 1 ? relative.substring(0, dot) : relative;
    return stem.toLowerCase(Locale.ROOT);
  }

  private static Finding missing(Path folder) {
    return new Finding(
        Finding.Kind.MISSING,
        String.valueOf(folder),
        Files.exists(folder) ? "it is no folder" : "there is no such folder");
  }

  /** Which of the files in a folder are meant. */
  @FunctionalInterface
  interface Choice {
    boolean takes(String stem);
  }

  /**
   * Clean images in the first of some places that there is.
   *
   * @param options each one or more folders that are all taken
   */
  record CleanPlaces(List<List<String>> options, Choice choice) {

    Listing list(Path root) throws IOException {
      for (List<String> option : options) {
        List<Path> folders = new ArrayList<>();
        for (String place : option) {
          for (Path folder : Folders.find(root, place)) {
            if (!Folders.images(folder).isEmpty()) {
              folders.add(folder);
            }
          }
        }
        if (folders.size() >= option.size()) {
          return clean(root, folders, choice);
        }
      }
      List<Finding> findings = new ArrayList<>();
      findings.add(
          new Finding(
              Finding.Kind.MISSING,
              String.valueOf(root),
              "no images (png, jpg, bmp) in any of "
                  + options.stream().map(o -> String.join(" and ", o)).toList()));
      if (Files.isDirectory(root)) {
        findings.addAll(Folders.otherFormats(root));
      }
      return new Listing(List.of(), findings);
    }
  }

  private static Listing clean(Path root, List<Path> folders, Choice choice) throws IOException {
    List<ImageEntry> entries = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    for (Path folder : folders) {
      findings.addAll(Folders.otherFormats(folder));
      for (Path file : Folders.images(folder)) {
        if (choice.takes(Folders.stem(file))) {
          entries.add(ImageEntry.clean(Folders.relative(root, file), file));
        }
      }
    }
    if (entries.isEmpty()) {
      findings.add(
          new Finding(
              Finding.Kind.EMPTY, String.valueOf(root), "it holds no .png, .jpg, .jpeg or .bmp"));
    }
    return new Listing(entries, findings);
  }

  /**
   * Pairs in the first of some places that has both folders.
   *
   * @param places folders to look into, in this order
   * @param inputs names of the folder with the damaged images
   * @param targets names of the folder with the truths
   */
  record PairPlaces(List<String> places, List<String> inputs, List<String> targets, PairRule rule) {
    /** Parts of a set, which must not pass for sequences of it. */
    private static final Set<String> SPLITS =
        Set.of("train", "test", "val", "validation", "our485", "eval15");

    Listing list(Path root) throws IOException {
      for (String place : places) {
        for (Path base : Folders.find(root, place)) {
          List<Path> in = first(base, inputs);
          List<Path> out = first(base, targets);
          if (!in.isEmpty() && !out.isEmpty()) {
            return paired(root, in, out.get(0));
          }
          if (sequences(base)) {
            return sequenced(root, base);
          }
          Listing together = together(base);
          if (!together.entries().isEmpty()) {
            return together;
          }
        }
      }
      return Listing.unusable(
          new Finding(
              Finding.Kind.MISSING,
              String.valueOf(root),
              (Files.isDirectory(root) ? "" : "there is no such folder; ")
                  + "looked for a folder "
                  + String.join(" | ", inputs)
                  + " beside a folder "
                  + String.join(" | ", targets)
                  + " in "
                  + String.join(" | ", places)));
    }

    private static List<Path> first(Path base, List<String> names) throws IOException {
      for (String name : names) {
        List<Path> found = Folders.find(base, name);
        if (!found.isEmpty()) {
          return found;
        }
      }
      return List.of();
    }

    private Listing paired(Path root, List<Path> in, Path out) throws IOException {
      Pairing pairing = new Pairing(rule);
      List<Path> targetFiles = Folders.imagesBelow(out);
      pairing.note(Folders.otherFormats(out));
      if (in.size() == 1) {
        pairing.note(Folders.otherFormats(in.get(0)));
        pairing.add("", in.get(0), Folders.imagesBelow(in.get(0)), out, targetFiles);
      } else {
        // Several parts of one set: their common parent is where names begin.
        Path parent = in.get(0).resolveSibling("");
        List<Path> files = new ArrayList<>();
        for (Path part : in) {
          pairing.note(Folders.otherFormats(part));
          files.addAll(Folders.imagesBelow(part));
        }
        pairing.add("", parent, files, out, targetFiles);
      }
      return pairing.listing(root);
    }

    /** Whether every sequence is a folder of its own with both kinds in it, as in GoPro. */
    private boolean sequences(Path base) throws IOException {
      for (Path sequence : Folders.folders(base)) {
        if (!first(sequence, inputs).isEmpty() && !first(sequence, targets).isEmpty()) {
          return !SPLITS.contains(Folders.fileName(sequence).toLowerCase(Locale.ROOT));
        }
      }
      return false;
    }

    private Listing sequenced(Path root, Path base) throws IOException {
      Pairing pairing = new Pairing(rule);
      for (Path sequence : Folders.folders(base)) {
        String name = Folders.fileName(sequence);
        List<Path> in = first(sequence, inputs);
        List<Path> out = first(sequence, targets);
        if (in.isEmpty() || out.isEmpty()) {
          pairing.note(
              List.of(
                  new Finding(
                      Finding.Kind.UNPAIRED,
                      name,
                      "a sequence without " + (in.isEmpty() ? inputs : targets).get(0))));
        } else {
          pairing.add(
              name + "/",
              in.get(0),
              Folders.images(in.get(0)),
              out.get(0),
              Folders.images(out.get(0)));
        }
      }
      return pairing.listing(root);
    }

    private static final Pattern RAINY = Pattern.compile("(?i)rain-?_?\\d.*");
    private static final Pattern DRY = Pattern.compile("(?i)norain-?_?\\d.*");

    /** Both kinds in one folder, rain-1.png beside norain-1.png. */
    private Listing together(Path base) throws IOException {
      List<Path> files = Folders.images(base);
      List<Path> rainy =
          files.stream().filter(f -> RAINY.matcher(Folders.stem(f)).matches()).toList();
      List<Path> dry = files.stream().filter(f -> DRY.matcher(Folders.stem(f)).matches()).toList();
      if (rainy.isEmpty() || dry.isEmpty()) {
        return new Listing(List.of(), List.of());
      }
      Pairing pairing = new Pairing(PairRule.NUMBER);
      pairing.add("", base, rainy, base, dry);
      return pairing.listing(base);
    }
  }
}
