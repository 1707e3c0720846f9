package org.perceiveir.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One Markdown page of the repository: its links, its anchors and its code.
 *
 * @param path from the root of the repository
 * @param prose lines outside code blocks, by their number from 1
 * @param code lines of code blocks, fenced and indented
 */
record MarkdownPage(Path path, List<Line> prose, List<Line> code) {
  /** The root of the checkout: tests run in their module. */
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Set<String> NOT_OURS = Set.of(".git", ".perceive", "target", "shared");
  private static final Pattern FENCE = Pattern.compile("^\\s*(`{3,})\\s*(\\S*)\\s*$");
  private static final Pattern SPAN = Pattern.compile("(`+)(.+?)\\1(?!`)");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)(?:\\s+\"[^\"]*\")?\\)");
  private static final Pattern IMAGE = Pattern.compile("<img\\s[^>]*src=\"([^\"]+)\"");
  private static final Pattern HEADING = Pattern.compile("^#{1,6}\\s+(.+?)\\s*#*$");

  /**
   * A line of a page.
   *
   * @param number from 1
   * @param text as it stands
   * @param language of the fence around it; empty for none
   */
  record Line(int number, String text, String language) {}

  /** Every page of the repository. */
  static List<MarkdownPage> all() {
    List<MarkdownPage> pages = new ArrayList<>();
    try {
      Files.walkFileTree(
          ROOT,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
              return NOT_OURS.contains(dir.getFileName().toString())
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (file.toString().endsWith(".md")) {
                pages.add(read(file));
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pages;
  }

  private static MarkdownPage read(Path file) {
    List<Line> prose = new ArrayList<>();
    List<Line> code = new ArrayList<>();
    String fence = "";
    String language = "";
    boolean blankBefore = true;
    int number = 0;
    for (String text : lines(file)) {
      number++;
      Matcher edge = FENCE.matcher(text);
      boolean indented = text.startsWith("    ") && blankBefore;
      if (edge.matches() && (fence.isEmpty() || edge.group(1).equals(fence))) {
        language = fence.isEmpty() ? edge.group(2) : "";
        fence = fence.isEmpty() ? edge.group(1) : "";
        blankBefore = true;
      } else if (!fence.isEmpty() || indented) {
        code.add(new Line(number, text.strip(), language));
      } else {
        prose.add(new Line(number, text, ""));
        blankBefore = text.isBlank();
      }
    }
    return new MarkdownPage(ROOT.relativize(file), prose, code);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Targets of links and pictures that are no addresses elsewhere, as they are written. */
  List<Line> relativeLinks() {
    List<Line> links = new ArrayList<>();
    for (Line line : prose) {
      // A link's text may be code, but code holds no link.
      String text = SPAN.matcher(line.text()).replaceAll("code");
      for (Pattern kind : List.of(LINK, IMAGE)) {
        Matcher found = kind.matcher(text);
        while (found.find()) {
          if (!found.group(1).matches("[a-z]+:.*")) {
            links.add(new Line(line.number(), found.group(1), ""));
          }
        }
      }
    }
    return links;
  }

  /** The file that a link leads to, from the root of the repository. */
  Path target(String link) {
    String file = link.replaceFirst("#.*$", "");
    return file.isEmpty()
        ? path
        : ROOT.relativize(ROOT.resolve(path).resolveSibling(file).normalize());
  }

  /** Code within lines of text. */
  List<Line> spans() {
    List<Line> spans = new ArrayList<>();
    for (Line line : prose) {
      Matcher found = SPAN.matcher(line.text());
      while (found.find()) {
        spans.add(new Line(line.number(), found.group(2).strip(), ""));
      }
    }
    return spans;
  }

  /** What GitHub makes of the headings; of equal ones the second gets -1, and so on. */
  Set<String> anchors() {
    Set<String> anchors = new HashSet<>();
    Map<String, Integer> seen = new HashMap<>();
    for (Line line : prose) {
      Matcher heading = HEADING.matcher(line.text());
      if (heading.matches()) {
        String slug =
            heading
                .group(1)
                .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
        int before = seen.merge(slug, 1, Integer::sum) - 1;
        anchors.add(before == 0 ? slug : slug + "-" + before);
      }
    }
    return anchors;
  }
}
