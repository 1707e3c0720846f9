package org.perceiveir.model.clip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Against the values of Python's {@code html.unescape}, which OpenAI's tokenizer calls. */
class HtmlReferencesTest {

  @Test
  void shouldResolveWhatPythonResolves() {
    Map<String, String> expected =
        Map.ofEntries(
            Map.entry("&amp;", "&"),
            Map.entry("&lt;b&gt;", "<b>"),
            Map.entry("&eacute", "\u00E9"),
            Map.entry("&eacutex", "\u00E9x"),
            Map.entry("&notit;", "\u00ACit;"),
            Map.entry("&notin;", "\u2209"),
            Map.entry("&#233;", "\u00E9"),
            Map.entry("&#xE9;", "\u00E9"),
            Map.entry("&#XE9", "\u00E9"),
            Map.entry("&#128;", "\u20AC"),
            Map.entry("&#129;", "\u0081"),
            Map.entry("&#0;", "\uFFFD"),
            Map.entry("&#13;", "\r"),
            Map.entry("&#x110000;", "\uFFFD"),
            Map.entry("&#xD800;", "\uFFFD"),
            Map.entry("&#99999999999999999999;", "\uFFFD"),
            Map.entry("&#11;", ""),
            Map.entry("&#127;|", "|"),
            Map.entry("&#xFFFE;|", "|"),
            Map.entry("&#xFDD0;|", "|"),
            Map.entry("&NotEqualTilde;", "\u2242\u0338"),
            Map.entry("&amp;amp;", "&amp;"),
            Map.entry("a&ampb", "a&b"),
            Map.entry("&#12;", "\f"),
            Map.entry("&#1;|", "|"),
            Map.entry("&#x1F642;", "\uD83D\uDE42"),
            Map.entry("&copy2024", "\u00A92024"),
            Map.entry("&CounterClockwiseContourIntegral;", "\u2233"));
    HtmlReferences references = HtmlReferences.read();
    expected.forEach(
        (text, value) -> assertThat(references.unescape(text)).as(text).isEqualTo(value));
  }

  @Test
  void shouldLeaveWhatIsNoReference() {
    HtmlReferences references = HtmlReferences.read();
    for (String text : List.of("&nosuch;", "&", "& b", "&;", "&#;", "AT&T")) {
      assertThat(references.unescape(text)).isEqualTo(text);
    }
  }
}
