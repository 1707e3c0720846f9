package org.perceiveir.trainer.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.perceiveir.trainer.data.layout.Finding;
import org.perceiveir.trainer.data.layout.ImageEntry;
import org.perceiveir.trainer.data.layout.Listing;

/**
 * What is found in the sets of a training, what is missing and what is odd, without decoding
 * pixels.
 *
 * <p>Every file's header and structure is read, so that a set of tens of thousands of images takes
 * as long as its disk needs. A file that is sound in structure can still fail to decode; training
 * skips and names it then.
 *
 * @param sets one for each set, in order
 * @param duplicates images of a set that are byte for byte in one before it too, where the two are
 *     of different purposes (training and validation)
 */
public record DataCheck(List<SetReport> sets, List<Finding> duplicates) {
  private static final int SHOWN = 5;

  /** Copies the lists. */
  public DataCheck {
    sets = List.copyOf(sets);
    duplicates = List.copyOf(duplicates);
  }

  /**
   * What a set is there for.
   *
   * @param purpose in one word, {@code train} or {@code validation}
   * @param set the set
   * @param smallestSide that its images need, in pixels
   * @param mostUnusable share of its images that may be unreadable or of two sizes
   */
  public record Wanted(String purpose, TrainingSet set, int smallestSide, double mostUnusable) {}

  /**
   * What was found in a set.
   *
   * @param purpose train or validation
   * @param set name, tasks and strengths
   * @param pairs whether its images are damaged already
   * @param found images by their names
   * @param usable of them
   * @param smallest smallest size, empty if no header could be read
   * @param largest largest size
   * @param oddSides images with a side that is no multiple of 8, which networks pad
   * @param findings what is the matter
   * @param isUsable whether a training could use the set
   */
  public record SetReport(
      String purpose,
      String set,
      boolean pairs,
      int found,
      int usable,
      String smallest,
      String largest,
      int oddSides,
      List<Finding> findings,
      boolean isUsable) {
    /** Copies the list. */
    public SetReport {
      findings = List.copyOf(findings);
    }
  }

  /**
   * Looks at the sets.
   *
   * @throws IOException if a folder cannot be listed
   */
  public static DataCheck of(List<Wanted> wanted) throws IOException {
    List<SetReport> reports = new ArrayList<>();
    Map<String, List<Path>> files = new LinkedHashMap<>();
    for (Wanted one : wanted) {
      Listing listing = one.set().images().list();
      reports.add(report(one, listing));
      List<Path> there = files.computeIfAbsent(one.purpose(), k -> new ArrayList<>());
      listing.entries().forEach(entry -> there.add(entry.clean()));
    }
    return new DataCheck(reports, duplicates(files));
  }

  private static SetReport report(Wanted wanted, Listing listing) throws IOException {
    List<Finding> findings = new ArrayList<>(listing.findings());
    List<ImageEntry> entries = listing.entries();
    List<Headers.Verdict> verdicts =
        IntStream.range(0, entries.size())
            .parallel()
            .mapToObj(i -> Headers.check(entries.get(i), wanted.smallestSide()))
            .toList();
    Map<Path, Set<String>> negatives = new LinkedHashMap<>();
    for (Path folder : wanted.set().negatives()) {
      negatives.put(folder, missingNegatives(folder, entries));
    }
    int usable = 0;
    int failures = 0;
    int odd = 0;
    Optional<ImageFile.Size> smallest = Optional.empty();
    Optional<ImageFile.Size> largest = Optional.empty();
    for (int i = 0; i < verdicts.size(); i++) {
      ImageFile.Size size = verdicts.get(i).size();
      if (size.width() > 0) {
        odd += size.width() % 8 != 0 || size.height() % 8 != 0 ? 1 : 0;
        smallest = Optional.of(smallest.filter(s -> s.bytes() <= size.bytes()).orElse(size));
        largest = Optional.of(largest.filter(s -> s.bytes() >= size.bytes()).orElse(size));
      }
      Optional<Finding> finding = verdicts.get(i).finding();
      finding.ifPresent(findings::add);
      if (finding.isPresent()) {
        failures += finding.get().kind() == Finding.Kind.TOO_SMALL ? 0 : 1;
      } else {
        String name = entries.get(i).name();
        usable += negatives.values().stream().noneMatch(names -> names.contains(name)) ? 1 : 0;
      }
    }
    negatives.forEach(
        (folder, names) ->
            names.forEach(
                name ->
                    findings.add(
                        new Finding(
                            Finding.Kind.NEGATIVE, name, "no output of that name in " + folder))));
    boolean tooMany = failures > Math.max(1, (int) (wanted.mostUnusable() * entries.size()));
    return new SetReport(
        wanted.purpose(),
        wanted.set().toString(),
        !wanted.set().images().isClean(),
        entries.size(),
        usable,
        smallest.map(ImageFile.Size::toString).orElse(""),
        largest.map(ImageFile.Size::toString).orElse(""),
        odd,
        findings,
        usable > 0 && !tooMany);
  }

