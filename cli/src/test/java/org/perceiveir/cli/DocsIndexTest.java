package org.perceiveir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.perceiveir.schemas.avro.AlertKind;

/** Nobody finds a page that no page leads to, and nobody follows a second dead link. */
class DocsIndexTest {
  private static final Path DOCS = Path.of("docs");
  private static final Path INDEX = DOCS.resolve("README.md");

  private static Map<Path, MarkdownPage> pages() {
    Map<Path, MarkdownPage> pages = new TreeMap<>();
    MarkdownPage.all().forEach(page -> pages.put(page.path(), page));
    return pages;
  }

  private static MarkdownPage index() {
    return Objects.requireNonNull(pages().get(INDEX), "no docs/README.md");
  }

  @Test
  void shouldLeadFromTheFrontPageToTheIndex() {
    MarkdownPage front = pages().get(Path.of("README.md"));

    assertThat(front).isNotNull();
    assertThat(front.relativeLinks()).anyMatch(link -> front.target(link.text()).equals(INDEX));
  }

  @Test
  void shouldNameEveryPageOfTheDocumentationAndItsDecisionsInTheIndex() {
    Map<Path, MarkdownPage> pages = pages();
    MarkdownPage index = index();
    Set<Path> named = new TreeSet<>();
    index.relativeLinks().forEach(link -> named.add(index.target(link.text())));

    Set<Path> wanted = new TreeSet<>();
    for (Path page : pages.keySet()) {
      Path folder = page.getParent();
      if (DOCS.equals(folder) || DOCS.resolve("decisions").equals(folder)) {
        wanted.add(page);
      }
    }
    wanted.remove(INDEX);
    assertThat(wanted).hasSizeGreaterThan(20);
    assertThat(named).containsAll(wanted);
  }

  /** Who is woken by an alert may begin at the index as well as at the alert's own link. */
  @Test
  void shouldLeadFromEachAlertToItsRunbook() throws Exception {
    Map<String, String> runbooks = new TreeMap<>();
    String alert = "";
    for (String line :
        Files.readAllLines(MarkdownPage.ROOT.resolve("deploy/prometheus/alerts.yml"))) {
      if (line.contains("alert: ")) {
        alert = line.replaceFirst(".*alert: ", "").strip();
      } else if (line.contains("runbook_url: docs/")) {
        runbooks.put(alert, line.replaceFirst(".*runbook_url: docs/", "").strip());
      }
    }
    for (AlertKind kind : AlertKind.values()) {
      String heading = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
      runbooks.put(kind.name(), "alerts.md#" + heading);
    }
    assertThat(runbooks).hasSizeGreaterThan(20);

    List<MarkdownPage.Line> index = index().prose();
    runbooks.forEach(
        (name, link) ->
            assertThat(index)
                .as(name)
                .anyMatch(
                    line ->
                        line.text().contains("`" + name + "`")
                            && line.text().contains("](" + link + ")")));
  }

  @Test
  void shouldReachEveryPageOfTheDocumentationFromTheIndex() {
    Map<Path, MarkdownPage> pages = pages();
    Set<Path> reached = new TreeSet<>(Set.of(INDEX));
    Deque<Path> open = new ArrayDeque<>(reached);
    while (!open.isEmpty()) {
      MarkdownPage page = pages.get(open.pop());
      if (page != null) {
        for (MarkdownPage.Line link : page.relativeLinks()) {
          if (reached.add(page.target(link.text()))) {
            open.push(page.target(link.text()));
          }
        }
      }
    }

    assertThat(pages.keySet().stream().filter(page -> page.startsWith(DOCS))).isSubsetOf(reached);
  }

  @Test
  void shouldHaveNoLinkToAFileOrHeadingThatIsNotThere() {
    Map<Path, MarkdownPage> pages = pages();
    List<String> dead = new ArrayList<>();
    int links = 0;
    for (MarkdownPage page : pages.values()) {
      for (MarkdownPage.Line link : page.relativeLinks()) {
        links++;
        Path target = page.target(link.text());
        String place = page.path() + ":" + link.number() + ": " + link.text();
        if (!Files.exists(MarkdownPage.ROOT.resolve(target))) {
          dead.add(place + " (no such file)");
        } else if (link.text().contains("#")) {
          MarkdownPage at = pages.get(target);
          String anchor = link.text().replaceFirst("^[^#]*#", "");
          if (at == null || !at.anchors().contains(anchor)) {
            dead.add(place + " (no such heading)");
          }
        }
      }
    }

    assertThat(links).isGreaterThan(100);
    assertThat(dead).isEmpty();
  }
}
