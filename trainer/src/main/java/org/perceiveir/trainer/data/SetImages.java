package org.perceiveir.trainer.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.perceiveir.imaging.RgbImage;
import org.perceiveir.model.storage.HashedFile;
import org.perceiveir.trainer.data.layout.Finding;
import org.perceiveir.trainer.data.layout.Folders;
import org.perceiveir.trainer.data.layout.ImageEntry;
import org.perceiveir.trainer.data.layout.Layouts;
import org.perceiveir.trainer.data.layout.Listing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images of one set, by index in the order of their names.
 *
 * <p><b>Small and large sets.</b> A set of up to 512 MiB of files is read whole at the start: its
 * fingerprint is over the files' bytes, headers are checked, and it is decoded if the memory takes
 * it. Of a larger one (RESIDE OTS has 72135 images) only names and lengths are read; its images are
 * decoded when they are drawn. Neither changes which image has which index.
 *
 * <p><b>Images that cannot be used.</b> An image that turns out to be unreadable, too small or of
 * another size than its truth keeps its index; whoever draws it gets the next usable one. That
 * depends on the files alone, so that batches stay the same whenever it is found out. Each is
 * listed in {@link #skipped}, and named once in the log where it is found out while training. More
 * of them than the set's share stop the training.
 */
final class SetImages {
  private static final Logger LOG = LoggerFactory.getLogger(SetImages.class);
  private static final long SMALL_SET_BYTES = 512L << 20;

  private final String name;
  private final List<Image> images;
  private final List<CleanImages.Skipped> leftOut;
  private final int smallestSide;
  private final int mostUnusable;
  private final ImageStore store;
  private final Facts facts;
  private final Map<Integer, String> unusable = new ConcurrentHashMap<>();
  private final Set<Integer> failures = ConcurrentHashMap.newKeySet();
  private volatile boolean opened;

  /**
   * The files of one image.
   *
   * @param entry damaged image and truth
   * @param negatives the outputs of other restorers
   */
  record Image(ImageEntry entry, List<Path> negatives) {
    /** Damaged image if there is one, truth, outputs of other restorers. */
    List<Path> files() {
      List<Path> files = new ArrayList<>();
      entry.degraded().ifPresent(files::add);
      files.add(entry.clean());
      files.addAll(negatives);
      return files;
    }

    /** Where the truth is among the files. */
    int truth() {
      return entry.degraded().isPresent() ? 1 : 0;
    }

    /** Which file is meant, where it is not the one that the image has its name from. */
    String where(int file) {
      if (file > truth()) {
        return "its negative " + files().get(file) + ": ";
      }
      return file == 1 ? "its truth " + Folders.fileName(entry.clean()) + ": " : "";
    }
  }

  /**
   * A decoded image.
   *
   * @param degraded as its set has it; the clean image where it has none
   * @param clean the truth
   * @param negatives the outputs of other restorers
   */
  record Loaded(RgbImage degraded, RgbImage clean, List<RgbImage> negatives) {}

  /** What is known of the files before any is decoded. */
  private record Facts(boolean small, long decodedBytes, String fingerprint) {}

  /** What is known of one file of a small set. */
  private record File(String sha256, ImageFile.Size size, String trouble) {}

  private SetImages(
      String name,
      List<Image> images,
      List<CleanImages.Skipped> leftOut,
      int smallestSide,
      double mostUnusable,
      ImageStore store)
      throws IOException {
    this.name = name;
    this.images = images;
    this.leftOut = leftOut;
    this.smallestSide = smallestSide;
    // One bad file in a handful is no reason to give up.
    this.mostUnusable = Math.max(1, (int) (mostUnusable * images.size()));
    this.store = store;
    this.facts = readFacts();
  }

  /**
   * Finds the images of a set and reads what is needed to know them again.
   *
   * @param smallestSide that a crop needs
   * @throws DataException if the set cannot be used
   * @throws IOException if a folder cannot be listed or a file's length cannot be read
   */
  static SetImages open(
      TrainingSet set,
      TrainingDataConfig.Fold fold,
      int smallestSide,
      double mostUnusable,
      ImageStore store)
      throws IOException {
    String name = set.images().name();
    Listing listing = set.images().list();
    List<CleanImages.Skipped> leftOut = new ArrayList<>();
    for (Finding finding : listing.findings()) {
      if (finding.kind().isFatal()) {
        throw new DataException("set " + name + ": " + finding.subject() + ": " + finding.what());
      }
      if (finding.kind() == Finding.Kind.UNPAIRED || finding.kind() == Finding.Kind.AMBIGUOUS) {
        leftOut.add(new CleanImages.Skipped(finding.subject(), finding.what()));
      }
    }
    List<Negatives> negatives = new ArrayList<>();
    for (Path folder : set.negatives()) {
      negatives.add(Negatives.of(folder));
    }
    Map<Path, Integer> truths = new HashMap<>();
    List<Image> images = new ArrayList<>();
    for (ImageEntry entry : listing.entries()) {
      int truth = truths.computeIfAbsent(entry.clean(), k -> truths.size());
      if (!fold.takes(truth)) {
        continue;
      }
      List<Path> outputs =
          negatives.stream().flatMap(folder -> folder.find(entry).stream()).toList();
      if (outputs.size() < negatives.size()) {
        leftOut.add(
            new CleanImages.Skipped(
                entry.name(),
                "no output of that name in "
                    + negatives.stream()
                        .filter(folder -> folder.find(entry).isEmpty())
                        .map(folder -> String.valueOf(folder.folder()))
                        .findFirst()
                        .orElseThrow()));
      } else {
        images.add(new Image(entry, outputs));
      }
    }
    if (images.isEmpty()) {
      throw new DataException(
          "set "
              + name
              + " has no image left of "
              + listing.entries().size()
              + (leftOut.isEmpty()
                  ? ": the fold takes none"
                  : "; the first, " + leftOut.get(0).file() + ": " + leftOut.get(0).reason()));
    }
    SetImages opened =
        new SetImages(name, List.copyOf(images), leftOut, smallestSide, mostUnusable, store);
    opened.requireUsable();
    return opened;
  }

  /**
   * The outputs of one restorer.
   *
   * @param folder where they lie
   * @param byPath by the path below it without extension
   */
  record Negatives(Path folder, Map<String, Path> byPath) {
    static Negatives of(Path folder) throws IOException {
      if (!Files.isDirectory(folder)) {
        throw new DataException("negatives: there is no folder " + folder);
      }
      return new Negatives(folder, Layouts.byName(folder));
    }

    Optional<Path> find(ImageEntry entry) {
      return Optional.ofNullable(byPath.get(Layouts.nameKey(entry.name())));
    }
  }

  private Facts readFacts() throws IOException {
    Set<Path> files = new LinkedHashSet<>();
    images.forEach(image -> files.addAll(image.files()));
    Map<Path, Long> lengths = new HashMap<>();
    long total = 0;
    for (Path file : files) {
      long length = Files.size(file);
      lengths.put(file, length);
      total += length;
    }
    MessageDigest digest = HashedFile.sha256Digest();
    if (total > SMALL_SET_BYTES) {
      for (Image image : images) {
        add(digest, image.entry().name());
        image
            .files()
            .forEach(file -> add(digest, Folders.fileName(file) + " " + lengths.get(file)));
      }
      return new Facts(
          false, Long.MAX_VALUE, "names and lengths " + HexFormat.of().formatHex(digest.digest()));
    }
    Map<Path, File> read = new ConcurrentHashMap<>();
    files.parallelStream().forEach(file -> read.put(file, read(file)));
    long decoded = 0;
    for (File file : read.values()) {
      decoded += file.size().bytes();
    }
    for (int i = 0; i < images.size(); i++) {
      Image image = images.get(i);
      add(digest, image.entry().name());
      List<File> known = new ArrayList<>();
      for (Path file : image.files()) {
        known.add(Objects.requireNonNull(read.get(file)));
      }
      known.forEach(file -> add(digest, file.sha256()));
      check(i, known);
    }
    return new Facts(true, decoded, "content " + HexFormat.of().formatHex(digest.digest()));
  }

  private static File read(Path file) {
    ImageFile.Size none = new ImageFile.Size(0, 0);
    byte[] bytes;
    try {
      bytes = ImageFile.bytes(file);
    } catch (IOException e) {
      return new File("", none, String.valueOf(e.getMessage()));
    }
    String sha256 = HexFormat.of().formatHex(HashedFile.sha256Digest().digest(bytes));
    try {
      return new File(sha256, ImageFile.size(bytes), "");
    } catch (IOException e) {
      return new File(sha256, none, String.valueOf(e.getMessage()));
    }
  }

  private static void add(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
  }

  private void check(int index, List<File> known) {
    Image image = images.get(index);
    for (int f = 0; f < known.size(); f++) {
      if (!known.get(f).trouble().isEmpty()) {
        note(index, image.where(f) + known.get(f).trouble(), true);
        return;
      }
    }
    checkSizes(image, known.stream().map(File::size).toList())
        .ifPresent(trouble -> note(index, trouble.what(), trouble.failure()));
  }

  private record Trouble(String what, boolean failure) {}

  private Optional<Trouble> checkSizes(Image image, List<ImageFile.Size> sizes) {
    ImageFile.Size clean = sizes.get(image.truth());
    for (int f = 0; f < sizes.size(); f++) {
      if (!sizes.get(f).equals(clean)) {
        return Optional.of(
            new Trouble(image.where(f) + Headers.sizesDiffer(sizes.get(f), clean), true));
      }
    }
    return clean.smallerSide() < smallestSide
        ? Optional.of(new Trouble(Headers.tooSmall(clean, smallestSide), false))
        : Optional.empty();
  }

  private void note(int index, String why, boolean failure) {
    if (unusable.putIfAbsent(index, why) == null && opened) {
      LOG.warn("set {}: {} is not used: {}", name, images.get(index).entry().name(), why);
    }
    if (failure) {
      failures.add(index);
    }
  }

  private void requireUsable() throws DataException {
    Optional<String> why = whyOfNoUse();
    if (why.isPresent()) {
      throw new DataException(why.get());
    }
  }

  private Optional<String> whyOfNoUse() {
    boolean none = unusable.size() == images.size();
    if (!none && failures.size() <= mostUnusable) {
      return Optional.empty();
    }
    int first = unusable.keySet().stream().min(Comparator.naturalOrder()).orElseThrow();
    return Optional.of(
        "set "
            + name
            + ": "
            + (none ? unusable.size() : failures.size())
            + " of "
            + images.size()
            + " images cannot be used; the first, "
            + images.get(first).entry().name()
            + ": "
            + unusable.get(first)
            + "; './perceive data check' lists them, data.mostUnusable allows more");
  }

  /** Bytes of all decoded images; unknown, which is the largest number, for a large set. */
  long decodedBytes() {
    return facts.decodedBytes();
  }

  /** Decodes all images and keeps them. */
  void decodeAll() throws DataException {
    IntStream.range(0, images.size())
        .parallel()
        .filter(i -> !unusable.containsKey(i))
        .forEach(
            i -> {
              List<Path> files = images.get(i).files();
              for (int f = 0; f < files.size(); f++) {
                try {
                  store.keep(files.get(f), ImageFile.decode(files.get(f)));
                } catch (IOException e) {
                  note(i, images.get(i).where(f) + e.getMessage(), true);
                }
              }
            });
    requireUsable();
  }

  /**
   * The image with an index, or the next one that can be used.
   *
   * @throws BatchException if too many cannot be used
   */
  Loaded usable(int index) {
    opened = true;
    for (int tried = 0; tried < images.size(); tried++) {
      int i = (index + tried) % images.size();
      if (unusable.containsKey(i)) {
        continue;
      }
      Optional<Loaded> loaded = load(i);
      if (loaded.isPresent()) {
        return loaded.get();
      }
      Optional<String> why = whyOfNoUse();
      if (why.isPresent()) {
        throw new BatchException(why.get());
      }
    }
    throw new BatchException("set " + name + " has no image that can be used");
  }

  private Optional<Loaded> load(int index) {
    Image image = images.get(index);
    List<RgbImage> decoded = new ArrayList<>();
    List<Path> files = image.files();
    for (int f = 0; f < files.size(); f++) {
      try {
        decoded.add(store.image(files.get(f)));
      } catch (IOException e) {
        note(index, image.where(f) + e.getMessage(), true);
        return Optional.empty();
      }
    }
    Optional<Trouble> trouble =
        checkSizes(image, decoded.stream().map(ImageFile.Size::of).toList());
    if (trouble.isPresent()) {
      note(index, trouble.get().what(), trouble.get().failure());
      return Optional.empty();
    }
    int truth = image.truth();
    return Optional.of(
        new Loaded(decoded.get(0), decoded.get(truth), decoded.subList(truth + 1, decoded.size())));
  }

  /** Number of images, usable or not. */
  int size() {
    return images.size();
  }

  /** Whether the image with an index is not known to be of no use. */
  boolean isUsable(int index) {
    return !unusable.containsKey(index);
  }

  ImageEntry entry(int index) {
    return images.get(index).entry();
  }

  ImageStore store() {
    return store;
  }

  String name() {
    return name;
  }

  /** Images not known to be of no use. */
  int usableCount() {
    return images.size() - unusable.size();
  }

  /** Everything that is left out, as far as it is known. */
  List<CleanImages.Skipped> skipped() {
    List<CleanImages.Skipped> skipped = new ArrayList<>(leftOut);
    unusable.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            e ->
                skipped.add(
                    new CleanImages.Skipped(images.get(e.getKey()).entry().name(), e.getValue())));
    return skipped;
  }

  /** What the files are known again by. */
  String fingerprint() {
    return facts.fingerprint();
  }
}
