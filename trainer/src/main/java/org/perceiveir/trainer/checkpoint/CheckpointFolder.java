package org.perceiveir.trainer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of one training, a bounded number of them.
 *
 * <pre>
 *   checkpoint.safetensors            the newest, which a training resumes from
 *   checkpoint-00001200.safetensors   one before it, by its step
 * </pre>
 *
 * <p>The newest is replaced in one step; before that it gets a second name, which costs no copy
 * where the file system has hard links. To go back to an older one, rename it.
 *
 * @param directory where they lie
 */
public record CheckpointFolder(Path directory) {
  private static final Pattern OLDER = Pattern.compile("checkpoint-\\d{8,10}\\.safetensors");

  /** The checkpoint that a training resumes from. */
  public Path newest() {
    return directory.resolve("checkpoint.safetensors");
  }

  /** Older checkpoints, the oldest first. */
  public List<Path> older() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(directory)) {
      return list.filter(f -> OLDER.matcher(String.valueOf(f.getFileName())).matches())
          .sorted()
          .toList();
    }
  }

  /**
   * Writes the newest one.
   *
   * @param keep how many to keep, it included
   * @throws IOException if the disk refuses; those that were there stay
   */
  public void write(
      int step,
      long millis,
      JsonNode identity,
      JsonNode state,
      List<Checkpoint.Group> tensors,
      int keep)
      throws IOException {
    if (keep > 1 && Files.exists(newest())) {
      keepNewest(step);
    }
    Checkpoint.write(newest(), step, millis, identity, state, tensors);
    List<Path> older = older();
    for (Path file : older.subList(0, Math.max(0, older.size() - (keep - 1)))) {
      Files.delete(file);
    }
  }

  private void keepNewest(int next) throws IOException {
    int step;
    try (CheckpointFile there = CheckpointFile.open(newest())) {
      step = there.step();
    }
    Path name = directory.resolve(String.format(Locale.ROOT, "checkpoint-%08d.safetensors", step));
    if (step == next || Files.exists(name)) {
      return;
    }
    try {
      Files.createLink(name, newest());
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(newest(), name);
    }
  }
}
