package org.perceiveir.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The commit that a checkout stands at, read without git. */
final class GitCommit {
  private static final int MAX_BYTES = 1 << 20;

  private GitCommit() {}

  /** 40 hex digits; empty where the folder is no checkout or its files are not as expected. */
  static Optional<String> of(Path checkout) {
    try {
      Path git = checkout.resolve(".git");
      if (Files.isRegularFile(git)) {
        // A linked working tree: gitdir: FOLDER
        git = checkout.resolve(text(git).replaceFirst("^gitdir:\\s*", "")).normalize();
      }
      String head = text(git.resolve("HEAD"));
      if (!head.startsWith("ref:")) {
        return hash(head);
      }
      String ref = head.substring("ref:".length()).strip();
      Path common = git;
      if (Files.isRegularFile(git.resolve("commondir"))) {
        common = git.resolve(text(git.resolve("commondir"))).normalize();
      }
      if (!ref.startsWith("refs/") || ref.contains("..")) {
        return Optional.empty();
      }
      if (Files.isRegularFile(common.resolve(ref))) {
        return hash(text(common.resolve(ref)));
      }
      try (Stream<String> packed = text(common.resolve("packed-refs")).lines()) {
        return packed
            .filter(line -> line.endsWith(" " + ref))
            .findFirst()
            .flatMap(line -> hash(line.substring(0, line.indexOf(' '))));
      }
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  private static String text(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " is too large");
    }
    return Files.readString(file).strip();
  }

  private static Optional<String> hash(String text) {
    return text.matches("[0-9a-f]{40,64}") ? Optional.of(text) : Optional.empty();
  }
}