  private static Set<String> missingNegatives(Path folder, List<ImageEntry> entries)
      throws IOException {
    Set<String> missing = new LinkedHashSet<>();
    if (!Files.isDirectory(folder)) {
      entries.forEach(entry -> missing.add(entry.name()));
      return missing;
    }
    SetImages.Negatives outputs = SetImages.Negatives.of(folder);
    entries.stream()
        .filter(entry -> outputs.find(entry).isEmpty())
        .forEach(entry -> missing.add(entry.name()));
    return missing;
  }

  /** Compares bytes only where two files have the same length, which few have. */
  private static List<Finding> duplicates(Map<String, List<Path>> files) throws IOException {
    List<Finding> found = new ArrayList<>();
    Map<Long, List<Path>> before = new HashMap<>();
    for (List<Path> ofPurpose : files.values()) {
      Set<Path> distinct = new LinkedHashSet<>(ofPurpose);
      for (Path file : distinct) {
        for (Path other : before.getOrDefault(Files.size(file), List.of())) {
          if (Files.mismatch(file, other) == -1) {
            found.add(
                new Finding(
                    Finding.Kind.DUPLICATE,
                    String.valueOf(file),
                    "the same image as " + other + ", which is trained on"));
            break;
          }
        }
      }
      for (Path file : distinct) {
        before.computeIfAbsent(Files.size(file), k -> new ArrayList<>()).add(file);
      }
    }
    return found;
  }

  /** Whether all sets can be used. */
  public boolean isUsable() {
    return sets.stream().allMatch(SetReport::isUsable);
  }

  /** The report for a reader: a line for each set, and the first findings of each kind. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (SetReport set : sets) {
      lines.add((set.isUsable() ? "ok       " : "UNUSABLE ") + set.purpose() + "  " + set.set());
      String sizes =
          set.smallest().isEmpty()
              ? ""
              : ", "
                  + set.smallest()
                  + (set.smallest().equals(set.largest()) ? "" : " to " + set.largest());
      lines.add(
          "  "
              + set.usable()
              + " of "
              + set.found()
              + (set.pairs() ? " pairs" : " clean images")
              + " usable"
              + sizes
              + (set.oddSides() == 0
                  ? ""
                  : ", " + set.oddSides() + " with a side that is no multiple of 8"));
      lines.addAll(findingLines(set.findings()));
    }
    lines.addAll(findingLines(duplicates));
    return lines;
  }

  private static List<String> findingLines(List<Finding> findings) {
    List<String> lines = new ArrayList<>();
    Map<Finding.Kind, List<Finding>> byKind = new LinkedHashMap<>();
    findings.forEach(f -> byKind.computeIfAbsent(f.kind(), k -> new ArrayList<>()).add(f));
    byKind.forEach(
        (kind, of) -> {
          of.stream()
              .limit(SHOWN)
              .forEach(f -> lines.add("  " + word(kind) + ": " + f.subject() + ": " + f.what()));
          if (of.size() > SHOWN) {
            lines.add("  " + word(kind) + ": and " + (of.size() - SHOWN) + " more");
          }
        });
    return lines;
  }

  private static String word(Finding.Kind kind) {
    return switch (kind) {
      case MISSING -> "missing";
      case EMPTY -> "empty";
      case UNPAIRED -> "unpaired";
      case AMBIGUOUS -> "ambiguous";
      case SIZES_DIFFER -> "sizes differ";
      case TOO_SMALL -> "too small";
      case UNREADABLE -> "unreadable";
      case OTHER_FORMAT -> "other format";
      case COUNT -> "count";
      case NEGATIVE -> "negative";
      case DUPLICATE -> "duplicate";
    };
  }

  /** The whole report, every finding included. */
  public ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("usable", isUsable());
    ArrayNode list = root.putArray("sets");
    for (SetReport set : sets) {
      ObjectNode node = list.addObject();
      node.put("purpose", set.purpose()).put("set", set.set()).put("usable", set.isUsable());
      node.put("found", set.found()).put("usableImages", set.usable());
      node.put("pairs", set.pairs());
      node.put("smallest", set.smallest()).put("largest", set.largest());
      node.put("oddSides", set.oddSides());
      ObjectNode counts = node.putObject("counts");
      Arrays.stream(Finding.Kind.values())
          .forEach(
              kind -> {
                long count = set.findings().stream().filter(f -> f.kind() == kind).count();
                if (count > 0) {
                  counts.put(word(kind), count);
                }
              });
      put(node.putArray("findings"), set.findings());
    }
    put(root.putArray("duplicates"), duplicates);
    return root;
  }

  private static void put(ArrayNode list, List<Finding> findings) {
    for (Finding finding : findings) {
      list.addObject()
          .put("kind", word(finding.kind()))
          .put("subject", finding.subject())
          .put("what", finding.what());
    }
  }
}
